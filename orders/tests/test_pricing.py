"""What one piece costs, and which options may be chosen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.plans.pricing import Offer, option_faults, unit_price

TIERS = {"draft": {"multiplier": 0.8}, "standard": {"multiplier": 1}, "fine": {"multiplier": 1.5}}
OPTIONS = [
    {"key": "colour", "label": "Colour", "type": "select", "choices": ["black", "white"], "priceModifier": 0.25},
    {"key": "infill", "label": "Infill", "type": "number", "priceModifier": 1.5},
    {"key": "gift", "label": "Gift wrap", "type": "boolean", "priceModifier": 3},
    {"key": "rebate", "label": "Rebate", "type": "boolean", "priceModifier": -2.005},
    {"key": "engraving", "label": "Engraving", "type": "select", "choices": ["yes"]},
]


def offer(base_price: int = 1250, **more: Any) -> Offer:
    values = {"quality_tiers": TIERS, "options": OPTIONS, "active": True, **more}
    return Offer("A cube", "print", base_price, "USD", **values)


@pytest.mark.parametrize(
    ("chosen", "price"),
    [
        ({}, 1250),
        ({"quality": "draft"}, 1000),
        ({"quality": "standard"}, 1250),
        ({"quality": "fine"}, 1875),
        ({"colour": "black"}, 1275),
        ({"infill": 80}, 1400),
        ({"infill": 0}, 1400),
        ({"gift": True}, 1550),
        ({"gift": False}, 1250),
        ({"engraving": "yes"}, 1250),
        ({"quality": "fine", "colour": "white", "gift": True}, 2200),
    ],
)
def test_it_is_base_times_tier_plus_every_option_chosen(chosen: dict[str, Any], price: int):
    assert unit_price(offer(), chosen) == price


@pytest.mark.parametrize(
    ("base", "multiplier", "price"),
    [(1, 0.5, 1), (1, 0.49, 0), (3, 0.5, 2), (5, 0.5, 3), (101, 1.005, 102), (100, 1.005, 101), (1999, 1.1, 2199)],
)
def test_it_rounds_half_up_to_the_cent(base: int, multiplier: float, price: int):
    assert unit_price(offer(base, quality_tiers={"fine": {"multiplier": multiplier}}), {"quality": "fine"}) == price


@pytest.mark.parametrize(("modifier", "price"), [(0.004, 1000), (0.005, 1001), (-0.004, 1000), (1.005, 1101)])
def test_it_rounds_once_at_the_end_and_exactly(modifier: float, price: int):
    options = [{"key": "gift", "label": "Gift", "type": "boolean", "priceModifier": modifier}]
    assert unit_price(offer(1000, options=options), {"gift": True}) == price


def test_it_does_not_round_between_tier_and_modifier():
    # 0.5 ¢ from the tier and 0.5 ¢ from the option are one cent, not two.
    options = [{"key": "gift", "label": "Gift", "type": "boolean", "priceModifier": 0.005}]
    sku = offer(1, quality_tiers={"draft": {"multiplier": 0.5}}, options=options)
    assert unit_price(sku, {"quality": "draft", "gift": True}) == 1


def test_it_ignores_a_quality_of_a_sku_without_tiers():
    assert unit_price(offer(quality_tiers={}), {"quality": "fine"}) == 1250


@given(st.integers(0, 10**12), st.integers(1, 10_000))
def test_it_agrees_with_whole_number_arithmetic(base: int, thousandths: int):
    sku = offer(base, quality_tiers={"fine": {"multiplier": thousandths / 1000}})
    assert unit_price(sku, {"quality": "fine"}) == (base * thousandths + 500) // 1000


@pytest.mark.parametrize(
    ("chosen", "code", "suggestion"),
    [
        ({"quality": "fnie"}, "NOT_A_CHOICE", "fine"),
        ({"quality": True}, "NOT_A_CHOICE", None),
        ({"color": "black"}, "OPTION_NOT_FOUND", "colour"),
        ({"colour": "pink"}, "NOT_A_CHOICE", None),
        ({"colour": 1}, "NOT_A_CHOICE", None),
        ({"infill": "80"}, "NOT_A_CHOICE", None),
        ({"infill": True}, "NOT_A_CHOICE", None),
        ({"gift": "yes"}, "NOT_A_CHOICE", None),
        ({"gift": 1}, "NOT_A_CHOICE", None),
    ],
)
def test_it_refuses_what_cannot_be_chosen(chosen: dict[str, Any], code: str, suggestion: str | None):
    [fault] = option_faults(offer(), chosen, "lineItems.0.options")
    [(key, value)] = chosen.items()
    assert (fault.code, fault.path, fault.value) == (code, f"lineItems.0.options.{key}", value)
    assert fault.suggestion == suggestion


def test_it_names_every_fault_of_a_line_at_once():
    chosen = {"quality": "best", "colour": "pink", "infill": None, "gift": 2, "weight": 1}
    assert [fault.path for fault in option_faults(offer(), chosen, "o")] == [f"o.{key}" for key in chosen]


@pytest.mark.parametrize("quality", ["draft", "standard", "fine"])
def test_it_lets_every_known_quality_pass_for_a_sku_without_tiers(quality: str):
    assert option_faults(offer(quality_tiers={}), {"quality": quality}, "o") == []


def test_it_takes_only_the_tiers_a_sku_has():
    [fault] = option_faults(offer(quality_tiers={"fine": {"multiplier": 2}}), {"quality": "draft"}, "o")
    assert fault.message == "o.quality must be one of fine."
