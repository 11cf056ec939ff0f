"""Making, changing and trying endpoints, and sending again what did not arrive."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from printshop.api.models import Account
from printshop.api.refusals import Fault, Kind, refuse
from printshop.bulk import writer
from printshop.bulk.events import Event
from printshop.webhooks.couriers import switch_off
from printshop.webhooks.models import EVERY, Delivery, DeliveryState, Endpoint, Message
from printshop.webhooks.sealing import new_secret, seal
from printshop.webhooks.storing import delivery_row, message_row

MOST = 20
DEFAULT_OVERLAP = timedelta(hours=24)
PING = "ping"
KEPT_FOR = timedelta(days=30)
AT_ONCE = 5_000
FIELDS = {"url": "url", "events": "types", "description": "description"}
SWITCHED_OFF = "Switched off by hand."
OFF = "This webhook is switched off; switch it on first."


def columns_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, as it is kept."""
    columns = {column: given[name] for name, column in FIELDS.items() if name in given}
    return columns | ({"everything": given["accounts"] == "all"} if "accounts" in given else {})


def check_room(account: Account) -> None:
    """Raises `Refused` when the account has as many as it may have."""
    if Endpoint.objects.filter(account=account).count() >= MOST:
        message = f"An account has at most {MOST} webhooks."
        raise refuse(Fault("TOO_MANY_WEBHOOKS", message, kind=Kind.CONFLICT))


def create(account: Account, given: Mapping[str, Any], at: datetime) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is not shown again. Raises `Refused` when the account has too many."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    check_room(account)
    secret = new_secret()
    columns = {"types": [EVERY], **columns_of(given)}
    return Endpoint.objects.create(account=account, secret=seal(secret), created_at=at, **columns), secret


def change(endpoint: Endpoint, given: Mapping[str, Any]) -> None:
    """Set what is named; switching it on lets it begin anew."""
    columns = columns_of(given)
    if given.get("active"):
        columns |= {"active": True, "reason": "", "ready_at": None}
    if columns:
        Endpoint.objects.filter(pk=endpoint.pk).update(**columns)
    if given.get("active") is False and endpoint.active:
        switch_off(endpoint, SWITCHED_OFF)
    endpoint.refresh_from_db()


def rotate(endpoint: Endpoint, *, at: datetime, overlap: timedelta = DEFAULT_OVERLAP) -> str:
    """A new secret; meanwhile messages are signed by both, so that receivers can change over when it suits them."""
    secret = new_secret()
    endpoint.former, endpoint.former_until = endpoint.secret, at + overlap
    endpoint.secret = seal(secret)
    endpoint.save(update_fields=["secret", "former", "former_until"])
    return secret


def delete(*chosen: Endpoint) -> None:
    keys = sorted(endpoint.pk for endpoint in chosen)
    writer.delete(Delivery, keys, "endpoint_id")
    writer.delete(Endpoint, keys)


def check_active(endpoint: Endpoint) -> None:
    if not endpoint.active:
        raise refuse(Fault("WEBHOOK_DISABLED", OFF, kind=Kind.CONFLICT))


def ping(endpoint: Endpoint, at: datetime) -> Delivery:
    """Send an event that says nothing, to see whether it arrives. Raises `Refused` for one that is switched off."""
    check_active(endpoint)
    message = message_row(Event(PING, {"webhookId": endpoint.reference}), None, at)
    writer.insert(Message, [message])
    writer.insert(Delivery, [delivery_row(message, endpoint.pk)])
    return Delivery.objects.select_related("message").get(message_id=message["id"])


def replay(deliveries: QuerySet[Delivery], at: datetime) -> int:
    """Send again what is not on its way already, under the ids it had: what arrived before is known again."""
    again = {"state": DeliveryState.WAITING, "attempts": 0, "due_at": at, "error": ""}
    return deliveries.filter(endpoint__active=True).exclude(state=DeliveryState.WAITING).update(**again)


def purge_deliveries(now: datetime) -> int:
    """Delete what came to its end 30 days ago; how many deliveries that were."""
    before, deleted = now - KEPT_FOR, 0
    over = Delivery.objects.filter(created_at__lt=before).exclude(state=DeliveryState.WAITING).order_by("created_at")
    while keys := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        writer.delete(Delivery, keys)
        deleted += len(keys)
    idle = Message.objects.filter(created_at__lt=before, deliveries=None).order_by("created_at")
    while idle_keys := list(idle.values_list("pk", flat=True)[:AT_ONCE]):
        writer.delete(Message, idle_keys)
    return deleted
