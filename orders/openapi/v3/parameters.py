"""Query parameters of the v3 dialect."""

from collections.abc import Mapping
from datetime import UTC, datetime

from catalog.models import Kind
from orders.models import Order
from orders.references import MAX_NUMBER
from orders.states import OrderType
from orders.v3.answers import STATUSES
from orders.v3.bodies import FIELDS, INCLUDES
from orders.v3.filters import FILTERS
from orders.v3.listing import DEFAULT_PER_PAGE, MAX_PER_PAGE, SORTS, Window, cursor_of
from printshop.api.openapi.parameters import comma_list
from printshop.api.openapi.schemas import Schema
from printshop.api.openapi.shared import query

TEXT = {"type": "string"}
UUID = {"type": "string", "format": "uuid"}
WHEN = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
FIRST = Window(DEFAULT_PER_PAGE, "-created_at", None, (), FIELDS)
CURSOR = cursor_of(Order(pk=12345, created_at=datetime(2026, 3, 2, 12, tzinfo=UTC)), FIRST, back=False)
ID_TYPE = query(
    "id_type",
    "`external`: the id in the path is your own.",
    {"enum": ["internal", "external"], "default": "internal"},
)
FILTERED: Mapping[str, tuple[str, Schema]] = {
    "filter[id]": ("The order's number.", {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}),
    "filter[uuid]": ("The order's uuid.", UUID),
    "filter[external_id]": ("Your own id of the order.", TEXT),
    "filter[status]": ("One status.", {"enum": list(STATUSES)}),
    "filter[type]": ("One type.", {"enum": OrderType.values}),
    "filter[user_id]": ("The customer's id or uuid in the shop.", TEXT),
    "filter[user_email]": ("The customer's whole address, in any case.", TEXT),
    "filter[user_external_id]": ("Your own id of the customer.", TEXT),
    "filter[product_type]": ("Orders with a product of this type.", {"enum": Kind.values}),
    "filter[product_id]": ("Orders with this product.", TEXT),
    "filter[product_external_id]": ("The same as `filter[product_id]`.", TEXT),
    "filter[created_at][from]": ("Made at this time or later, or on this day or later.", WHEN),
    "filter[created_at][to]": ("Made at this time or earlier, or on this day or earlier.", WHEN),
    "filter[updated_at][from]": ("Changed at this time or later, or on this day or later.", WHEN),
    "filter[updated_at][to]": ("Changed at this time or earlier, or on this day or earlier.", WHEN),
}
LIST = (
    query(
        "per_page",
        "How many orders a page has.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "default": DEFAULT_PER_PAGE},
    ),
    query("cursor", "From `links`; good for the sort it was made under.", TEXT),
    query(
        "sort",
        "With a minus the latest come first.",
        {"enum": [sign + column for column in SORTS for sign in ("", "-")], "default": FIRST.sort},
    ),
    query("include", "What each order shows besides its fields.", **comma_list(list(INCLUDES))),
    query("fields", "Which of its fields each order shows; all of them unless told.", **comma_list(list(FIELDS))),
    *(query(name, *FILTERED[name]) for name in FILTERS),
)
