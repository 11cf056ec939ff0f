"""The v3 dialect in the reference."""

from typing import Annotated, Any, NotRequired, get_type_hints

from pydantic import Field

from orders import shapes
from orders.openapi.orders import not_while
from orders.openapi.v3 import examples as shown
from orders.openapi.v3.examples import ORDER, permission
from orders.openapi.v3.noes import ID_TYPE, REUSED, V3, by_code, of_batch, of_envelope, worded
from orders.openapi.v3.parameters import ID_TYPE as WHOSE_ID
from orders.openapi.v3.parameters import LIST
from orders.plans.storefront import required
from orders.services.storefront import CREATE
from orders.states import OrderStatus
from orders.v3.answers import V3BulkResult, V3Entitlement, V3Links, V3Meta, V3Order
from printshop.api.openapi.calls import Answer, Call, Subject
from printshop.api.openapi.schemas import shape_called
from printshop.api.refusals import unknown


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
NO_ORDER = {"ORDER_NOT_FOUND": worded(unknown("ORDER_NOT_FOUND", "There is no order 12345."))}
NO_USER = {"CUSTOMER_NOT_FOUND": worded(unknown("CUSTOMER_NOT_FOUND", "There is no user cust-001."))}
ADDRESSED = "The id is the order's number or uuid, or with `id_type=external` your own. "
CALLS = {
    "bulk": Call(
        "Create orders",
        {
            200: Answer(
                under_data(V3BulkResult, "V3BulkAnswer"),
                {"two readers": {"data": shown.WHOLE}, "partial success": {"data": shown.PARTIAL}},
                "At least one order was made; `errors` tells of the others.",
            )
        },
        "The good orders happen, the others are reported with every fault of each. When there is no good one the answer"
        " is 422, with paths from the top of the body.",
        body=BATCH,
        examples={
            "two readers": {"orders": [permission("BULK-001", 1), permission("BULK-002", 2)]},
            "different types": {
                "orders": [
                    permission("FREE-ACCESS-001", 5, "PREMIUM-PLAN", "subscription"),
                    shown.REPORT,
                    shown.SALE,
                    shown.PRINT,
                ]
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
                "no good order": of_batch((0, required("type")), (1, shown.NO_PRODUCT)),
                "external_id taken": of_batch((0, shown.TAKEN)),
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
                    "sale": {"data": shown.PENDING},
                },
                "Made.",
            )
        },
        "A `permission` gives access, a `report` tells of a sale made elsewhere, a `sale` waits for its payment. The"
        " customer is found by id or e-mail address, or made.",
        body=shapes.StorefrontOrder,
        examples={
            "permission": permission("PROMO-001", 1),
            "report": shown.REPORT,
            "sale": shown.SALE,
            "print": shown.PRINT,
        },
        refusals={422: by_code(shown.NO_PRODUCT, shown.TAKEN, required("type")) | REUSED},
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
                        "links": {"next": shown.NEXT, "prev": None},
                        "meta": {"has_more": True},
                    },
                    "fields=id,external_id,status": {
                        "data": [shown.SPARSE],
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
        refusals={422: {"several": shown.misread("per_page=501&sort=price&filter[colour]=red")}},
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
                {"pause": {"data": ORDER | {"status": "paused"}}, "last day": {"data": shown.UNTIL}},
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
        refusals={404: NO_ORDER, 422: by_code(shown.UNPAID, shown.NO_STATUS) | ID_TYPE},
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
        {
            200: Answer(
                under_data(list[V3Entitlement], "V3EntitlementList"), {"one": {"data": [shown.ENTITLEMENT]}}, "All."
            )
        },
        "By the orders of the account, newest first. The id is the customer's id or uuid in the shop, or with"
        " `id_type=external` your own.",
        query=(WHOSE_ID,),
        refusals={404: NO_USER, 422: ID_TYPE},
        example_id="cust-001",
    ),
}
SUBJECT = Subject("Storefronts (v3)", "12345", CALLS, dialect=V3)
