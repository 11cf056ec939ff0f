"""Orders and customers on the wire."""

import re
from datetime import date
from typing import Annotated, Any, Literal, NotRequired, Required

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from catalog.shapes.skus import Currency
from orders.passwords import LONGEST, is_sealed
from printshop.api.shapes import STRICT, ExternalId, Id, Line, Money, Reason, printable

DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
EMAIL = r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"


def iso_date(value: object) -> object:
    """Dates travel as text; pydantic's strict mode wants the object."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if DAY.match(value) else value
    except ValueError:
        raise PydanticCustomError("date_parsing", "must be a date, YYYY-MM-DD") from None


def lowered(address: str) -> str:
    """An address in lower case, which in some scripts is longer."""
    lower = address.lower()
    if len(lower) > 254:
        raise PydanticCustomError("email_too_long", "must have at most 254 characters in lower case")
    return lower


def choice(value: Any) -> str | bool | int | float:
    """What can be chosen for an option: text, a truth, or a number that both databases write alike."""
    if not isinstance(value, (str, bool, int, float)):
        raise PydanticCustomError("choice_type", "must be text, a number, true or false")
    if isinstance(value, (int, float)) and abs(value) > LARGEST_CHOICE:
        raise PydanticCustomError("out_of_range", f"must be between -{LARGEST_CHOICE} and {LARGEST_CHOICE}")
    return value


def sealed_password(value: Any) -> str:
    """A password as `orders.passwords.in_payload` left it. The fault shows nothing of what was sent."""
    if not is_sealed(value):
        raise PydanticCustomError("bad_secret", f"must be text of 1 to {LONGEST} characters")
    return str(value)


LARGEST_CHOICE = 1_000_000_000
Choice = Annotated[
    str | bool | int | float, PlainValidator(choice), WithJsonSchema({"type": ["string", "boolean", "number"]})
]
PASSWORD = {"type": "string", "minLength": 1, "maxLength": LONGEST, "format": "password", "writeOnly": True}
OrderRef = Annotated[str, Field(min_length=1, max_length=64)]
Day = Annotated[date, BeforeValidator(iso_date), Field(ge=date(1970, 1, 1), le=date(9999, 12, 31))]
Email = Annotated[str, Field(max_length=254, pattern=EMAIL), AfterValidator(printable), AfterValidator(lowered)]
Short = Annotated[str, Field(max_length=100), AfterValidator(printable)]
Notes = Annotated[str, Field(max_length=5_000)]
Country = Annotated[str, Field(min_length=2, max_length=64), AfterValidator(printable)]


class Address(TypedDict):
    """Where the parcel goes."""

    __pydantic_config__ = {**STRICT, "alias_generator": None}  # type: ignore[misc]

    name: Line
    line1: Line
    line2: NotRequired[Line | None]
    city: Line
    state: NotRequired[Line | None]
    zip: Line
    country: Country


class LineItemShape(TypedDict):
    """One position of an order. `options.quality` picks a quality tier, the others are the SKU's own options."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000)]
    options: NotRequired[Annotated[dict[str, Choice], Field(max_length=60)] | None]


class OrderItem(TypedDict):
    """An order to be made."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    customer_id: Id
    line_items: Annotated[list[LineItemShape], Field(min_length=1, max_length=500)]
    external_id: NotRequired[ExternalId | None]
    shipping_address: NotRequired[Address | None]
    notes: NotRequired[Notes | None]
    due_date: NotRequired[Day | None]


class NoTerms(TypedDict):
    """Nothing beside the items."""

    __pydantic_config__ = STRICT  # type: ignore[misc]


class Erasure(TypedDict):
    """How to erase: `dryRun` says what would be blanked, and blanks nothing."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    dry_run: NotRequired[bool]


class WithReason(TypedDict):
    """Why; the reason is kept with the operation and with every job it moves."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    reason: Reason


class RefundTerms(TypedDict):
    """How much goes back, all of what is left when no amount is given, and why."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    amount: NotRequired[Annotated[Money, Field(gt=0)] | None]
    reason: Reason


class OrderEdit(TypedDict, total=False):
    """What can be changed of an order after it was made; null clears."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    notes: Notes | None
    shipping_address: Address | None
    due_date: Day | None
    carrier: Short | None
    tracking_number: Short | None


class OrderEditItem(OrderEdit, total=False):
    """The same for one order of many."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    id: Required[OrderRef]


class CustomerFields(TypedDict, total=False):
    """What is known of a customer; null clears."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    external_id: ExternalId | None
    email: Email | None
    firstname: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None
    lastname: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None
    name: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None


class CustomerItem(CustomerFields, total=False):
    """A customer to be made; the id is made when it is not given."""

    id: Id


class CustomerWithPassword(CustomerItem, total=False):
    """A customer who may sign in somewhere: the password is sealed before anything reads the item."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    password: Annotated[str, PlainValidator(sealed_password), WithJsonSchema(PASSWORD)]


class CustomerRef(TypedDict):
    """A customer by id."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    id: Id


# --- Orders that storefronts of digital goods post -----------------------------------------------------------------
LAX = {**STRICT, "extra": "ignore", "alias_generator": None}
Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s]+$"), AfterValidator(printable)]


class Person(TypedDict, total=False):
    """Who gets access: by the storefront's own id, by e-mail address, or by both."""

    __pydantic_config__ = LAX  # type: ignore[misc]

    id: ExternalId | None
    email: Email | None
    firstname: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None
    lastname: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None
    name: Annotated[str, Field(max_length=255), AfterValidator(printable)] | None


class Product(TypedDict):
    """A SKU by its id, said to be of a kind; the price is the storefront's own."""

    __pydantic_config__ = LAX  # type: ignore[misc]

    type: Literal["content", "subscription", "print"]
    external_id: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: NotRequired[Annotated[int, Field(ge=1, le=10_000)]]
    expiration_date: NotRequired[Day | None]
    unit_price: NotRequired[Money | None]
    currency_id: NotRequired[Currency | None]


class StorefrontOrder(TypedDict):
    """An order of a storefront: `report` tells of a sale made elsewhere, `permission` gives access, `sale` waits."""

    __pydantic_config__ = LAX  # type: ignore[misc]

    type: Literal["permission", "report", "sale"]
    user: Person
    products: Annotated[list[Product], Field(min_length=1, max_length=100)]
    external_id: NotRequired[ExternalId | None]
    return_url: NotRequired[Url | None]
    unit_price: NotRequired[Money | None]
    currency_id: NotRequired[Currency | None]


class AccessTerms(TypedDict, total=False):
    """What can be changed of the access that an order gives."""

    __pydantic_config__ = LAX  # type: ignore[misc]

    expiration_date: Day | None
    status: Literal["paused", "approved"]
