"""The v3 dialect in the reference."""

from typing import Annotated, Any, NotRequired, get_type_hints

from django.http import QueryDict
from pydantic import Field

from orders import shapes
from orders.models import Order
from orders.openapi.orders import not_while
from orders.openapi.v3.noes import ID_TYPE, REUSED, V3, by_code, of_batch, of_envelope, worded
from orders.openapi.v3.parameters import CURSOR, LIST
from orders.openapi.v3.parameters import ID_TYPE as WHOSE_ID
from orders.plans.access import Held, access_faults
from orders.plans.changes import Standing
from orders.plans.storefront import Known, People, product_faults, required, taken_fault
from orders.services.storefront import CREATE
from orders.states import OrderStatus
from orders.v3.answers import V3BulkResult, V3Entitlement, V3Links, V3Meta, V3Order
from orders.v3.filters import filtered
from orders.v3.listing import window_of
from orders.v3.query import Query
from printshop.api.openapi.calls import Answer, Call, Subject
from printshop.api.openapi.schemas import shape_called
from printshop.api.reading import read
from printshop.api.refusals import refuse, unknown

NOON = "2026-03-02T12:00:00Z"


def under_data(shape: Any, name: str, **beside: Any) -> Any:
    """An answer: what is shown stands under `data`."""
    return shape_called(name, "What was asked for stands under `data`.", {"data": shape, **beside})


BATCH = shape_called(
    "V3Batch",
    f"A batch of 1 to {CREATE.limit}; the good orders happen.",
    {"orders": Annotated[list[shapes.StorefrontOrder], Field(min_length=1, max_length=CREATE.limit)]},
    shapes.LAX,
)
ROW = shape_called(
    "V3ListedOrder",
    "An order as a list shows it: `user` and `products` where they are included, its own fields where asked for.",
    {name: NotRequired[hint] for name, hint in get_type_hints(V3Order, include_extras=True).items()},
)
SHOWN = under_data(V3Order, "V3OrderAnswer")


# --- Examples --------------------------------------------------------------------------------------------------------
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


# --- Calls -----------------------------------------------------------------------------------------------------------
NO_ORDER = {"ORDER_NOT_FOUND": worded(unknown("ORDER_NOT_FOUND", "There is no order 12345."))}
NO_USER = {"CUSTOMER_NOT_FOUND": worded(unknown("CUSTOMER_NOT_FOUND", "There is no user cust-001."))}
ADDRESSED = "The id is the order's number or uuid, or with `id_type=external` your own. "
CALLS = {
    "bulk": Call(
        "Create orders",
        {
            200: Answer(
                under_data(V3BulkResult, "V3BulkAnswer"),
                {"two readers": {"data": WHOLE}, "partial success": {"data": PARTIAL}},
                "At least one order was made; `errors` tells of the others.",
            )
        },
        "The good orders happen, the others are reported with every fault of each. When there is no good one the answer"
        " is 422, with paths from the top of the body.",
        body=BATCH,
        examples={
            "two readers": {"orders": [permission("BULK-001", 1), permission("BULK-002", 2)]},
            "different types": {
                "orders": [permission("FREE-ACCESS-001", 5, "PREMIUM-PLAN", "subscription"), REPORT, SALE, PRINT]
            },
            "partial success": {
                "orders": [
                    permission("ORDER-001", 1),
                    permission("ORDER-002", 2, "EBOOK-999"),
                    permission("ORDER-003", 3),
                ]
            },
        },
        refusals={
            422: {
                "no good order": of_batch((0, required("type")), (1, NO_PRODUCT)),
                "external_id taken": of_batch((0, TAKEN)),
                "no orders": of_envelope({}),
                "no array": of_envelope({"orders": "BULK-001"}),
                "too many orders": of_envelope({"orders": [{}] * (CREATE.limit + 1)}),
                **REUSED,
            }
        },
        recorded=True,
    ),
    "create": Call(
        "Create an order",
        {
            201: Answer(
                SHOWN,
                {
                    "report": {"data": ORDER},
                    "sale": {
                        "data": ORDER
                        | {"external_id": "SALE-001", "type": "sale", "status": "pending"}
                        | {"unit_price": 9.9, "return_url": None}
                        | {"user": USER | {"id": "user-003", "email": None}}
                        | {
                            "products": [
                                BOOK
                                | {"type": "subscription", "external_id": "PREMIUM-MONTHLY"}
                                | {"name": "Model library, a month", "unit_price": 9.9}
                                | {"expiration_date": "2027-12-31"}
                            ]
                        }
                    },
                },
                "Made.",
            )
        },
        "A `permission` gives access, a `report` tells of a sale made elsewhere, a `sale` waits for its payment. The"
        " customer is found by id or e-mail address, or made.",
        body=shapes.StorefrontOrder,
        examples={"permission": permission("PROMO-001", 1), "report": REPORT, "sale": SALE, "print": PRINT},
        refusals={422: by_code(NO_PRODUCT, TAKEN, required("type")) | REUSED},
        recorded=True,
    ),
    "list": Call(
        "List orders",
        {
            200: Answer(
                under_data(list[ROW], "V3OrderPage", links=V3Links, meta=V3Meta),  # type: ignore[valid-type]
                {
                    "include=user,products": {
                        "data": [ORDER],
                        "links": {"next": NEXT, "prev": None},
                        "meta": {"has_more": True},
                    },
                    "fields=id,external_id,status": {
                        "data": [SPARSE],
                        "links": {"next": None, "prev": None},
                        "meta": {"has_more": False},
                    },
                },
                "A page.",
            )
        },
        "The orders of the account, the latest first unless told. Filters narrow together; one that is unknown or empty"
        " is refused.",
        query=LIST,
        refusals={422: {"several": misread("per_page=501&sort=price&filter[colour]=red")}},
    ),
    "retrieve": Call(
        "Show an order",
        {200: Answer(SHOWN, {"found": {"data": ORDER}}, "The order as it is now.")},
        ADDRESSED,
        query=(WHOSE_ID,),
        refusals={404: NO_ORDER, 422: ID_TYPE},
    ),
    "update": Call(
        "Pause or resume an order, or move its last day",
        {
            200: Answer(
                SHOWN,
                {"pause": {"data": ORDER | {"status": "paused"}}, "last day": {"data": UNTIL}},
                "Done, or so already.",
            )
        },
        f"{ADDRESSED}One field at least; null is access without end. Pausing halts the access, not the jobs.",
        body=shapes.AccessTerms,
        examples={
            "pause": {"status": "paused"},
            "resume": {"status": "approved"},
            "last day": {"expiration_date": "2027-12-31"},
            "both": {"status": "approved", "expiration_date": None},
        },
        query=(WHOSE_ID,),
        refusals={404: NO_ORDER, 422: by_code(UNPAID, NO_STATUS) | ID_TYPE},
        recorded=True,
    ),
    "destroy": Call(
        "Cancel an order",
        {200: Answer(SHOWN, {"done": {"data": ORDER | {"status": "cancelled"}}}, "Cancelled, or so already.")},
        f"{ADDRESSED}Access and jobs end with it.",
        query=(WHOSE_ID,),
        refusals={404: NO_ORDER, 422: by_code(not_while(OrderStatus.REFUNDED, "cancelled", "status")) | ID_TYPE},
        recorded=True,
    ),
    "entitlements": Call(
        "Show what a customer may use",
        {200: Answer(under_data(list[V3Entitlement], "V3EntitlementList"), {"one": {"data": [ENTITLEMENT]}}, "All.")},
        "By the orders of the account, newest first. The id is the customer's id or uuid in the shop, or with"
        " `id_type=external` your own.",
        query=(WHOSE_ID,),
        refusals={404: NO_USER, 422: ID_TYPE},
        example_id="cust-001",
    ),
}
SUBJECT = Subject("Storefronts (v3)", "12345", CALLS, dialect=V3)
