"""Guessing which column is which field."""

import pytest

from catalog.plans.imports import WIRE
from catalog.uploads.reading import guess, mapping_faults
from catalog.uploads.reading.columns import NAMED, SYNONYMS
from catalog.uploads.reading.fields import FIELDS


def test_columns_are_the_fields_of_a_sku_and_nothing_else():
    assert set(FIELDS) == {"id", *WIRE.values()} == set(SYNONYMS)


def test_no_word_stands_for_two_fields():
    words = [word for words in SYNONYMS.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert guess(list(FIELDS)) == list(FIELDS)
    assert set(NAMED.values()) == set(FIELDS)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("basePrice", "basePrice"),
        ("Base price", "basePrice"),
        ("BASE_PRICE", "basePrice"),
        (" base-price ", "basePrice"),
        ("SKU", "id"),
        ("Article number", "id"),
        ("Artikel-Nr.", "id"),
        ("Price (EUR)", "basePrice"),
        ("Net price", "basePrice"),
        ("Preis €", "basePrice"),
        ("Weight (g)", "estimatedMaterialGrams"),
        ("print time [min]", "estimatedPrintTime"),
        ("Druckzeit (Minuten)", "estimatedPrintTime"),
        ("Währung", "currency"),
        ("Descripton", "description"),
        ("base_prise", "basePrice"),
        ("Print time (h)", None),
        ("Weight (kg)", None),
        ("weight in kg", None),
        ("Price (gross)", None),
        ("colour", None),
        ("errors", None),
        ("", None),
        ("€", None),
    ],
)
def test_it_knows_what_shops_call_the_fields(column, field):
    assert guess([column]) == [field]


def test_a_field_goes_to_the_column_that_names_it_best():
    assert guess(["SKU", "id", "price", "Base price", "Price net"]) == [None, "id", None, "basePrice", None]


def test_what_was_remembered_comes_first():
    assert guess(["id", "price"], ["name", None]) == ["name", None]
    assert guess(["id", "price"], ["name"]) == ["id", "basePrice"]


def test_it_says_all_that_is_wrong_with_a_mapping():
    assert mapping_faults(["a", "b", "c"], ["name", "name", "colour"]) == [
        "Columns A and B are both name; keep one of them.",
        "colour is not a field of a SKU.",
        "No column is the id of the SKUs.",
    ]
    assert mapping_faults(["a", "b"], ["id", None]) == []
    assert mapping_faults(["a", "b"], ["id"]) == ["The file has 2 columns, not 1."]
