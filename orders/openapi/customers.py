"""Customers in the reference."""

from orders import shapes
from orders.plans.customers import REDACTED
from orders.serializers import CustomerBody, ExportBody
from orders.services.erasing import ERASE
from printshop.api.openapi.calls import Answer, Call, Subject, changed, listed, refusals_of, shown
from printshop.api.refusals import Fault, Kind
from printshop.bulk.openapi import Example, answered, preview_shape
from printshop.bulk.outcomes import Outcome, Verdict

CUSTOMER = {
    "id": "cust-001",
    "uuid": "b1f6e1b0-52cf-4ce8-8b6e-6a0c8fd1f3aa",
    "externalId": "crm-77",
    "email": "ada@shop.example",
    "firstname": "Ada",
    "lastname": "Example",
    "name": "Ada Example",
    "createdAt": "2026-03-02T12:00:00Z",
}
NEW = {
    "id": "cust-900",
    "externalId": "crm-78",
    "email": "grace@shop.example",
    "firstname": "Grace",
    "lastname": "Example",
}
TAKEN_SENTENCE = "Customer cust-001 has the email ada@shop.example already."
TAKEN = Fault("EMAIL_TAKEN", TAKEN_SENTENCE, "email", "ada@shop.example", kind=Kind.CONFLICT)
OPEN_SENTENCE = "Customer cust-001 has open orders (ord-001); ship, cancel or refund them first."
OPEN_ORDERS = Fault("CUSTOMER_HAS_OPEN_ORDERS", OPEN_SENTENCE, "id", "cust-001", kind=Kind.CONFLICT)
ERASED = {**dict.fromkeys(CUSTOMER), **{name: CUSTOMER[name] for name in ("uuid", "createdAt")}, "id": "cust-002"}
PLANNED = answered(
    ERASE,
    Example(
        {"customers": [{"id": "cust-002"}]},
        [
            Outcome(
                0,
                "cust-002",
                Verdict.UPDATED,
                before={"email": REDACTED},
                after={"erased": True},
                effects=[{"kind": "erased", "orders": 1, "keys": 0, "items": 2}],
            )
        ],
        [],
    ),
    dry_run=True,
)
KINDS = ("orders", "payments", "entitlements", "quotes", "operations", "jobs", "truncated")
CALLS = {
    "list": listed("List customers", CustomerBody, CUSTOMER),
    "retrieve": shown("Show a customer", CustomerBody, CUSTOMER),
    "create": changed(
        "Create a customer",
        CustomerBody,
        CUSTOMER | NEW | {"name": "Grace Example"},
        TAKEN,
        status=201,
        description="An id is made when none is given. E-mail addresses are unique whatever their case.",
        body=shapes.CustomerItem,
        examples={"full": NEW, "made id": {"name": "Walk-in"}},
    ),
    "partial_update": changed(
        "Change a customer",
        CustomerBody,
        CUSTOMER | {"name": "Ada King", "email": None},
        TAKEN,
        description="Only the fields named change; null clears.",
        body=shapes.CustomerFields,
        examples={"name": {"name": "Ada King", "email": None}},
    ),
    "erase": Call(
        "Erase a customer",
        {200: Answer(CustomerBody | preview_shape(ERASE), {"done": ERASED, "dry run": PLANNED})},
        "Blanks what is known of them, in their orders and in all that was recorded. Orders and sums stay.",
        body=shapes.Erasure,
        examples={"plain": {}, "dry run": {"dryRun": True}},
        refusals=refusals_of(OPEN_ORDERS),
        recorded=True,
        example_id="cust-002",
    ),
    "export": shown(
        "Show everything that is held about a customer",
        ExportBody,
        {"customer": CUSTOMER, **{kind: [] for kind in KINDS}},
    ),
}
FILTERS = {
    "externalId": "The customer that has exactly this one.",
    "email": "The whole address, in any case.",
    "search": "Part of the name, in any case.",
}
SUBJECT = Subject("Customers", "cust-001", CALLS, FILTERS)
