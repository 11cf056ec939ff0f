"""What is done to webhooks and deliveries from the lists of the admin: the plan first."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html

from printshop.api.confirming import NOTHING, Fate, PlannedAction, Said
from printshop.webhooks import endpoints
from printshop.webhooks.endpoints import OFF
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint


def shown_once(endpoint: Endpoint, secret: str) -> Said:
    """The one time that the secret is seen."""
    code = format_html('<code class="font-mono select-all break-all">{}</code>', secret)
    said = "The secret for {}: {} – copy it now, it is not shown again."
    return messages.WARNING, format_html(said, endpoint.url, code)


def deliveries_of(chosen: Sequence[Endpoint], *states: DeliveryState) -> Counter[object]:
    """How many deliveries each of the webhooks has, of these states or of any."""
    found = Delivery.objects.filter(endpoint__among=[one.pk for one in chosen])
    found = found.filter(state__in=states) if states else found
    return Counter(dict(found.order_by().values_list("endpoint").annotate(Count("pk"))))


def told(count: int, what: str) -> list[str]:
    """`3 deliveries are sent again.`, or nothing."""
    return [f"{count:,} {'delivery is' if count == 1 else 'deliveries are'} {what}."] if count else []


# --- Trying them -----------------------------------------------------------------------------------------------------
def judge_ping(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Fate]:
    return [Fate(["An event of type ping is sent."]) if one.active else Fate(refused=OFF) for one in chosen]


def ping(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Said]:
    for endpoint in chosen:
        endpoints.ping(endpoint, at)
    return [(messages.SUCCESS, f"Pings on their way: {len(chosen)}. Their deliveries tell what came of them.")]


# --- Switching them --------------------------------------------------------------------------------------------------
def judge_on(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Fate]:
    return [NOTHING if one.active else Fate(changes=[("state", "switched off", "active")]) for one in chosen]


def judge_off(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Fate]:
    """What waits has failed then."""
    waiting = deliveries_of(chosen, DeliveryState.WAITING)
    change = [("state", "active", "switched off")]
    return [Fate(told(waiting[one.pk], "not sent"), change) if one.active else NOTHING for one in chosen]


def switch(request: HttpRequest, chosen: Sequence[Endpoint], active: bool) -> list[Said]:
    for endpoint in chosen:
        endpoints.change(endpoint, {"active": active})
    return [(messages.SUCCESS, f"Switched {'on' if active else 'off'}: {len(chosen)}.")]


# --- Their secrets ---------------------------------------------------------------------------------------------------
def judge_rotation(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Fate]:
    """Of three secrets the oldest stops counting."""
    still = [one.former_until is not None and one.former_until > at for one in chosen]
    lost = "The secret before the present one stops counting at once."
    return [Fate(["A new secret is made and shown once.", *([lost] if older else [])]) for older in still]


def rotate(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Said]:
    return [shown_once(endpoint, endpoints.rotate(endpoint, at=at)) for endpoint in chosen]


# --- Sending again ---------------------------------------------------------------------------------------------------
def judge_failed(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Fate]:
    failed = deliveries_of(chosen, DeliveryState.FAILED)
    return [Fate(told(failed[one.pk], "sent again")) if one.active else Fate(refused=OFF) for one in chosen]


def replay_failed(request: HttpRequest, chosen: Sequence[Endpoint], at: datetime) -> list[Said]:
    failed = Delivery.objects.filter(endpoint__among=[one.pk for one in chosen], state=DeliveryState.FAILED)
    return [(messages.SUCCESS, f"Deliveries sent again: {endpoints.replay(failed, at):,}.")]


def judge_replay(request: HttpRequest, chosen: Sequence[Delivery], at: datetime) -> list[Fate]:
    """What is on its way already stays there."""
    return [replay_of(one) for one in chosen]


def replay_of(delivery: Delivery) -> Fate:
    if delivery.state == DeliveryState.WAITING:
        return NOTHING
    if not delivery.endpoint.active:
        return Fate(refused=OFF)
    again = ["The receiver has had it before."] if delivery.state == DeliveryState.DELIVERED else []
    return Fate(again, [("state", delivery.state, DeliveryState.WAITING.value)])


def replay(request: HttpRequest, chosen: Sequence[Delivery], at: datetime) -> list[Said]:
    replayed = endpoints.replay(Delivery.objects.filter(pk__among=[one.pk for one in chosen]), at)
    return [(messages.SUCCESS, f"Deliveries sent again: {replayed:,}.")]


def about(endpoint: Endpoint) -> str:
    return f"{endpoint.account}, {endpoint.description}" if endpoint.description else str(endpoint.account)


ENDPOINT_ACTIONS = (
    PlannedAction("ping", "Ping", judge_ping, ping, done="pinged", about=about, noted=False),
    PlannedAction(
        "replay_failed",
        "Send again all that failed for",
        judge_failed,
        replay_failed,
        done="sent again what failed",
        about=about,
        noted=False,
    ),
    PlannedAction(
        "switch_on",
        "Switch on",
        judge_on,
        lambda request, chosen, at: switch(request, chosen, True),
        done="switched on",
        about=about,
        warning="They are told of what happens from now on.",
    ),
    PlannedAction(
        "switch_off",
        "Switch off",
        judge_off,
        lambda request, chosen, at: switch(request, chosen, False),
        done="switched off",
        about=about,
        warning="What is not sent can be sent again later.",
    ),
    PlannedAction(
        "rotate",
        "Rotate secrets of",
        judge_rotation,
        rotate,
        done="given a new secret",
        about=about,
        warning="Messages are signed by the former secret as well for a day.",
        most=50,
    ),
)
REPLAY = PlannedAction(
    "replay",
    "Send again",
    judge_replay,
    replay,
    done="sent again",
    about=lambda delivery: delivery.message.type,
    warning="They keep the ids they had, by which receivers know them again.",
    noted=False,
    most=10_000,
)
