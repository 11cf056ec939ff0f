"""Quotes: priced offers that become orders."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import SKU, Store, StoreValue
from orders.models import LineItem, Order, Quote, QuoteItem
from orders.serializers import order_body, quote_body, quote_item_body
from orders.services import quotes
from orders.services.changes import PAY, change_orders
from orders.services.creation import create_orders
from orders.services.quote_orders import ORDER
from printshop.api.actors import Actor
from printshop.api.models import Account
from printshop.api.reading import Item, read
from printshop.api.refusals import Kind, Refused
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.models import BulkItem, Policy
from printshop.bulk.registry import operations
from printshop.testing import NOON, make_actor, make_customers, make_skus, snapshot, statements

pytestmark = pytest.mark.django_db
TIERS = {"draft": {"multiplier": 0.5}, "standard": {"multiplier": 1}, "fine": {"multiplier": 1.5}}


@pytest.fixture(autouse=True)
def shop(settings: Any) -> None:
    """Three SKUs, three customers, and a store that has some values of its own."""
    settings.SHIPPING_FLAT, settings.TAX_RATE = "5.00", "0.10"
    make_skus(3, quality_tiers=TIERS)
    make_skus(prefix="file", kind="content")
    make_customers(3)
    Store.objects.create(code="de", name="Deutschland")
    StoreValue.objects.create(sku_id="sku-0001", store_id="de", name="Ein Würfel", base_price=999, updated_at=NOON)
    StoreValue.objects.create(sku_id="sku-0002", store_id="de", active=False, updated_at=NOON)


def carry_out(
    operation: Operation,
    *values: dict[str, Any],
    store: str | None = None,
    policy: Policy = Policy.ATOMIC,
    actor: Actor | None = None,
) -> Result:
    items = [Item(index, *read(operation.item, camel(value))) for index, value in enumerate(values)]
    assert not any(item.faults for item in items)
    terms = {"store": store} if store else {}
    return run(operation, Batch(items, terms, actor or make_actor(), NOON, policy))


def camel(value: dict[str, Any]) -> dict[str, Any]:
    """Items are written as on the wire and read by their shape."""
    wire = {"quote": "quoteId", "sku": "skuId", "customer": "customerId", "external": "externalId"}
    return {wire.get(name, name): one for name, one in value.items()}


def make_quotes(count: int = 1, store: str | None = None, **value: Any) -> list[int]:
    """The numbers of that many new, empty quotes."""
    outcomes = carry_out(quotes.CREATE, *[value] * count, store=store).outcomes
    return [int(outcome.reference) for outcome in outcomes]


def add(quote: int, sku: str = "sku-0001", quantity: int = 1, store: str | None = None, **options: Any) -> QuoteItem:
    given = {"quote": quote, "sku": sku, "quantity": quantity, "options": options}
    return QuoteItem.objects.get(pk=int(carry_out(quotes.ADD, given, store=store).outcomes[0].reference))


def codes_of(operation: Operation, *values: dict[str, Any], **context: Any) -> list[tuple[int | None, str]]:
    """Why a batch is refused whole; it leaves no trace."""
    before = snapshot()
    with pytest.raises(Refused) as refused:
        carry_out(operation, *values, **context)
    assert snapshot() == before
    return [(index, fault.code) for index, fault in refused.value.faults]


def body(quote: int) -> dict[str, Any]:
    return dict(quote_body(Quote.objects.whole().get(pk=quote)))


# --- Making ----------------------------------------------------------------------------------------------------------
def test_it_makes_quotes_in_request_order():
    result = carry_out(quotes.CREATE, {"customer": "cust-002"}, {}, {"customer": "cust-001"}, store="de")
    made = [Quote.objects.get(pk=int(outcome.reference)) for outcome in result.outcomes]
    assert [quote.customer_id for quote in made] == ["cust-002", None, "cust-001"]
    assert {(quote.store_id, quote.status, quote.currency) for quote in made} == {("de", "open", "USD")}


def test_it_makes_none_for_a_stranger_or_in_a_store_there_is_not():
    assert codes_of(quotes.CREATE, {}, {"customer": "nobody"}) == [(1, "CUSTOMER_NOT_FOUND")]
    assert codes_of(quotes.CREATE, {}, store="fr") == [(None, "STORE_NOT_FOUND")]


# --- Filling ---------------------------------------------------------------------------------------------------------
def test_it_freezes_name_and_price_as_they_are_seen():
    [quote] = make_quotes()
    add(quote, "sku-0001", 2)
    SKU.objects.update(name="Another cube", base_price=1)
    add(quote, "sku-0003")
    items = QuoteItem.objects.order_by("pk").values_list("name", "unit_price", "total")
    assert list(items) == [("A cube", 1250, 2500), ("Another cube", 1, 1)]


def test_it_prices_by_the_store_of_the_request():
    [quote] = make_quotes(store="de")
    german, plain = add(quote, quality="fine", store="de"), add(quote, "sku-0003", quality="fine", store="de")
    assert (german.name, german.unit_price) == ("Ein Würfel", 1499)
    assert (plain.name, plain.unit_price) == ("A cube", 1875)
    assert add(make_quotes()[0]).unit_price == 1250


def test_it_sells_nothing_that_is_switched_off_there_or_everywhere():
    [quote] = make_quotes()
    given = {"quote": quote, "sku": "sku-0002", "quantity": 1}
    assert codes_of(quotes.ADD, given, store="de") == [(0, "SKU_INACTIVE")]
    assert add(quote, "sku-0002").quantity == 1
    SKU.objects.filter(pk="sku-0002").update(active=False)
    StoreValue.objects.filter(sku="sku-0002").update(active=True)
    assert codes_of(quotes.ADD, given) == codes_of(quotes.ADD, given, store="de") == [(0, "SKU_INACTIVE")]


def test_it_says_what_the_answer_needs():
    [quote] = make_quotes()
    first = carry_out(quotes.ADD, {"quote": quote, "sku": "sku-0001", "quantity": 2}).outcomes[0]
    again = carry_out(quotes.ADD, {"quote": quote, "sku": "sku-0001", "quantity": 3, "options": {}}).outcomes[0]
    item = QuoteItem.objects.get()
    assert (first.reference, again.reference) == (str(item.pk),) * 2
    expected = {"itemId": item.pk, "skuId": "sku-0001", "name": "A cube", "price": 12.5, "quoteId": quote}
    assert (first.after, again.after) == ({**expected, "quantity": 2}, {**expected, "quantity": 5})
    assert BulkItem.objects.filter(reference=str(item.pk)).order_by("operation__pk").last().after == again.after  # type: ignore[union-attr]


def test_it_adds_up_within_a_batch_and_across_batches():
    one, other = make_quotes(2)
    add(one, quantity=1, quality="fine")
    batch = [
        {"quote": one, "sku": "sku-0001", "quantity": 2, "options": {"quality": "fine"}},
        {"quote": one, "sku": "sku-0001", "quantity": 3},
        {"quote": other, "sku": "sku-0001", "quantity": 4},
        {"quote": one, "sku": "sku-0001", "quantity": 5, "options": {"quality": "fine"}},
        {"quote": other, "sku": "sku-0001", "quantity": 6},
    ]
    references = [outcome.reference for outcome in carry_out(quotes.ADD, *batch).outcomes]
    items = QuoteItem.objects.order_by("quote_id", "pk")
    assert [(item.quote_id, item.quantity) for item in items] == [(one, 8), (one, 3), (other, 10)]
    ids = [str(item.pk) for item in items]
    assert references == [ids[0], ids[1], ids[2], ids[0], ids[2]]


def test_it_takes_the_currency_of_what_is_put_in_first():
    make_skus(2, prefix="euro", currency="EUR")
    [quote] = make_quotes()
    add(quote, "euro-0001")
    assert body(quote)["currency"] == "EUR"
    codes = codes_of(quotes.ADD, {"quote": quote, "sku": "sku-0001", "quantity": 1})
    assert codes == [(0, "CURRENCY_MIXED")]
    assert add(quote, "euro-0002").quote_id == quote


def test_it_refuses_more_than_10000_of_a_kind():
    [quote] = make_quotes()
    add(quote, quantity=9_999)
    assert codes_of(quotes.ADD, {"quote": quote, "sku": "sku-0001", "quantity": 2}) == [(0, "OUT_OF_RANGE")]
    assert add(quote).quantity == 10_000


def test_it_keeps_what_is_good_of_a_partial_batch():
    [quote] = make_quotes()
    batch = [("sku-0001", 10_000), ("sku-001", 1), ("sku-0001", 1), ("sku-0003", 1)]
    result = carry_out(
        quotes.ADD,
        *({"quote": quote, "sku": sku, "quantity": quantity} for sku, quantity in batch),
        policy=Policy.PARTIAL,
    )
    assert [[fault.code for fault in outcome.faults] for outcome in result.outcomes] == [
        [], ["SKU_NOT_FOUND"], ["OUT_OF_RANGE"], []
    ]  # fmt: skip
    assert result.outcomes[1].faults[0].suggestion == "sku-0001"
    assert list(QuoteItem.objects.order_by("sku").values_list("quantity", flat=True)) == [10_000, 1]


def test_it_writes_nothing_for_a_preview():
    [quote] = make_quotes()
    before = snapshot()
    item = Item(0, {"quote_id": quote, "sku_id": "sku-0001", "quantity": 2})
    assert preview(quotes.ADD, Batch([item], {}, make_actor(), NOON)).outcomes[0].verdict == "created"
    assert snapshot() == before


# --- Ordering --------------------------------------------------------------------------------------------------------
def full_quote(**value: Any) -> int:
    [quote] = make_quotes(**value)
    add(quote, "sku-0001", 2, quality="fine")
    add(quote, "file-0001")
    return quote


def test_it_orders_as_a_plain_order_would_be():
    quote = full_quote(customer="cust-001")
    lines = [
        {"sku_id": "sku-0001", "quantity": 2, "options": {"quality": "fine"}},
        {"sku_id": "file-0001", "quantity": 1},
    ]
    address = {"name": "Ada", "line1": "1 Mill Lane", "city": "Ely", "zip": "CB7", "country": "GB"}
    more = {"notes": "Ring", "shipping_address": address}
    plain = create_orders(
        [{"customer_id": "cust-001", "line_items": lines, **more}], actor=make_actor(), at=NOON
    ).outcomes[0]
    given = {"quote": quote, "notes": "Ring", "shippingAddress": address}
    quoted = carry_out(ORDER, given).outcomes[0]
    numbered = {order.reference: order for order in Order.objects.with_lines()}
    bodies: list[dict[str, Any]] = [dict(order_body(numbered[one.reference])) for one in (plain, quoted)]
    for one in bodies:
        assert all([one.pop("number"), one.pop("uuid"), one.pop("id")])
        assert [line.pop("id") for line in one["lineItems"]]
    assert bodies[0] == bodies[1]
    assert (quoted.status, quoted.verdict) == ("pending_payment", "created")


def test_it_orders_at_the_quoted_prices_and_closes_the_quote():
    quote = full_quote(customer="cust-001")
    offered = body(quote)
    SKU.objects.update(base_price=99_999, name="Dear")
    reference = carry_out(ORDER, {"quote": quote, "customer": "cust-002", "external": "E1"}).outcomes[0].reference
    order = Order.objects.get()
    assert (order.reference, order.customer_id, order.external_id) == (reference, "cust-002", "E1")
    assert order.total / 100 == offered["grand_total"] == 60.0
    assert set(LineItem.objects.values_list("name", "unit_price")) == {("A cube", 1875), ("A cube", 1250)}
    done = body(quote)
    assert (done["status"], done["order_id"], done["customer_id"]) == ("ordered", reference, "cust-002")
    assert {name: done[name] for name in ("items", "subtotal", "grand_total")} == {
        name: offered[name] for name in ("items", "subtotal", "grand_total")
    }


def test_its_order_can_be_paid_and_gives_jobs():
    quote = full_quote(customer="cust-001")
    order = carry_out(ORDER, {"quote": quote}).outcomes[0].reference
    [paid] = change_orders(PAY, [order], actor=make_actor(), at=NOON).outcomes
    assert [effect["kind"] for effect in paid.effects] == ["entitlement_created", "job_created"]


def test_it_names_every_reason_not_to_order():
    nameless, empty, done, off, twice = (*make_quotes(5, customer="cust-001"),)
    Quote.objects.filter(pk=nameless).update(customer=None)
    for quote in (nameless, done, off, twice):
        add(quote, "sku-0003" if quote == off else "sku-0001")
    carry_out(ORDER, {"quote": done, "external": "E1"})
    SKU.objects.filter(pk="sku-0003").update(active=False)
    batch: list[dict[str, Any]] = [
        {"quote": nameless},
        {"quote": empty},
        {"quote": done},
        {"quote": off},
        {"quote": twice},
        {"quote": twice},
        {"quote": 99_999},
        {"quote": nameless, "customer": "nobody", "external": "E1"},
    ]
    assert codes_of(ORDER, *batch) == [
        (0, "CUSTOMER_REQUIRED"),
        (1, "QUOTE_EMPTY"),
        (2, "QUOTE_ORDERED"),
        (3, "SKU_INACTIVE"),
        (5, "QUOTE_ORDERED"),
        (6, "QUOTE_NOT_FOUND"),
        (7, "CUSTOMER_NOT_FOUND"),
        (7, "EXTERNAL_ID_TAKEN"),
    ]


def test_it_orders_nothing_that_the_quotes_own_store_has_switched_off():
    [quote] = make_quotes(store="de", customer="cust-001")
    [elsewhere] = make_quotes(customer="cust-001")
    for one in (quote, elsewhere):
        add(one, "sku-0002")
    assert codes_of(ORDER, {"quote": quote}) == [(0, "SKU_INACTIVE")]
    assert carry_out(ORDER, {"quote": elsewhere}).outcomes[0].verdict == "created"


def test_it_puts_nothing_into_what_was_ordered_and_does_not_delete_it():
    quote = full_quote(customer="cust-001")
    carry_out(ORDER, {"quote": quote})
    assert codes_of(quotes.ADD, {"quote": quote, "sku": "sku-0001", "quantity": 1}) == [(0, "QUOTE_ORDERED")]
    assert codes_of(quotes.DELETE, {"quote": quote}) == [(0, "QUOTE_ORDERED")]


# --- Deleting, and whose they are ------------------------------------------------------------------------------------
def test_it_deletes_a_quote_with_all_that_is_in_it():
    gone, kept = full_quote(), full_quote()
    assert carry_out(quotes.DELETE, {"quote": gone}).outcomes[0].reference == str(gone)
    assert [quote.pk for quote in Quote.objects.all()] == [kept]
    assert set(QuoteItem.objects.values_list("quote", flat=True)) == {kept}
    assert codes_of(quotes.DELETE, {"quote": gone}) == [(0, "QUOTE_NOT_FOUND")]


@pytest.mark.parametrize(
    ("operation", "more"),
    [(quotes.ADD, {"sku": "sku-0001", "quantity": 1}), (ORDER, {}), (quotes.DELETE, {})],
)
def test_it_knows_no_quote_of_another_account(operation: Operation, more: dict[str, Any]):
    quote = full_quote(customer="cust-001")
    stranger = make_actor(account=Account.objects.create(code="another", name="Another"))
    assert codes_of(operation, {"quote": quote, **more}, actor=stranger) == [(0, "QUOTE_NOT_FOUND")]


def test_it_is_registered_for_staff():
    names = {name for name, one in operations().items() if name.startswith("quotes.") and "customer" not in one.roles}
    assert names == {"quotes.create", "quotes.add", "quotes.order", "quotes.delete"}


def test_its_refusals_have_the_kinds_that_decide_the_answer():
    quote = full_quote(customer="cust-001")
    carry_out(ORDER, {"quote": quote})
    for value, kind in (({"quote": quote}, Kind.CONFLICT), ({"quote": quote + 1}, Kind.UNKNOWN)):
        with pytest.raises(Refused) as refused:
            carry_out(ORDER, value)
        assert refused.value.kind is kind


# --- Shown -----------------------------------------------------------------------------------------------------------
def test_it_words_a_quote_and_its_items():
    quote = full_quote(store="de")
    first, second = QuoteItem.objects.order_by("pk")
    shown = body(quote)
    assert {name: value for name, value in shown.items() if name not in ("created_at", "updated_at")} == {
        "id": quote,
        "customer_id": None,
        "store": "de",
        "currency": "USD",
        "status": "open",
        "order_id": None,
        "items": [quote_item_body(first), quote_item_body(second)],
        "items_count": 2,
        "items_qty": 3,
        "subtotal": 50.0,
        "grand_total": 60.0,
    }
    assert quote_item_body(first) == {
        "item_id": first.pk, "sku": "sku-0001", "qty": 2, "name": "A cube", "price": 18.75, "quote_id": quote
    }  # fmt: skip


def test_it_costs_nothing_while_it_is_empty_and_no_postage_without_parcels():
    [quote] = make_quotes()
    assert (body(quote)["subtotal"], body(quote)["grand_total"]) == (0, 0)
    add(quote, "file-0001")
    assert body(quote)["grand_total"] == 13.75


def test_it_keeps_the_total_of_its_order_when_taxes_change(settings: Any):
    quote = full_quote(customer="cust-001")
    carry_out(ORDER, {"quote": quote})
    settings.TAX_RATE = "0.5"
    assert body(quote)["grand_total"] == 60.0


def test_it_shows_whole_quotes_in_three_statements():
    for _ in range(3):
        full_quote()
    with statements() as sent:
        assert len([quote_body(quote) for quote in Quote.objects.whole()]) == 3
    assert len(sent) == 3


# --- Statements and constraints --------------------------------------------------------------------------------------
def additions(ids: list[int]) -> list[dict[str, Any]]:
    return [{"quote": one, "sku": f"sku-000{1 + 2 * (one % 2)}", "quantity": 1} for one in ids]


@pytest.mark.parametrize(
    ("operation", "items"),
    [
        (quotes.CREATE, lambda ids: [{"customer": "cust-001"}] * len(ids)),
        (quotes.ADD, lambda ids: [*additions(ids), *additions(ids)]),
        (ORDER, lambda ids: [{"quote": one, "external": f"E{one}", "customer": "cust-002"} for one in ids]),
        (quotes.DELETE, lambda ids: [{"quote": one} for one in ids]),
    ],
)
def test_it_sends_as_many_statements_for_50_as_for_2(operation: Operation, items: Any):
    counts = []
    for count in (2, 50):
        ids = make_quotes(count)
        for value in additions(ids):
            add(value["quote"], value["sku"])
        with statements() as sent:
            carry_out(operation, *items(ids), store=None if operation in (ORDER, quotes.DELETE) else "de")
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("wrong", [{"status": "gone"}, {"status": "ordered"}])
def test_the_database_keeps_status_and_order_together(wrong: dict[str, Any]):
    [quote] = make_quotes(customer="cust-001")
    with pytest.raises(IntegrityError, match="quote_"), transaction.atomic():
        Quote.objects.filter(pk=quote).update(**wrong)


@pytest.mark.parametrize("wrong", [{"quantity": 10_001}, {"unit_price": -1, "total": -1}, {"total": 7}])
def test_the_database_keeps_sums_true(wrong: dict[str, Any]):
    item = add(make_quotes()[0])
    with pytest.raises(IntegrityError, match="quote_item_"), transaction.atomic():
        QuoteItem.objects.filter(pk=item.pk).update(**wrong)
