"""Which column of a file is which field of a SKU: guessed by name, to be corrected by whoever knows better."""

import difflib
import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Words

from catalog.shapes.skus import TWO_DECIMALS
from catalog.uploads.reading.fields import FIELDS, REMARKS, column_letter, folded

# The field of each column, by position; None for a column that is passed over.
Mapping = list[str | None]

# What shops call the fields, folded as `folded` does it.
SYNONYMS: Words[str, str] = {
    "id": "sku skuid skucode skuno article articleid articleno articlenumber item itemid itemno itemnumber productid "
    "productcode productno productnumber partno partnumber code artikelnr artikelnummer bestellnummer",
    "name": "title label product productname productitle itemname articlename bezeichnung artikelbezeichnung titel",
    "kind": "type producttype itemtype typ art",
    "machineType": "machine printer printertype maschine drucker",
    "material": "filament plastic werkstoff",
    "estimatedPrintTime": "printtime printingtime printduration minutes estimatedtime druckzeit druckdauer",
    "estimatedMaterialGrams": "weight netweight grams materialgrams materialweight materialuse filamentgrams "
    "estimatedweight estimatedmaterial gewicht",
    "basePrice": "price netprice pricenet unitprice listprice salesprice retailprice preis nettopreis einzelpreis "
    "grundpreis verkaufspreis",
    "currency": "currencycode ccy währung waehrung",
    "active": "enabled isactive forsale onsale published aktiv",
    "description": "details longtext longdescription text beschreibung",
    "qualityTiers": "tiers qualities quality qualitätsstufen",
    "options": "variants choices optionen varianten",
}
# Units in which a field is counted, as the last word of a column's name: `Weight (g)`.
UNITS: Words[str, set[str]] = {
    "estimatedPrintTime": {"min", "mins", "minute", "minutes", "minuten"},
    "estimatedMaterialGrams": {"g", "gr", "gram", "grams", "gramm"},
    "basePrice": {"net", "netto"} | {currency.lower() for currency in TWO_DECIMALS},
}
# Those that a number would have to be converted from: no guess is better than a wrong one.
OTHER_UNITS = {"s", "sec", "seconds", "h", "hr", "hrs", "hour", "hours", "std", "stunden", "mg", "kg", "oz", "lb",
               "lbs", "cent", "cents", "gross", "brutto"}  # fmt: skip
OWN = {folded(name): name for name in FIELDS}
NAMED = {word: field for field, words in SYNONYMS.items() for word in words.split()} | OWN
CLOSE = 0.8


def words_of(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.casefold())


def by_own_name(column: str) -> str | None:
    return OWN.get(folded(column))


def by_synonym(column: str) -> str | None:
    """The field that shops call so, with or without its unit."""
    *words, last = words_of(column) or [""]
    field = NAMED.get("".join(words))
    return NAMED.get(folded(column)) or (field if field and last in UNITS.get(field, ()) else None)


def by_likeness(column: str) -> str | None:
    """The field whose name was mistyped."""
    words = words_of(column)
    if not words or OTHER_UNITS.intersection(words):
        return None
    close = difflib.get_close_matches("".join(words), NAMED, n=1, cutoff=CLOSE)
    return NAMED[close[0]] if close else None


# The surest first: no synonym takes a field from a column that bears its name.
WAYS: Sequence[Callable[[str], str | None]] = (by_own_name, by_synonym, by_likeness)


def guess(columns: Sequence[str], remembered: Mapping | None = None) -> Mapping:
    """The most likely mapping: as `remembered` from a file with the same columns, else by name; each field once."""
    if remembered is not None and len(remembered) == len(columns):
        return list(remembered)
    mapping: Mapping = [None] * len(columns)
    for way in WAYS:
        for position, column in enumerate(columns):
            field = None if mapping[position] or folded(column) == REMARKS else way(column)
            if field and field not in mapping:
                mapping[position] = field
    return mapping


def mapping_faults(columns: Sequence[str], mapping: Mapping) -> list[str]:
    """Sentences on fields that are unknown or stand twice, and on a missing id."""
    said = []
    for position, field in enumerate(mapping):
        if field and field not in FIELDS:
            said.append(f"{field[:60]} is not a field of a SKU.")
        elif field and mapping.index(field) != position:
            both = f"{column_letter(mapping.index(field))} and {column_letter(position)}"
            said.append(f"Columns {both} are both {field}; keep one of them.")
    if "id" not in mapping:
        said.append("No column is the id of the SKUs.")
    if len(mapping) != len(columns):
        said.append(f"The file has {len(columns)} columns, not {len(mapping)}.")
    return said
