"""Orders in the reference."""

from catalog.plans.imports import unknown_sku
from orders import shapes
from orders.plans.changes import Standing, illegal, unknown_order
from orders.serializers import OrderBody
from orders.services import changes, creation
from orders.states import OrderStatus
from printshop.api.openapi.calls import Subject, changed, listed, shown
from printshop.api.refusals import Fault, Kind
from printshop.bulk.openapi import Example, bulk
from printshop.bulk.outcomes import Outcome, Verdict

S = OrderStatus
ADDRESS = {
    "name": "Ada Example",
    "line1": "1 Mill Lane",
    "line2": None,
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "country": "US",
}
CHOSEN = {"quality": "fine", "engraving": True}
PRINTED = {
    "customerId": "cust-001",
    "lineItems": [{"skuId": "sku-pla-black-cube", "quantity": 2, "options": CHOSEN}],
    "externalId": "web-1001",
    "shippingAddress": ADDRESS,
    "notes": "Leave at the door",
    "dueDate": "2026-03-20",
}
DIGITAL = {"customerId": "cust-001", "lineItems": [{"skuId": "EBOOK-001", "quantity": 1}]}
LINE = {
    "id": 1,
    "skuId": "sku-pla-black-cube",
    "kind": "print",
    "name": "Calibration cube, black",
    "quantity": 2,
    "options": CHOSEN,
    "unitPrice": 9.12,
    "total": 18.24,
    "expirationDate": None,
}
ORDER = {
    "id": "ord-001",
    "uuid": "6f2b0a5e-3d0c-4b1e-9a51-7a1f0c9be1d2",
    "number": 1,
    "type": "sale",
    "status": "pending_payment",
    "customerId": "cust-001",
    "externalId": "web-1001",
    "lineItems": [LINE],
    "subtotal": 18.24,
    "shipping": 0.0,
    "tax": 0.0,
    "total": 18.24,
    "currency": "USD",
    "shippingAddress": ADDRESS,
    "notes": "Leave at the door",
    "returnUrl": None,
    "dueDate": "2026-03-20",
    "carrier": None,
    "trackingNumber": None,
    "paidAt": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "updatedAt": "2026-03-02T12:00:00Z",
}
PAID = {**ORDER, "status": "paid", "paidAt": "2026-03-02T12:00:00Z"}
SENT = {**PAID, "status": "shipped", "carrier": "DHL", "trackingNumber": "00340434161094021501"}

UNKNOWN_SKU = unknown_sku("sku-pla-blck-cube", ["sku-pla-black-cube"], "lineItems.0.skuId", Kind.INVALID)
TAKEN_SENTENCE = "Order ord-001 has the externalId web-1001 already."
TAKEN = Fault("EXTERNAL_ID_TAKEN", TAKEN_SENTENCE, "externalId", "web-1001", kind=Kind.CONFLICT)
UNKNOWN = unknown_order("ord-999", "orderIds.1")
TOO_MUCH_SENTENCE = "Of ord-002 18.24 USD can still be refunded, not 20.00."
TOO_MUCH = Fault("REFUND_TOO_LARGE", TOO_MUCH_SENTENCE, "amount", 20.0, kind=Kind.CONFLICT)


def not_while(status: OrderStatus, verb: str, place: str = "orderIds.0") -> Fault:
    """The refusal of an order that is in the wrong status."""
    return illegal(Standing(1, "ord-001", status), verb, place)


def became(index: int, order_id: str, before: OrderStatus, after: OrderStatus, *effects: dict[str, object]) -> Outcome:
    images = {"status": before}, {"status": after}
    return Outcome(index, order_id, Verdict.UPDATED, after, *images, effects=list(effects))


def created(index: int, order_id: str, total: float) -> Outcome:
    after = {"status": S.PENDING_PAYMENT, "total": total}
    return Outcome(index, order_id, Verdict.CREATED, S.PENDING_PAYMENT, after=after)


CREATION = Example(
    {"orders": [PRINTED, DIGITAL]},
    [created(0, "ord-001", 18.24), created(1, "ord-002", 29.99)],
    [UNKNOWN_SKU, TAKEN],
    planned=[created(0, "", 18.24), created(1, "", 29.99)],
)
CANCELLATION = Example(
    {"orderIds": ["ord-001", "ord-003"], "reason": "Ordered twice"},
    [
        became(0, "ord-001", S.PENDING_PAYMENT, S.CANCELLED),
        became(1, "ord-003", S.PAID, S.CANCELLED, {"kind": "job_cancelled", "id": "job-004", "from": "CREATED"}),
    ],
    [UNKNOWN, not_while(S.REFUNDED, "cancelled", "orderIds.1")],
)
JOB_MADE: dict[str, object] = {"kind": "job_created", "skuId": "sku-pla-black-cube", "quantity": 2}
PAYMENT = Example(
    {"orderIds": ["ord-001", "ord-003"]},
    [
        became(0, "ord-001", S.PENDING_PAYMENT, S.PAID, JOB_MADE),
        Outcome(1, "ord-003", Verdict.UNCHANGED, S.PAID),
    ],
    [UNKNOWN, not_while(S.CANCELLED, "paid", "orderIds.1")],
)
MAKES_JOBS = "Makes a job for each printable line. An order that is paid already is unchanged."
CALLS = {
    "list": listed("List orders", OrderBody, ORDER, "Newest first; a key of role customer sees its own."),
    "retrieve": shown("Show an order", OrderBody, ORDER),
    "create": changed(
        "Create an order",
        OrderBody,
        ORDER,
        UNKNOWN_SKU,
        TAKEN,
        status=201,
        description="Names and prices of the SKUs are copied: a later import changes no order.",
        body=shapes.OrderItem,
        examples={"print": PRINTED, "digital": DIGITAL},
    ),
    "partial_update": changed(
        "Change an order",
        OrderBody,
        SENT,
        description="Only the fields named change; null clears.",
        body=shapes.OrderEdit,
        examples={
            "dispatch": {"carrier": "DHL", "trackingNumber": "00340434161094021501"},
            "address": {"shippingAddress": ADDRESS, "notes": None},
        },
    ),
    "cancel": changed(
        "Cancel an order",
        OrderBody,
        {**ORDER, "status": "cancelled"},
        not_while(S.SHIPPED, "cancelled"),
        description="Cancels its jobs, too. A key of role customer cancels its own orders before they are paid.",
        body=shapes.WithReason,
        examples={"plain": {"reason": "Ordered twice"}},
    ),
    "pay": changed(
        "Mark an order as paid",
        OrderBody,
        PAID,
        not_while(S.CANCELLED, "paid"),
        description=MAKES_JOBS,
        body=shapes.NoTerms,
        examples={"plain": {}},
    ),
    "refund": changed(
        "Refund an order",
        OrderBody,
        {**PAID, "status": "refunded"},
        TOO_MUCH,
        description="Without amount all that is left goes back. The jobs are left alone: cancel them to stop them.",
        body=shapes.RefundTerms,
        examples={"all": {"reason": "Damaged in transit"}, "part": {"amount": 5.5, "reason": "One piece missing"}},
        example_id="ord-002",
    ),
    "bulk": bulk(creation.CREATE, "Create orders", CREATION, statuses=S, status=201),
    "bulk_cancel": bulk(changes.CANCEL, "Cancel orders", CANCELLATION, statuses=S),
    "bulk_pay": bulk(changes.PAY, "Mark orders as paid", PAYMENT, statuses=S, description=MAKES_JOBS),
}
FILTERS = {
    "status": "Any of a comma list, in any case.",
    "customerId": "Orders of this customer.",
    "externalId": "The order that has exactly this one.",
    "skuId": "Orders with a line of this SKU.",
    "overdue": "Whether the due date is past and the order neither shipped nor cancelled nor refunded.",
}
SUBJECT = Subject("Orders", "ord-001", CALLS, FILTERS)
