"""What is done to many webhooks and deliveries from their lists: the plan says which change, which not and why."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry

from printshop.testing import NOON, house, make_orders, statements
from printshop.tests.desk import Desk, make_boss, text_of, url
from printshop.webhooks import endpoints
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk(make_boss())


def make_endpoints(count: int) -> list[UUID]:
    """That many webhooks, told of everything."""
    given = {"url": "https://shop.example/hooks", "accounts": "all"}
    return [endpoints.create(house(), given, NOON)[0].pk for _ in range(count)]


def off(key: UUID) -> None:
    endpoints.change(Endpoint.objects.get(pk=key), {"active": False})


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_it_pings_those_that_are_on_and_says_why_not_the_others(desk: Desk) -> None:
    on, silent = make_endpoints(2)
    off(silent)
    page = desk.tick(Endpoint, [on, silent], "ping")
    assert "1 will be pinged, 1 refused" in text_of(page)
    assert "This webhook is switched off; switch it on first." in text_of(page)
    desk.press(Endpoint, page)
    assert Delivery.objects.get().endpoint_id == on


def test_it_counts_what_is_not_sent_when_webhooks_are_switched_off(desk: Desk) -> None:
    on, silent = make_endpoints(2)
    off(silent)
    make_orders(2)
    page = desk.tick(Endpoint, [on, silent], "switch_off")
    assert "1 will be switched off, 1 stays as it is" in text_of(page)
    # A customer may come with the orders.
    waiting = Delivery.objects.count()
    assert f"{waiting} deliveries are not sent." in text_of(page)
    desk.press(Endpoint, page, reason="Moved")
    assert states() == ["failed"] * waiting
    assert not Endpoint.objects.filter(active=True).exists()
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Switched off: Moved"]
    assert "Switched off: Moved" in text_of(desk.get(Endpoint, "history", on))


def test_it_sends_again_what_failed_for_those_that_are_on(desk: Desk) -> None:
    on, silent, idle = make_endpoints(3)
    make_orders(1)
    Delivery.objects.update(state=DeliveryState.FAILED)
    Delivery.objects.filter(endpoint=idle).update(state=DeliveryState.DELIVERED)
    off(silent)
    page = desk.tick(Endpoint, [on, silent, idle], "replay_failed")
    assert "1 will be sent again what failed, 1 stays as it is, 1 refused" in text_of(page)
    desk.press(Endpoint, page)
    assert set(Delivery.objects.filter(endpoint=on).values_list("state", flat=True)) == {"waiting"}
    assert set(Delivery.objects.filter(endpoint=silent).values_list("state", flat=True)) == {"failed"}


def test_it_says_of_each_delivery_whether_it_goes_again(desk: Desk) -> None:
    keys = make_endpoints(3)
    for key in keys:
        endpoints.ping(Endpoint.objects.get(pk=key), NOON)
    failed, waiting, gone = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk__in=[failed.pk, gone.pk]).update(state=DeliveryState.FAILED)
    off(gone.endpoint_id)
    page = desk.tick(Delivery, [failed.pk, waiting.pk, gone.pk], "replay")
    text = text_of(page)
    assert "1 will be sent again, 1 stays as it is, 1 refused" in text
    assert "state: failed → waiting" in text
    desk.press(Delivery, page)
    assert states() == ["failed", "waiting", "waiting"]


def test_it_replays_every_delivery_that_matches_without_a_field_for_each(desk: Desk) -> None:
    make_endpoints(1)
    make_orders(120)
    Delivery.objects.update(state=DeliveryState.FAILED)
    some = Delivery.objects.values_list("pk", flat=True)[:1]
    page = desk.tick(Delivery, list(some), "replay", "?state__exact=failed", select_across="1")
    count = Delivery.objects.count()
    assert count > 100
    assert page.content.decode().count('name="_selected_action"') == 1
    desk.press(Delivery, page, query="?state__exact=failed")
    assert states() == ["waiting"] * count


def test_it_says_that_the_oldest_of_three_secrets_stops_counting(desk: Desk) -> None:
    [key] = make_endpoints(1)
    last = "The secret before the present one stops counting at once."
    page = desk.tick(Endpoint, [key], "rotate")
    assert last not in text_of(page)
    desk.press(Endpoint, page)
    assert "whsec_" in desk.get(Endpoint).content.decode()
    assert last in text_of(desk.tick(Endpoint, [key], "rotate"))


def test_it_counts_the_deliveries_that_go_with_a_webhook(desk: Desk) -> None:
    keys = make_endpoints(2)
    make_orders(3)
    page = desk.tick(Endpoint, keys, "delete_selected")
    assert f"https://shop.example/hooks and its {Delivery.objects.count() // 2} deliveries" in text_of(page)
    sent = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    assert desk.client.post(url(Endpoint, "changelist"), sent).status_code == 302
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("action", ["ping", "replay_failed", "switch_on", "switch_off", "rotate", "replay"])
def test_it_plans_for_many_in_as_many_statements_as_for_two(desk: Desk, action: str) -> None:
    made: list[Any] = make_endpoints(8)
    model: Any = Endpoint
    if action == "replay":
        make_orders(1)
        model, made = Delivery, list(Delivery.objects.values_list("pk", flat=True))

    def sent(count: int) -> int:
        with statements() as found:
            assert desk.tick(model, made[:count], action).status_code == 200
        return len(found)

    sent(1)
    assert sent(2) == sent(8)
