"""`orders`: made, cancelled and paid."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from typing_extensions import TypedDict

from orders.models import LineItem, Order
from orders.services import changes, creation
from orders.states import OrderStatus, OrderType
from printshop.api.actors import EVERYBODY
from printshop.api.shapes import one_of
from printshop.magento import search, searched
from printshop.magento.calls import Asked, Change, Look
from printshop.magento.fields import Fields, Payload
from printshop.magento.params import Param, as_reference

ORDER_ID = Param("orderIds", as_reference(Order.PREFIX), "order")
ONE = Fields(params={"orderId": ORDER_ID})
BODY = Fields(
    "entity",
    bare=True,
    names={"items": "lineItems", "ext_order_id": "externalId", "customer_note": "notes"},
    within={"lineItems": {"sku": "skuId", "qty_ordered": "quantity", "qty": "quantity"}},
    numeric=frozenset({"quantity"}),
)
REASON = "Cancelled by the client"
SEARCHED = {
    "entity_id": searched.Whole("pk"),
    "status": searched.Text("status"),
    "type": searched.Text("type"),
    "customer_id": searched.Text("customer_id"),
    "external_id": searched.Text("external_id"),
    "created_at": searched.Moment("created_at"),
    "updated_at": searched.Moment("updated_at"),
}


class AsyncOrderItem(TypedDict):
    """A position of an order, with the name and price of the day it was ordered."""

    item_id: int
    sku: str
    name: str
    qty_ordered: int
    price: float
    row_total: float
    options: dict[str, Any]


class AsyncOrder(TypedDict):
    """An order. Money is in major units."""

    id: str
    entity_id: int
    uuid: UUID
    type: Annotated[str, one_of(OrderType)]
    status: Annotated[str, one_of(OrderStatus)]
    customer_id: str
    external_id: str | None
    items: list[AsyncOrderItem]
    subtotal: float
    shipping_amount: float
    tax_amount: float
    grand_total: float
    order_currency_code: str
    shipping_address: dict[str, Any] | None
    notes: str | None
    due_date: date | None
    carrier: str | None
    tracking_number: str | None
    created_at: datetime
    updated_at: datetime


class AsyncOrders(TypedDict):
    """Orders that a search has found: one page of them."""

    items: list[AsyncOrder]
    search_criteria: search.AsyncCriteria
    total_count: int


def item_body(line: LineItem) -> AsyncOrderItem:
    """A position of an order."""
    return {
        "item_id": line.pk,
        "sku": line.sku_id,
        "name": line.name,
        "qty_ordered": line.quantity,
        "price": line.unit_price / 100,
        "row_total": line.total / 100,
        "options": line.options,
    }


def order_body(order: Order) -> AsyncOrder:
    """An order with its lines, which should be prefetched."""
    return {
        "id": order.reference,
        "entity_id": order.pk,
        "uuid": order.uuid,
        "type": order.type,
        "status": order.status,
        "customer_id": order.customer_id,
        "external_id": order.external_id or None,
        "items": [item_body(line) for line in order.line_items.all()],
        "subtotal": order.subtotal / 100,
        "shipping_amount": order.shipping / 100,
        "tax_amount": order.tax / 100,
        "grand_total": order.total / 100,
        "order_currency_code": order.currency,
        "shipping_address": order.shipping_address,
        "notes": order.notes or None,
        "due_date": order.due_date,
        "carrier": order.carrier or None,
        "tracking_number": order.tracking_number or None,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def visible(asked: Asked) -> QuerySet[Order]:
    return Order.objects.visible_to(asked.actor).prefetch_related("line_items")


def changed(asked: Asked) -> AsyncOrder | None:
    """An order that was just made or changed."""
    return order_body(visible(asked).get(pk=Order.number_in(asked.reference) or 0))


def shown(asked: Asked) -> AsyncOrder | None:
    """An order by its id or number."""
    reference = ORDER_ID.reads(asked.params["orderId"]) or ""
    order = visible(asked).filter(pk=Order.number_in(reference) or 0).first()
    return order_body(order) if order else None


def found(asked: Asked) -> dict[str, Any]:
    """The orders that a search finds, newest first unless it says otherwise."""
    criteria = search.read(asked.query)
    wanted = search.wanted(visible(asked), criteria, SEARCHED, ("-pk",))
    return search.page(wanted, criteria, lambda orders: [order_body(order) for order in orders])


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": reference, "entity_id": Order.number_in(reference), **BODY.image(recorded)}


def reason_of(body: Payload) -> Mapping[str, Any]:
    """Clients of the dialect cancel without a word."""
    return {"reason": REASON} | {name: value for name, value in body.items() if value is not None}


ITEM = {"item_id": 5, "sku": "sku-pla-black-cube", "name": "Calibration cube, black", "qty_ordered": 2, "price": 4.9,
        "row_total": 9.8, "options": {}}  # fmt: skip
ANSWER = {
    "id": "ord-001", "entity_id": 1, "uuid": "8d0e1c5e-6c0c-4a55-9c0b-4f6dc1f5f3ab", "type": "sale",
    "status": "pending_payment", "customer_id": "cust-001", "external_id": None, "items": [ITEM], "subtotal": 9.8,
    "shipping_amount": 0, "tax_amount": 0, "grand_total": 9.8, "order_currency_code": "USD", "shipping_address": None,
    "notes": None, "due_date": None, "carrier": None, "tracking_number": None, "created_at": "2026-03-02T12:00:00Z",
    "updated_at": "2026-03-02T12:00:00Z",
}  # fmt: skip
SHARED: dict[str, Any] = {"shows": changed, "result": told, "answers": AsyncOrder}
CREATE = Change(
    "Create an order", creation.CREATE, BODY, **SHARED, answer=ANSWER,
    example={"customer_id": "cust-001", "items": [{"sku": "sku-pla-black-cube", "qty": 2}]},
    description="The body of the native dialect, under its names or these, alone or under `entity`.",
)  # fmt: skip
CANCEL = Change(
    "Cancel an order", changes.CANCEL, ONE, terms_of=reason_of, in_turns=True, **SHARED,
    example={"orderId": "ord-001", "reason": "Ordered twice"}, answer=ANSWER | {"status": "cancelled"},
    description="And its jobs. The reason may be left out.",
)  # fmt: skip
PAY = Change(
    "Pay an order", changes.PAY, ONE, terms_of=dict, in_turns=True, **SHARED,
    example={"orderId": "ord-001"}, answer=ANSWER | {"status": "paid"},
    description="Makes the jobs. What is paid already stays as it is.",
)  # fmt: skip
SHOW = Look("Show an order", shown, EVERYBODY, "order", AsyncOrder, ANSWER,
            "By its id, or by the number in it.")  # fmt: skip
SEARCH = Look(
    "Search orders", found, EVERYBODY, "order", AsyncOrders,
    {"items": [ANSWER], "search_criteria": search.EXAMPLE, "total_count": 1},
    searched={name: one.meaning for name, one in SEARCHED.items()},
)  # fmt: skip
