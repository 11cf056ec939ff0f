"""Delivering: every worker looks each second which endpoints have something waiting, and takes them in hand.

An endpoint is in one courier's hands at a time, under a lease, and its messages go out one after the other: none is on
its way twice at once. A turn is short, and each endpoint has a thread of its own, so that a slow one keeps nobody else
waiting, least of all the queue. Whatever is lost with a worker is taken up by the next one: messages arrive at least
once, and receivers know them again by their id.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections
from django.db.models import F, Q
from django.utils import timezone
from standardwebhooks import Webhook

from printshop.api.transactions import transact
from printshop.bulk.deferred.rhythm import Rhythm
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint
from printshop.webhooks.sealing import Unreadable, opened
from printshop.webhooks.sending import SECONDS, Answer, post

log = logging.getLogger(__name__)
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 25, 120, 600))
# After a failure the endpoint is left alone for so long, whatever else waits for it.
REST = timedelta(minutes=1)
# A turn begins no attempt after TURN; its last one ends long before the lease does.
TURN = 20.0
LEASE = timedelta(seconds=2 * (TURN + SECONDS))
THREADS = 8
Clock = Callable[[], datetime]
Post = Callable[[str, dict[str, str], bytes], Answer]


def claim(endpoint_id: UUID, at: datetime) -> Endpoint | None:
    """Take an endpoint in hand; None when somebody else was faster."""
    token = uuid4()
    taken = Endpoint.objects.due(at).filter(pk=endpoint_id).update(token=token, lease_until=at + LEASE)
    return Endpoint.objects.filter(pk=endpoint_id, token=token).first() if taken else None


def release(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk, token=endpoint.token).update(token=None, lease_until=None)


def next_delivery(endpoint: Endpoint, at: datetime) -> Delivery | None:
    waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING, due_at__lte=at)
    return waiting.select_related("message").order_by("id").first()


def headers_of(endpoint: Endpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """Signed by the secret, and by the former one as long as that counts. Raises `Unreadable`."""
    secrets = [opened(endpoint.secret)]
    if endpoint.former and endpoint.former_until and at < endpoint.former_until:
        # That it could not be read may be why it was replaced.
        with suppress(Unreadable):
            secrets.append(opened(endpoint.former))
    message = delivery.message
    signatures = [Webhook(one).sign(message.reference, at, message.body) for one in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Printshop-Webhooks/1.0",
        "webhook-id": message.reference,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def attempt(endpoint: Endpoint, delivery: Delivery, at: datetime, post: Post) -> Answer:
    try:
        headers = headers_of(endpoint, delivery, at)
    except Unreadable:
        return Answer(None, str(Unreadable.__doc__), is_final=True)
    return post(endpoint.url, headers, delivery.message.body.encode())


def note(endpoint: Endpoint, delivery: Delivery, answer: Answer, at: datetime) -> None:
    """Write down what came of an attempt, and what follows from it."""
    attempts = delivery.attempts + 1
    tried = {"attempts": attempts, "status": answer.status, "error": answer.error, "tried_at": at}
    row = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
    here = Endpoint.objects.filter(pk=endpoint.pk)
    if answer.is_success:
        row.update(**tried, state=DeliveryState.DELIVERED)
        here.update(delivered=F("delivered") + 1, ready_at=None)
        return
    here.update(failed=F("failed") + 1, ready_at=at + REST)
    if answer.is_final or attempts > len(RETRY_AFTER):
        row.update(**tried, state=DeliveryState.FAILED)
        switch_off(endpoint, answer.error if answer.is_final else f"{attempts} attempts failed. {answer.error}")
    else:
        row.update(**tried, due_at=at + RETRY_AFTER[attempts - 1])


def switch_off(endpoint: Endpoint, reason: str) -> None:
    """Send nothing any more; what waits has failed, and can be replayed once the endpoint is active again."""
    Endpoint.objects.filter(pk=endpoint.pk).update(active=False, reason=reason[:300])
    waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.FAILED, error="The endpoint was switched off.")


def deliver(endpoint_id: UUID, clock: Clock = timezone.now, post: Post = post) -> int:
    """One turn of an endpoint: what is due, until something fails or the turn is over; how many attempts were made."""
    endpoint, began, made = claim(endpoint_id, clock()), time.monotonic(), 0
    if endpoint is None:
        return 0
    try:
        while time.monotonic() - began < TURN and (delivery := next_delivery(endpoint, clock())):
            at = clock()
            answer, made = attempt(endpoint, delivery, at, post), made + 1
            transact(lambda done=(delivery, answer, at): note(endpoint, *done))  # type: ignore[misc]
            if not answer.is_success:
                break
    finally:
        release(endpoint)
    return made


class Couriers:
    """The threads of one worker."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="courier")
        self.busy: set[UUID] = set()

    def round(self) -> None:
        """Send a courier to each endpoint that has something waiting."""
        for endpoint_id in Endpoint.objects.due(timezone.now()).values_list("pk", flat=True):
            if endpoint_id not in self.busy:
                self.busy.add(endpoint_id)
                self.pool.submit(self.go, endpoint_id)

    def go(self, endpoint_id: UUID) -> None:
        try:
            deliver(endpoint_id)
        except Exception as error:
            # The database is away, or the worker ends: the lease runs out, and somebody takes it up again.
            log.warning("Webhook %s: the turn was broken off: %r", endpoint_id, error.__cause__ or error)
        finally:
            self.busy.discard(endpoint_id)
            connections.close_all()


def rhythm() -> Rhythm:
    """What a worker does besides: a look each second."""
    return Rhythm("webhooks", settings.WEBHOOK_SWEEP_SECONDS, Couriers().round)


def waiting_since() -> datetime | None:
    """When the oldest message that waits was written."""
    waiting = Delivery.objects.filter(Q(endpoint__active=True), state=DeliveryState.WAITING)
    return waiting.order_by("created_at").values_list("created_at", flat=True).first()
