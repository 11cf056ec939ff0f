"""Bodies that are read as tables: the same as the strict parser reads, or nothing."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.services.imports import IMPORT
from printshop.api.reading import read_items
from printshop.api.strict_json import loads
from printshop.api.tables import Table
from printshop.bulk.models import BulkItem
from printshop.bulk.parsing import TableReader
from printshop.testing import KeyClient, make_skus

READER = TableReader(IMPORT)
TIERS = {"fine": {"multiplier": 1.5}}
OPTIONS = [{"key": "k", "label": "K", "type": "select", "choices": ["1"], "priceModifier": 1}]
SKU: dict[str, Any] = {"id": "a", "name": "A cube", "basePrice": 1.25, "qualityTiers": TIERS, "options": OPTIONS}


def read(body: bytes) -> Any:
    """The body, items put together, with what they are made of told apart: true is no 1, and 1.0 none either."""
    found = READER.read(body)
    return found and {**found, "skus": list(found["skus"])}


def exactly(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    "body",
    [
        {"skus": [SKU, SKU]},
        {"skus": [SKU], "mode": "replace", "maxDeactivate": 3, "dryRun": True, "errorPolicy": "partial"},
        {"skus": [SKU], "mode": {"deep": [1, None]}},
        {"skus": [{"id": None, "name": 1, "active": True, "description": 'ü😀\\"'}]},
        {"skus": [{**SKU, "qualityTiers": None}, {**SKU, "qualityTiers": 1.5}, {**SKU, "qualityTiers": "x"}]},
        {"skus": [{"id": 2**63 - 1}, {"id": -(2**63)}, {"id": -0.0}]},
    ],
)
def test_it_reads_what_the_strict_parser_reads(body: Any) -> None:
    text = orjson.dumps(body)
    assert exactly(read(text)) == exactly(loads(text))


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"{", b'{"skus":[]}', b'{"skus":{}}', b'{"skus":[1]}', b'{"skus":[null]}',
        b'{"skus":[{}]}', b'{"mode":"upsert"}', b'{"skus":[{"id":"a"},{}]}', b'{"skus":[{"id":"a"},{"name":"B"}]}',
        b'{"skus":[{"id":"a","unknown":1}]}', b'{"skus":[{"id":"a"}],"unknown":1}', b'{"skus":[{"id":["a"]}]}',
        b'{"skus":[{"id":"a","basePrice":18446744073709551616}]}', b'{"skus":[{"id":"a","basePrice":1e400}]}',
        b'{"skus":[{"id":"a","basePrice":NaN}]}', b'{"skus":[{"id":"\\u0000"}]}', b'{"skus":[{"id":"\\ud800"}]}',
        b'{"skus":[{"id":"\xff"}]}', b'{"skus":[{"id":"a","options":["\\ud800"]}]}',
        b'{"skus":[{"id":"a","options":[\xff]}]}', b'{"skus":[{"id":"a","options":["\xff"]}]}',
        b'{"skus":[{"id":"a"}],"mode":"\\ud800"}', b'{"skus":[{"id":"a"}]} x', b'\xef\xbb\xbf{"skus":[{"id":"a"}]}',
        b'{"skus":[{"id":"a","options":' + b"[" * 99_999 + b"]" * 99_999 + b"}]}",
    ],
)  # fmt: skip
def test_it_leaves_what_is_no_table_to_the_strict_parser(text: bytes) -> None:
    assert READER.read(text) is None


@pytest.mark.parametrize(
    "text", [b'{"skus":[{"id":"a","id":"b"}],"skus":[{"id":"c"}]}', b' { "skus" : [ {"id":1e2 } ] } ']
)
def test_it_takes_the_last_of_what_is_said_twice_and_minds_no_space(text: bytes) -> None:
    assert exactly(read(text)) == exactly(loads(text))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=9
)
items = st.fixed_dictionaries(
    {}, optional={"id": scalars, "name": documents, "active": scalars, "options": documents, "other": scalars}
)
bodies = st.fixed_dictionaries({"skus": st.lists(items, min_size=1)}, optional={"mode": documents, "dryRun": scalars})


@given(bodies, st.booleans())
def test_it_never_says_anything_else_than_the_strict_parser(body: Any, ascii_only: bool) -> None:
    text = json.dumps(body, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    found = read(text)
    if found is not None:
        assert exactly(found) == exactly(loads(text))


def test_it_follows_bodies_that_name_other_fields_than_the_last() -> None:
    reader = TableReader(IMPORT)
    for names in (("id",), ("id", "name"), ("name", "id"), (), ("id", "nonsense"), ("id",)):
        items = [dict.fromkeys(names, "x")] * 2
        found = reader.read(orjson.dumps({"skus": items}))
        assert (found and list(found["skus"])) == (items if names and "nonsense" not in names else None)


def test_it_reads_documents_that_are_written_alike_once() -> None:
    found = READER.read(orjson.dumps({"skus": [SKU, {**SKU, "id": "b"}]}))
    assert found is not None
    assert isinstance(found["skus"], Table)
    one, other = found["skus"].columns["options"]
    assert one is other


NASTY: tuple[Any, ...] = (
    None, True, False, 0, 1, 1.005, -1, 1e300, "", " ", "x" * 300, "\x01", "resin", "USD", "XXX", [], [None], {}, TIERS,
    OPTIONS, [*OPTIONS, *OPTIONS], {"fine": {"multiplier": True}},
)  # fmt: skip
FIELDS = (
    *SKU,
    "description",
    "kind",
    "machineType",
    "material",
    "estimatedPrintTime",
    "estimatedMaterialGrams",
    "currency",
    "active",
)


@pytest.mark.parametrize("field", FIELDS)
def test_a_table_is_read_as_its_items_are(field: str) -> None:
    for value in NASTY:
        ones = [{**SKU, field: SKU.get(field, value), "id": "a"}, {**SKU, field: value}]
        assert read_items(IMPORT.item, Table.of(ones)) == read_items(IMPORT.item, ones)
        assert (
            read_items(IMPORT.item, Table.of(ones), ready=[{"id": "a"}, None])[1:] == read_items(IMPORT.item, ones)[1:]
        )


def test_a_table_without_what_is_required_is_refused_item_by_item() -> None:
    ones = [{"name": "A cube"}, {"name": "A cone"}]
    assert read_items(IMPORT.item, Table.of(ones)) == read_items(IMPORT.item, ones)
    assert [fault.code for item in read_items(IMPORT.item, Table.of(ones)) for fault in item.faults] == ["REQUIRED"] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("prices", [(1, 12.5, 2), (1, -1, "x")])
@pytest.mark.parametrize("policy", ["atomic", "partial"])
@pytest.mark.parametrize("mode", ["upsert", "replace", "append"])
def test_a_call_is_answered_alike_whichever_parser_reads_it(
    admin: KeyClient, mode: str, policy: str, prices: tuple[Any, ...]
) -> None:
    make_skus(3)
    ones = [{**SKU, "id": f"sku-000{number}", "basePrice": price} for number, price in enumerate(prices)]
    tabled = orjson.dumps({"skus": ones, "mode": mode, "errorPolicy": policy, "dryRun": True})
    # What is said last counts; the escape sends the body to the strict parser.
    plain = tabled.replace(b'"name"', b'"name":"\\u0000","name"', 1)
    assert [read(one) is None for one in (tabled, plain)] == [False, True]
    answers = [admin.post("/api/skus/bulk", one) for one in (tabled, plain)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json() == answers[1].json()


@pytest.mark.django_db
def test_what_does_not_happen_is_kept_as_it_was_sent(admin: KeyClient) -> None:
    ones = [SKU, {**SKU, "id": "b", "basePrice": -1}]
    answer = admin.post("/api/skus/bulk", {"skus": ones, "errorPolicy": "partial"})
    items = BulkItem.objects.filter(operation=answer["X-Bulk-Operation"]).order_by("index")
    assert [item.payload for item in items] == [None, ones[1]]
