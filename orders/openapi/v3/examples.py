"""Orders, answers and faults that the reference shows of the v3 dialect. A fault is made by the plan that finds it."""

from typing import Any

from django.http import QueryDict

from orders import shapes
from orders.models import Order
from orders.openapi.v3.noes import worded
from orders.openapi.v3.parameters import CURSOR
from orders.plans.access import Held, access_faults
from orders.plans.changes import Standing
from orders.plans.storefront import Known, People, product_faults, taken_fault
from orders.states import OrderStatus
from orders.v3.filters import filtered
from orders.v3.listing import window_of
from orders.v3.query import Query
from printshop.api.reading import read
from printshop.api.refusals import refuse

NOON = "2026-03-02T12:00:00Z"


def reader(number: int, **user: str) -> dict[str, str]:
    return {**user, "email": f"reader{number}@readers.example.org"}


def permission(external_id: str, number: int, sku: str = "EBOOK-001", kind: str = "content") -> dict[str, Any]:
    """An order that gives a reader access."""
    product = {"type": kind, "external_id": sku}
    return {"type": "permission", "external_id": external_id, "user": reader(number), "products": [product]}


def made(number: int, uuid: str, external_id: str) -> dict[str, Any]:
    """The line of an order in the answer to a bulk request."""
    return {"id": str(number), "uuid": uuid, "external_id": external_id, "status": "approved"}


UUIDS = "275ca6c4-a815-4f64-8198-759a296dd495", "385da7d5-b926-4f75-9309-86a3070dd596"
REPORT = {
    "type": "report",
    "external_id": "PARTNER-SALE-001",
    "return_url": "https://partner.com/receipt",
    "unit_price": 29.99,
    "currency_id": "USD",
    "user": reader(1, id="partner-customer-001"),
    "products": [{"type": "content", "external_id": "EBOOK-001", "unit_price": 29.99, "currency_id": "USD"}],
}
SALE = {
    "type": "sale",
    "external_id": "SALE-001",
    "user": {"id": "user-003"},
    "products": [{"type": "subscription", "external_id": "PREMIUM-MONTHLY", "expiration_date": "2027-12-31"}],
}
PRINT = {
    "type": "permission",
    "external_id": "GIFT-001",
    "user": reader(4),
    "products": [{"type": "print", "external_id": "sku-pla-black-cube", "quantity": 2}],
}
BOOK = {
    "type": "content",
    "external_id": "EBOOK-001",
    "name": "Designing for the printer",
    "quantity": 1,
    "unit_price": 29.99,
    "currency_id": "USD",
    "expiration_date": None,
}
USER = {
    "id": "partner-customer-001",
    "uuid": "b1f6e1b0-52cf-4ce8-8b6e-6a0c8fd1f3aa",
    "email": "reader1@readers.example.org",
    "firstname": None,
    "lastname": None,
}
ORDER = {
    "id": "12345",
    "uuid": UUIDS[0],
    "external_id": "PARTNER-SALE-001",
    "type": "report",
    "status": "approved",
    "unit_price": 29.99,
    "currency_id": "USD",
    "return_url": "https://partner.com/receipt",
    "created_at": NOON,
    "updated_at": NOON,
    "user": USER,
    "products": [BOOK],
}
PENDING = {
    **ORDER,
    "external_id": "SALE-001",
    "type": "sale",
    "status": "pending",
    "unit_price": 9.9,
    "return_url": None,
    "user": {**USER, "id": "user-003", "email": None},
    "products": [
        {
            **BOOK,
            "type": "subscription",
            "external_id": "PREMIUM-MONTHLY",
            "name": "Model library, a month",
            "unit_price": 9.9,
            "expiration_date": "2027-12-31",
        }
    ],
}
SPARSE = {name: ORDER[name] for name in ("id", "external_id", "status")}
UNTIL = ORDER | {"products": [BOOK | {"expiration_date": "2027-12-31"}]}
ENTITLEMENT = {
    "product": {"external_id": "EBOOK-001", "type": "content", "name": "Designing for the printer"},
    "order_id": "12345",
    "from": NOON,
    "until": None,
    "status": "active",
}
NOBODY = Known(People(), {}, {"PARTNER-SALE-001": "ord-12345"})
[NO_PRODUCT] = product_faults({"external_id": "EBOOK-999"}, NOBODY, "products.0")
[TAKEN] = taken_fault({"external_id": "PARTNER-SALE-001"}, NOBODY, {})
[UNPAID] = access_faults(Standing(1, "ord-001", OrderStatus.PENDING_PAYMENT), Held((), ()), {"status": "approved"})
[_, [NO_STATUS]] = read(shapes.AccessTerms, {"status": "cancelled"})
PARTIAL = {
    "total": 3,
    "created": 2,
    "failed": 1,
    "orders": [made(12345, UUIDS[0], "ORDER-001"), made(12346, UUIDS[1], "ORDER-003")],
    "errors": [
        {
            "index": 1,
            "external_id": "ORDER-002",
            "errors": {"products.0.external_id": ["The product does not exist."]},
        }
    ],
}
WHOLE = {
    "total": 2,
    "created": 2,
    "failed": 0,
    "orders": [made(12345, UUIDS[0], "BULK-001"), made(12346, UUIDS[1], "BULK-002")],
}


NEXT = f"https://shop.example/api/v3/orders?include=user%2Cproducts&cursor={CURSOR}"


def misread(text: str) -> Any:
    """The answer to a query string that cannot be meant."""
    query = Query(QueryDict(text))
    window_of(query)
    filtered(Order.objects.none(), query)
    return worded(refuse(*query.faults))
