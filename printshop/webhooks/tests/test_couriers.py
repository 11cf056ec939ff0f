"""Messages arrive, signed, in order, at least once; what does not arrive is tried again, and in the end given up."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections

from printshop.testing import NOON, make_orders
from printshop.webhooks import couriers, endpoints
from printshop.webhooks.couriers import LEASE, RETRY_AFTER, claim, deliver
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint
from printshop.webhooks.sending import Answer
from printshop.webhooks.tests.conftest import Receiver, check

pytestmark = pytest.mark.trust(
    case="receivers that fail, hang or are gone",
    expects="messages are signed, in order, tried again after growing pauses, given up in the end, replayed on demand",
)

Subscribed = Callable[..., tuple[Endpoint, str]]


def at(moment: Any) -> Callable[[], Any]:
    """A clock that stands."""
    return lambda: moment


def turn(endpoint: Endpoint, **after: float) -> int:
    return deliver(endpoint.pk, at(NOON + timedelta(**after)))


@pytest.mark.django_db
def test_it_sends_signed_messages_in_order(subscribed: Subscribed, receiver: Receiver):
    endpoint, secret = subscribed()
    [first, second] = make_orders(2)
    assert turn(endpoint) == 3
    assert [one["data"]["id"] for one in receiver.verified(secret)[:2]] == [first, second]
    assert {headers["content-type"] for headers, _ in receiver.requests} == {"application/json"}
    assert set(Delivery.objects.values_list("state", "attempts", "status")) == {("delivered", 1, 204)}
    endpoint.refresh_from_db()
    assert (endpoint.delivered, endpoint.failed, endpoint.token) == (3, 0, None)
    assert turn(endpoint, days=1) == 0


@pytest.mark.django_db
def test_it_tries_again_after_growing_pauses_and_then_switches_off(subscribed: Subscribed, receiver: Receiver):
    endpoint, _ = subscribed("order.created")
    make_orders()
    receiver.statuses = [500]
    passed = timedelta()
    for pause in RETRY_AFTER:
        assert deliver(endpoint.pk, at(NOON + passed)) == 1
        assert deliver(endpoint.pk, at(NOON + passed + pause - timedelta(seconds=1))) == 0
        passed += pause
    assert deliver(endpoint.pk, at(NOON + passed)) == 1
    assert passed == timedelta(hours=12, minutes=31)
    endpoint.refresh_from_db()
    assert not endpoint.active
    assert endpoint.reason == "6 attempts failed. Answered 500."
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


@pytest.mark.django_db
def test_it_goes_on_once_the_other_side_is_well_again(subscribed: Subscribed, receiver: Receiver):
    endpoint, _ = subscribed("order.created")
    make_orders(3)
    receiver.statuses = [503, 200]
    assert turn(endpoint) == 1
    assert turn(endpoint, seconds=59) == 0
    assert turn(endpoint, minutes=1) == 3
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 3


@pytest.mark.django_db
def test_it_leaves_an_endpoint_that_is_gone_and_replays_later(subscribed: Subscribed, receiver: Receiver):
    endpoint, _ = subscribed("order.created")
    make_orders(2)
    receiver.statuses = [410, 200]
    assert turn(endpoint) == 1
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.reason) == (False, "Answered 410.")
    failed = Delivery.objects.filter(state=DeliveryState.FAILED)
    assert failed.count() == 2
    assert endpoints.replay(failed, NOON) == 0
    endpoints.change(endpoint, {"active": True})
    assert endpoints.replay(failed, NOON) == 2
    assert turn(endpoint) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 2


@pytest.mark.django_db
def test_it_signs_by_both_secrets_while_they_change(subscribed: Subscribed, receiver: Receiver):
    endpoint, old = subscribed("order.created")
    new = endpoints.rotate(endpoint, at=NOON, overlap=timedelta(minutes=5))
    make_orders()
    turn(endpoint)
    make_orders()
    turn(endpoint, minutes=5)
    both, alone = receiver.requests
    check(old, *both)
    check(new, *both)
    check(new, *alone)
    assert len(alone[0]["webhook-signature"].split()) == 1


@pytest.mark.django_db
def test_it_keeps_secrets_sealed(subscribed: Subscribed, receiver: Receiver, settings: Any):
    endpoint, secret = subscribed("order.created")
    assert secret not in endpoint.secret
    make_orders()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-0123456789"
    assert turn(endpoint) == 1
    receiver.verified(secret)
    settings.SECRET_KEY_FALLBACKS = []
    make_orders()
    turn(endpoint)
    endpoint.refresh_from_db()
    assert not endpoint.active
    assert "Rotate" in endpoint.reason
    assert Delivery.objects.latest("pk").status is None


@pytest.mark.django_db
def test_a_new_secret_takes_the_place_of_one_that_cannot_be_read(
    subscribed: Subscribed, receiver: Receiver, settings: Any
):
    """At once, not when the former one has ceased to count."""
    endpoint, _ = subscribed("order.created")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-0123456789", []
    new = endpoints.rotate(endpoint, at=NOON)
    make_orders()
    assert turn(endpoint) == 1
    assert receiver.verified(new)
    assert Endpoint.objects.get().active


@pytest.mark.django_db
def test_an_endpoint_is_in_one_pair_of_hands(subscribed: Subscribed, receiver: Receiver):
    """A courier that is lost is followed by another when its lease is over."""
    endpoint, _ = subscribed("order.created")
    make_orders()
    assert claim(endpoint.pk, NOON)
    assert turn(endpoint) == 0
    assert turn(endpoint, seconds=LEASE.total_seconds() + 1) == 1


@pytest.mark.django_db(transaction=True)
def test_two_couriers_never_send_one_message_at_once(subscribed: Subscribed):
    endpoint, _ = subscribed("order.created")
    make_orders(5)
    sent: list[str] = []
    entered, may_end = Event(), Event()

    def slow(url: str, headers: dict[str, str], body: bytes) -> Answer:
        sent.append(headers["webhook-id"])
        entered.set()
        may_end.wait(10)
        return Answer(200)

    def courier() -> None:
        try:
            deliver(endpoint.pk, at(NOON), slow)
        finally:
            connections.close_all()

    first = Thread(target=courier)
    first.start()
    assert entered.wait(10)
    assert deliver(endpoint.pk, at(NOON), slow) == 0
    may_end.set()
    first.join()
    assert len(sent) == len(set(sent)) == 5


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_keeps_nobody_waiting(subscribed: Subscribed, receiver: Receiver, monkeypatch: Any):
    """Each endpoint has a thread of its own; a round waits for none of them."""
    slow, _ = subscribed("order.created")
    Endpoint.objects.filter(pk=slow.pk).update(url="http://127.0.0.1:9/slow")
    subscribed("order.created")
    make_orders()
    may_end, real = Event(), couriers.post

    def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
        if url.endswith("/slow"):
            may_end.wait(10)
        return real(url, headers, body)

    turns = couriers.Couriers()
    monkeypatch.setattr(couriers.deliver, "__defaults__", (couriers.timezone.now, post))
    turns.round()
    deadline = time.monotonic() + 10
    while not Delivery.objects.filter(state=DeliveryState.DELIVERED).exists() and time.monotonic() < deadline:
        may_end.wait(0.02)
    assert Delivery.objects.get(state=DeliveryState.DELIVERED).endpoint != slow
    assert Delivery.objects.get(endpoint=slow).attempts == 0
    may_end.set()
    turns.pool.shutdown()


@pytest.mark.django_db
def test_what_ended_long_ago_is_purged(subscribed: Subscribed, receiver: Receiver):
    subscribed("order.created")
    make_orders(2)
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state=DeliveryState.DELIVERED)  # type: ignore[union-attr]
    assert endpoints.purge_deliveries(NOON + timedelta(days=29)) == 0
    assert endpoints.purge_deliveries(NOON + timedelta(days=31)) == 1
    assert Delivery.objects.get().state == DeliveryState.WAITING
    assert Delivery.objects.get().message
