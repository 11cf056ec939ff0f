"""What is done to many quotes and customers from their lists: the plan first, then just that."""

from typing import Any

import pytest

from orders.admin.customers import CustomerAdmin
from orders.models import Customer, Order, Quote
from orders.services import quotes
from orders.states import OrderStatus, QuoteStatus
from printshop.api.models import Account
from printshop.api.reading import Item
from printshop.bulk.confirm import pages
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_customers, make_orders, make_skus, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_quote", "change_quote", "view_customer", "change_customer"))


def make_quotes(count: int = 1, customer: str | None = "cust-001", account: Account | None = None) -> list[int]:
    """The numbers of that many quotes of one SKU each."""
    actor = make_actor(account=account)
    made = run(quotes.CREATE, Batch([Item(i, {"customer_id": customer}) for i in range(count)], {}, actor, NOON))
    numbers = [int(outcome.reference) for outcome in made.outcomes]
    items = [Item(i, {"quote_id": one, "sku_id": "sku-0001", "quantity": 2}) for i, one in enumerate(numbers)]
    run(quotes.ADD, Batch(items, {}, actor, NOON))
    return numbers


@pytest.fixture
def shop() -> None:
    make_skus()
    make_customers(3)


# --- Quotes ----------------------------------------------------------------------------------------------------------
def test_it_shows_a_quote_with_its_items_and_lets_nobody_change_it() -> None:
    make_orders()
    [made] = run(quotes.CREATE, Batch([Item(0, {"customer_id": "cust-001"})], {}, make_actor(), NOON)).outcomes
    for sku, quantity in (("sku-0001", 200), (make_skus(prefix="other")[0], 1)):
        item = Item(0, {"quote_id": int(made.reference), "sku_id": sku, "quantity": quantity})
        run(quotes.ADD, Batch([item], {}, make_actor(), NOON))
    reader = Desk(make_operator("view_quote", "view_quoteitem", "change_quote", "delete_quote", "add_quote"))
    listed = text_of(reader.get(Quote))
    assert f"{made.reference} open cust-001 - 2 2,512.50 USD" in " ".join(listed.split())
    page = text_of(reader.get(Quote, "change", made.reference))
    assert "2,500.00" in page
    assert "other-0001" in page
    before = snapshot()
    assert reader.post(Quote, "change", {"status": "ordered"}, made.reference).status_code == 403
    assert reader.get(Quote, "add").status_code == 403
    assert reader.get(Quote, "delete", made.reference).status_code == 403
    assert snapshot() == before


def test_it_finds_a_quote_by_its_number_or_its_customer() -> None:
    make_customers(2)
    items = [Item(index, {"customer_id": one}) for index, one in enumerate(("cust-001", "cust-002"))]
    first, _ = run(quotes.CREATE, Batch(items, {}, make_actor(), NOON)).outcomes
    reader = Desk(make_operator("view_quote"))
    for typed in (first.reference, "cust-001"):
        found = reader.client.get(url(Quote, "changelist"), {"q": typed})
        assert "1 match" in text_of(found)
        assert f"/quote/{first.reference}/change/" in found.content.decode()


def test_it_orders_many_quotes_once_their_plan_was_seen(desk: Desk, shop: None) -> None:
    first, second = make_quotes(2)
    [nobody] = make_quotes(1, customer=None)
    page = desk.tick(Quote, [first, second, nobody], "order")
    text = text_of(page)
    assert "2 will be ordered, 1 refused" in text
    assert f"Quote {nobody} names no customer; the order must." in text
    assert f"Quote {first} for cust-001 status: – → pending_payment total: – → 25.0" in text
    assert not Order.objects.exists()
    assert desk.press(Quote, page).status_code == 302
    assert [order.status for order in Order.objects.all()] == [OrderStatus.PENDING_PAYMENT] * 2
    statuses = Quote.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [QuoteStatus.ORDERED, QuoteStatus.ORDERED, QuoteStatus.OPEN]
    assert BulkOperation.objects.latest("pk").user == desk.user


def test_it_gives_the_order_to_the_account_that_made_the_quote(desk: Desk, shop: None) -> None:
    partner = Account.objects.create(code="partner", name="Partner")
    desk.press(Quote, desk.tick(Quote, make_quotes(account=partner), "order"))
    assert Order.objects.get().account == partner


def test_it_deletes_open_quotes_and_keeps_ordered_ones(desk: Desk, shop: None) -> None:
    ordered, open_one = make_quotes(2)
    desk.press(Quote, desk.tick(Quote, [ordered], "order"))
    page = desk.tick(Quote, [ordered, open_one], "delete")
    assert f"Quote {ordered} has become an order and stays as it is." in text_of(page)
    assert "1 will be deleted" in text_of(page)
    desk.press(Quote, page)
    assert list(Quote.objects.values_list("pk", flat=True)) == [ordered]


def test_it_goes_to_the_list_when_the_row_is_gone_from_whose_page_it_was_deleted(desk: Desk, shop: None) -> None:
    [number] = make_quotes()
    address = url(Quote, "plan", number, "delete")
    assert address in desk.get(Quote, "change", number).content.decode()
    plan = desk.client.get(address)
    answer = desk.client.post(address, {"step": "confirm", "plan": plan.context["plan"], "policy": "partial"})
    assert answer["Location"] == url(Quote, "changelist")
    assert not Quote.objects.exists()


def test_it_orders_all_quotes_that_match_by_the_queue(desk: Desk, shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 2)
    numbers = make_quotes(3)
    address = desk.tick(Quote, numbers[:1], "order", "?status__exact=open", select_across="1")["Location"]
    page = desk.client.get(address)
    assert "All 3 quotes matching: status open" in text_of(page)
    desk.client.post(address, {"step": "confirm", "plan": page.context["plan"]})
    while carry_out_next():
        pass
    assert Quote.objects.filter(status=QuoteStatus.ORDERED).count() == 3


@pytest.mark.parametrize("action", ["order", "delete"])
def test_it_lets_nobody_touch_quotes_without_the_permission(shop: None, action: str) -> None:
    numbers = make_quotes()
    looker = Desk(make_operator("view_quote", username="otto"))
    before = snapshot()
    looker.tick(Quote, numbers, action)
    assert looker.client.get(url(Quote, "plan", numbers[0], action)).status_code == 403
    assert snapshot() == before


# --- Customers -------------------------------------------------------------------------------------------------------
def test_it_deletes_customers_of_whom_nothing_speaks(desk: Desk, shop: None) -> None:
    make_orders()
    page = desk.tick(Customer, ["cust-001", "cust-002", "cust-003"], "delete")
    assert "2 will be deleted, 1 refused" in text_of(page)
    assert "cust-001" in text_of(page).split("Refused, will be left as it is: 1")[1].split("Will be")[0]
    desk.press(Customer, page)
    assert list(Customer.objects.values_list("pk", flat=True)) == ["cust-001"]


def test_it_erases_as_many_as_can_be_looked_through_one_by_one(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = Desk(make_boss())
    keys = ["cust-001", "cust-002", "cust-003"]
    erase = next(one for one in CustomerAdmin.actions if one.__name__ == "erase")
    assert erase.most == 50
    monkeypatch.setattr(erase, "most", 2)
    said = "At most 2 rows can be erased from here at once"
    assert said in text_of(boss.client.get(boss.tick(Customer, keys, "erase")["Location"]))
    address = boss.tick(Customer, keys[:1], "erase", select_across="1")["Location"]
    assert said in text_of(boss.client.get(address, follow=True))
    boss.press(Customer, boss.tick(Customer, keys[:2], "erase"))
    assert Customer.objects.filter(erased_at=None).count() == 1


@pytest.mark.parametrize(("model", "action"), [(Quote, "order"), (Quote, "delete"), (Customer, "delete")])
def test_it_shows_a_plan_in_as_many_statements_for_8_as_for_2(desk: Desk, shop: None, model: Any, action: str) -> None:
    make_customers(8, "buyer")
    make_quotes(8, "buyer-001")
    keys = list(model.objects.order_by("-pk").values_list("pk", flat=True)[:8])

    def sent(count: int) -> int:
        with statements() as found:
            assert desk.tick(model, keys[:count], action).status_code == 200
        return len(found)

    sent(1)
    assert sent(2) == sent(8)
