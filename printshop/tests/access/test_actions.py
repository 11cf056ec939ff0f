"""Every action of every list asks again when its plan is confirmed: who may, which rows there are, how they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import RequestFactory
from django.utils import timezone

from catalog.models import SKU, Media, Page
from jobs.models import Job
from jobs.services import ADVANCE, change_jobs
from jobs.services import CANCEL as CANCEL_JOBS
from jobs.states import JobStatus
from orders.models import Customer, Order, Quote
from orders.services import quotes
from orders.services.changes import CANCEL, REFUND, change_orders
from orders.tests.test_admin_lists import make_quotes
from printshop.api.actors import Role
from printshop.api.confirming import PlannedAction
from printshop.api.keys import issue, revoke
from printshop.api.models import Account, APIKey
from printshop.api.reading import Item
from printshop.bulk.confirm import ConfirmedAction
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import BulkOperation
from printshop.magento.tests.asking import drain, make_entry, make_pages
from printshop.testing import (
    NOON,
    house,
    key_client,
    make_actor,
    make_customers,
    make_jobs,
    make_orders,
    make_skus,
    numbers,
    snapshot,
)
from printshop.tests.desk import Desk, make_boss, make_operator, text_of
from printshop.webhooks import endpoints
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(
        case="an action of the admin, confirmed after something changed",
        expects="permission, rows and plan are looked at again; nothing is done that was not shown",
    ),
]
Keys = list[Any]


@dataclass(frozen=True)
class Case:
    """Two rows that an action changes, what somebody else does to the first of them meanwhile, and what is typed."""

    make: Callable[[], Keys]
    meanwhile: Callable[[Any], Any]
    typed: dict[str, Any] = field(default_factory=dict)


def job(number: Any) -> list[str]:
    return [Job(pk=number).reference]


def order(number: Any) -> list[str]:
    return [Order(pk=number).reference]


def customers() -> Keys:
    return list(make_customers(2))


def priced_quotes() -> Keys:
    make_skus()
    make_customers()
    return list(make_quotes(2))


def delete_quote(number: Any) -> None:
    run(quotes.DELETE, Batch([Item(0, {"quote_id": number})], {}, make_actor(), NOON))


def pages(active: bool = True) -> Keys:
    make_pages(1, 2)
    Page.objects.update(active=active)
    return [1, 2]


def entries(disabled: bool = False) -> Keys:
    for number, sku in enumerate(make_skus(2), 1):
        make_entry(number, sku)
    Media.objects.update(disabled=disabled)
    return [1, 2]


def keys() -> Keys:
    return [issue(house(), f"key {number}", Role.OPERATOR)[0].pk for number in range(2)]


def accounts() -> Keys:
    made = [Account.objects.create(code=code, name=code) for code in ("first", "second")]
    for account in made:
        issue(account, "a key", Role.OPERATOR)
    return [account.pk for account in made]


def operations(sku: dict[str, Any]) -> Keys:
    """Two that went into the queue."""
    client = key_client(Role.ADMIN)
    body = {"skus": [sku], "errorPolicy": "partial"}
    return [client.post("/api/skus/bulk", body, prefer="respond-async").json()["id"] for _ in range(2)]


def failed_operations() -> Keys:
    made = operations({"id": "a", "basePrice": -1})
    drain()
    return made


def retry(key: Any) -> None:
    key_client(Role.ADMIN).post(f"/api/bulk-operations/{key}/retry", {})


def call_off(key: Any) -> None:
    key_client(Role.ADMIN).post(f"/api/bulk-operations/{key}/cancel", {})


def webhooks(active: bool = True) -> Keys:
    """Two endpoints, a failed delivery at each."""
    made = [endpoints.create(house(), {"url": f"https://shop.example/{n}"}, NOON)[0] for n in range(2)]
    for endpoint in made:
        endpoints.ping(endpoint, NOON)
    Delivery.objects.update(state=DeliveryState.FAILED)
    Endpoint.objects.update(active=active)
    return [endpoint.pk for endpoint in made]


def deliveries() -> Keys:
    webhooks()
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def update(model: type[Model], **fields: Any) -> Callable[[Any], Any]:
    """Whatever did it: the row is another one now."""
    return lambda key: model._base_manager.filter(pk=key).update(**fields)


def cancel_job(key: Any) -> None:
    change_jobs(CANCEL_JOBS, job(key), actor=make_actor(), at=NOON, reason="Sold out")


def advance_job(key: Any) -> None:
    change_jobs(ADVANCE, job(key), actor=make_actor(), at=NOON, target_status=JobStatus.PRINTING)


def cancel_order(key: Any) -> None:
    change_orders(CANCEL, order(key), actor=make_actor(), at=NOON, reason="Sold out")


def refund_order(key: Any) -> None:
    change_orders(REFUND, order(key), actor=make_actor(), at=NOON, reason="Late", amount=100)


def refund_order_of(key: Any) -> None:
    Order.objects.filter(jobs__pk=key).update(status="refunded")


CASES: dict[tuple[type[Model], str], Case] = {
    (Job, "advance"): Case(lambda: numbers(make_jobs(2, JobStatus.QUEUED)), advance_job, {"target_status": "PRINTING"}),
    (Job, "cancel"): Case(lambda: numbers(make_jobs(2)), cancel_job, {"reason": "Bent"}),
    (Job, "prioritize"): Case(lambda: numbers(make_jobs(2)), update(Job, priority=5), {"priority": "5"}),
    (Job, "reprint"): Case(lambda: numbers(make_jobs(2, JobStatus.FAILED)), refund_order_of, {"reason": "Bent"}),
    (Order, "pay"): Case(lambda: numbers(make_orders(2)), cancel_order),
    (Order, "due"): Case(
        lambda: numbers(make_orders(2)), update(Order, due_date="2026-05-01"), {"due_date": "2026-05-01"}
    ),
    (Order, "cancel"): Case(lambda: numbers(make_orders(2)), cancel_order, {"reason": "Bent"}),
    (Order, "refund"): Case(lambda: numbers(make_orders(2, paid=True)), refund_order, {"reason": "Bent"}),
    (Customer, "delete"): Case(customers, lambda key: make_orders(customer=key)),
    (Customer, "erase"): Case(customers, update(Customer, firstname="Ada")),
    (Quote, "order"): Case(priced_quotes, delete_quote),
    (Quote, "delete"): Case(priced_quotes, delete_quote),
    (SKU, "deactivate"): Case(lambda: list(make_skus(2)), update(SKU, active=False)),
    (SKU, "activate"): Case(lambda: list(make_skus(2, active=False)), update(SKU, active=True)),
    (Page, "publish"): Case(lambda: pages(active=False), update(Page, active=True)),
    (Page, "hide"): Case(pages, update(Page, active=False)),
    (Media, "show"): Case(lambda: entries(disabled=True), update(Media, disabled=False)),
    (Media, "hide"): Case(entries, update(Media, disabled=True)),
    (Media, "delete"): Case(entries, lambda key: Media.objects.filter(pk=key).delete()),
    (Page, "delete"): Case(pages, lambda key: Page.objects.filter(pk=key).delete()),
    (APIKey, "revoke"): Case(keys, lambda key: revoke(APIKey.objects.get(pk=key))),
    (APIKey, "rotate"): Case(keys, update(APIKey, expiry_date=timezone.now() - timedelta(days=1))),
    (Account, "revoke_keys"): Case(accounts, lambda key: revoke(APIKey.objects.get(account=key))),
    (BulkOperation, "retry"): Case(failed_operations, retry),
    (BulkOperation, "cancel"): Case(lambda: operations({"id": "a", "name": "A"}), call_off),
    (Endpoint, "ping"): Case(webhooks, update(Endpoint, active=False)),
    (Endpoint, "replay_failed"): Case(
        webhooks, lambda key: Delivery.objects.filter(endpoint=key).update(state=DeliveryState.WAITING)
    ),
    (Endpoint, "switch_on"): Case(lambda: webhooks(active=False), update(Endpoint, active=True)),
    (Endpoint, "switch_off"): Case(webhooks, update(Endpoint, active=False)),
    (Endpoint, "rotate"): Case(webhooks, lambda key: endpoints.delete(Endpoint.objects.get(pk=key))),
    (Delivery, "replay"): Case(deliveries, update(Delivery, state=DeliveryState.WAITING)),
}  # fmt: skip
NAMES = {f"{model._meta.model_name} {action}": (model, action) for model, action in CASES}


def test_it_knows_every_action() -> None:
    """The others change nothing by themselves: files, sheets to print, and the page on which orders are shipped."""
    request = RequestFactory().get("/")
    request.user = make_boss()
    kinds = ConfirmedAction | PlannedAction
    planning, others = set(), set()
    for model, listing in admin.site._registry.items():
        entries: dict[str, Any] = listing.get_actions(request)
        for name, entry in entries.items():
            if isinstance(entry[0], kinds):
                planning.add((model, name))
            elif not name.startswith("export_"):
                others.add(name)
    assert planning == set(CASES)
    assert others == {"print_slips", "print_tickets", "print_bins", "ship", "delete_selected"}


def planned(desk: Desk, name: str) -> tuple[Keys, Any]:
    """Two rows and the page that shows what would become of them."""
    model, action = NAMES[name]
    found = CASES[model, action].make()
    page = desk.tick(model, found, action)
    typed = CASES[model, action].typed
    return found, desk.press(model, page, "plan", **typed) if typed else page


def press(desk: Desk, name: str, page: Any) -> Any:
    model, action = NAMES[name]
    return desk.press(model, page, **CASES[model, action].typed)


@pytest.mark.parametrize("name", NAMES)
def test_it_does_nothing_when_a_row_has_changed_and_shows_the_plan_as_it_is_now(name: str) -> None:
    desk = Desk(make_boss())
    (first, _), page = planned(desk, name)
    CASES[NAMES[name]].meanwhile(first)
    before = snapshot()
    answer = press(desk, name, page)
    assert answer.status_code == 200
    assert "something changed meanwhile" in text_of(answer)
    assert snapshot() == before
    assert press(desk, name, answer).status_code == 302
    assert snapshot() != before


# Who may does not depend on the database.
@pytest.mark.sqlite
@pytest.mark.parametrize("name", NAMES)
def test_it_does_nothing_for_somebody_who_may_not_any_more(name: str) -> None:
    desk = Desk(make_boss())
    _, page = planned(desk, name)
    before = snapshot()
    type(desk.user).objects.update(is_superuser=False)
    assert press(desk, name, page).status_code == 403
    assert snapshot() == before
    type(desk.user).objects.update(is_superuser=True, is_active=False)
    assert press(desk, name, page)["Location"].startswith("/admin/login/")
    assert snapshot() == before
    type(desk.user).objects.update(is_active=True)
    assert press(desk, name, page).status_code == 302
    assert snapshot() != before


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_an_operation_of_another_account_is_not_there(action: str) -> None:
    """Whatever rows are sent back: an operator sees those of the house alone."""
    case = CASES[BulkOperation, action]
    desk = Desk(make_operator("view_bulkoperation"))
    own, foreign = case.make(), case.make()
    BulkOperation.objects.filter(pk__in=foreign).update(account=Account.objects.create(code="other", name="Other"))
    page = desk.tick(BulkOperation, own, action)
    assert own[0] in page.content.decode()
    before = snapshot()
    page = desk.press(BulkOperation, page, "plan", rows=orjson.dumps(foreign).decode())
    assert f"/{foreign[0]}/" not in page.content.decode()
    desk.press(BulkOperation, page)
    assert snapshot() == before
