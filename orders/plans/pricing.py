"""What one piece costs, and which options may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from printshop.api.refusals import Fault, nearest

QUALITIES = ("draft", "standard", "fine")
QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Offer:
    """A SKU as an order sees it; the price is in minor units."""

    name: str
    kind: str
    base_price: int
    currency: str
    quality_tiers: Mapping[str, Any]
    options: Sequence[Mapping[str, Any]]
    active: bool


def quality_fault(offer: Offer, quality: Any, path: str) -> Fault | None:
    """A quality is one of three, and one of the SKU's own where the SKU has any."""
    allowed = list(offer.quality_tiers) or list(QUALITIES)
    if quality in allowed:
        return None
    return Fault(
        "NOT_A_CHOICE", f"{path} must be one of {', '.join(allowed)}.", path, quality, nearest(str(quality), allowed)
    )


def option_fault(option: Mapping[str, Any], value: Any, path: str) -> Fault | None:
    """Whether a value can be chosen for an option."""
    if option["type"] == "boolean":
        good, rule = isinstance(value, bool), "true or false"
    elif option["type"] == "number":
        good, rule = isinstance(value, (int, float)) and not isinstance(value, bool), "a number"
    else:
        choices = option.get("choices", [])
        good, rule = value in choices, f"one of {', '.join(choices)}"
    return None if good else Fault("NOT_A_CHOICE", f"{path} must be {rule}.", path, value)


def option_faults(offer: Offer, chosen: Mapping[str, Any], path: str) -> list[Fault]:
    """Every fault among the chosen options of a line."""
    known = {option["key"]: option for option in offer.options}
    faults: list[Fault | None] = []
    for key, value in chosen.items():
        place = f"{path}.{key}"
        if key == QUALITY:
            faults.append(quality_fault(offer, value, place))
        elif key in known:
            faults.append(option_fault(known[key], value, place))
        else:
            faults.append(
                Fault("OPTION_NOT_FOUND", f"{offer.name} has no option {key}.", place, value, nearest(key, list(known)))
            )
    return [fault for fault in faults if fault is not None]


def unit_price(offer: Offer, chosen: Mapping[str, Any]) -> int:
    """Base price × the chosen tier's multiplier + the modifier of each option chosen, half-up to the cent."""
    if not chosen:
        return offer.base_price
    tier = offer.quality_tiers.get(str(chosen.get(QUALITY)), {})
    price = Decimal(offer.base_price) * Decimal(str(tier.get("multiplier", 1)))
    for option in offer.options:
        # A boolean answered with false is not chosen.
        if chosen.get(option["key"], False) is not False:
            price += Decimal(str(option.get("priceModifier", 0))) * 100
    return int(price.quantize(Decimal(1), ROUND_HALF_UP))
