"""SKUs on the wire."""

from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from printshop.api.shapes import STRICT, Id, Line, Money, remembering

# ISO 4217 currencies whose minor unit is a hundredth; the others are refused by name.
TWO_DECIMALS = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ANG",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IRR",
        "JMD",
        "KES",
        "KGS",
        "KHR",
        "KPW",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "WST",
        "XCD",
        "YER",
        "ZAR",
        "ZMW",
        "ZWG",
    ]
)


def two_decimal(currency: str) -> str:
    """A currency code the shop can count in."""
    if currency not in TWO_DECIMALS:
        raise PydanticCustomError("currency", "must be an ISO 4217 currency with two decimals, such as USD or EUR")
    return currency


Currency = Annotated[str, AfterValidator(two_decimal)]
# `float` takes whole numbers too, and says one thing of what is no number.
Price = Annotated[float, Field(ge=-1_000_000_000, le=1_000_000_000, allow_inf_nan=False)]


class Tier(TypedDict):
    """A quality and what it multiplies the base price by."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    multiplier: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Tiers(TypedDict):
    """The qualities a SKU can be printed in."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    draft: NotRequired[Tier]
    standard: NotRequired[Tier]
    fine: NotRequired[Tier]


class Option(TypedDict):
    """Something a buyer can choose, and what choosing it adds to the price of one piece."""

    __pydantic_config__ = {**STRICT, "alias_generator": None}  # type: ignore[misc]

    key: Id
    label: Line
    type: Literal["select", "number", "boolean"]
    choices: NotRequired[Annotated[list[Line], Field(min_length=1, max_length=100)]]
    priceModifier: NotRequired[Price]


def distinct_keys(options: list[Option]) -> list[Option]:
    """Options a buyer can tell apart; `quality` is the tiers' own key."""
    keys = {option["key"] for option in options}
    if len(keys) < len(options) or "quality" in keys:
        raise PydanticCustomError("option_keys", "must have keys that differ, none of them quality")
    for option in options:
        if option["type"] == "select" and "choices" not in option:
            raise PydanticCustomError("option_choices", "must give choices for every option of type select")
    return options


Description = Annotated[str, Field(max_length=20_000)]


class SharedFields(TypedDict, total=False):
    """The fields of a SKU that are the same in every store."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    kind: Literal["print", "content", "subscription"]
    machine_type: Literal["fdm_large", "fdm_standard", "resin", "laser"] | None
    material: Annotated[str, Field(max_length=64)] | None
    estimated_print_time: Annotated[int, Field(ge=0, le=1_000_000)] | None
    estimated_material_grams: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None
    currency: Currency
    quality_tiers: Annotated[Tiers, remembering()] | None
    options: Annotated[list[Option], Field(max_length=50), AfterValidator(distinct_keys), remembering()] | None


class SKUFields(SharedFields, total=False):
    """Every field of a SKU but its id. Left out: keeps its value. Null: cleared, where that means something."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    name: Line
    description: Description | None
    base_price: Money
    active: bool


class SKUItem(SKUFields):
    """A SKU in an import."""

    id: Id


class StoreFields(SharedFields, total=False):
    """A SKU as one store is to see it. Null: the global value again."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    name: Line | None
    description: Description | None
    base_price: Money | None
    active: bool | None


class StoreItem(StoreFields):
    """A SKU whose values in a store are set."""

    id: Id


class StoreTerms(TypedDict):
    """The store whose values are set."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    store: Annotated[str, Field(min_length=1, max_length=32)]


class ImportTerms(TypedDict):
    """How an import meets what is already there."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    mode: NotRequired[Literal["upsert", "replace", "append"]]
    max_deactivate: NotRequired[Annotated[int, Field(ge=0, le=1_000_000_000)]]


class NoTerms(TypedDict):
    """Nothing that holds for all items."""

    __pydantic_config__ = STRICT  # type: ignore[misc]
