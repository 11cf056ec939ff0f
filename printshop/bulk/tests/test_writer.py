"""The writer against the ORM: what it writes is what the ORM reads, finds and would have written itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU
from orders.models import Customer, Order
from printshop.bulk import writer
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import Verdict
from printshop.testing import NOON, house, make_customers, make_skus, statements

pytestmark = pytest.mark.django_db

MANY = 200
LATER = NOON + timedelta(hours=1)
STAMPS = ("created_at", "updated_at")
JSON_COLUMNS = {"quality_tiers", "options", "shipping_address"}
MICROS = NOON.replace(microsecond=123456)


def sku_row(sku_id: str = "sku-1", **given: Any) -> dict[str, Any]:
    """Every column of a SKU."""
    return {
        "id": sku_id, "name": "A cube", "description": "", "kind": "print", "machine_type": "", "material": "PLA",
        "estimated_print_time": 90, "estimated_material_grams": 12.5, "base_price": 1250, "currency": "USD",
        "quality_tiers": {}, "options": [], "active": True, "created_at": NOON, "updated_at": NOON, **given,
    }  # fmt: skip


def order_row(**given: Any) -> dict[str, Any]:
    """Every column of an order that has no default of the database's own; makes its customer when there is none."""
    customer = given.pop("customer_id", None) or (Customer.objects.first() or Customer(pk=make_customers()[0])).pk
    return {
        "uuid": uuid4(), "account_id": house().pk, "customer_id": customer, "type": "sale", "status": "paid",
        "external_id": "", "subtotal": 100, "shipping": 0, "tax": 0, "total": 100, "currency": "USD",
        "shipping_address": None, "notes": "", "return_url": "", "due_date": None, "carrier": "", "tracking_number": "",
        "digital": False, "paid_at": None, "created_at": NOON, "updated_at": NOON, **given,
    }  # fmt: skip


def writer_operation() -> UUID:
    """A recorded operation without items."""
    stamps = {"created_at": NOON, "finished_at": NOON}
    operation = BulkOperation(
        uuid=uuid4(), name="skus.import", account=house(), actor="writer", policy="atomic", total=0, **stamps
    )
    operation.save(force_insert=True)
    return operation.pk


def item_row(operation: UUID, index: int) -> dict[str, Any]:
    """An item of it: nulls beside documents, a foreign key to a uuid, an enumeration for its text."""
    before = None if index % 2 else {"name": 'A "cube"\n', "price": 12.5}
    return {
        "operation_id": operation, "index": index, "reference": f"sku-{index}", "verdict": Verdict.UPDATED,
        "before": before, "after": {}, "effects": None, "chunk_id": None,
    }  # fmt: skip


def stored(model: type[Model], pk: Any) -> dict[str, Any]:
    """A row as the ORM reads it."""
    return model._default_manager.values().get(pk=pk)


def raw(model: type[Model], column: str, pk: Any) -> Any:
    """A value as the database keeps it, the ORM left out."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{model._meta.db_table}" WHERE "id" = %s', [pk])
        return cursor.fetchone()[0]


SKU_VALUES: list[tuple[str, Any]] = [
    ("name", "x" * 255),
    ("description", ""),
    ("description", "Zeile 1\nZeile 2\t\"quoted\" 'single' \\back\\ %s %(name)s $1 {} NULL null"),
    ("description", "žluťoučký 立方体 🧊 \u2028 \x7f \u0001"),
    ("description", "12.50"),
    ("description", "true"),
    ("estimated_print_time", None),
    ("estimated_print_time", 0),
    ("estimated_print_time", 2**31 - 1),
    ("estimated_material_grams", None),
    ("estimated_material_grams", 0.1),
    ("estimated_material_grams", 86),
    ("estimated_material_grams", 1e-9),
    ("estimated_material_grams", 123456789.123456789),
    ("base_price", 0),
    ("base_price", 2**63 - 1),
    ("base_price", 10**14 + 1),
    ("active", False),
    ("quality_tiers", {}),
    ("quality_tiers", {"fine": {"multiplier": 1.5}}),
    ("quality_tiers", {"a": None, "b": [], "c": {}, "d": [1, [2, [3, {"e": None}]]], "ü": "ß", "": ""}),
    ("quality_tiers", {'we"ird.$key[0]': "\\ \" ' \u2028"}),
    ("options", []),
    ("options", [None, True, False, 0, -1, 1.5, "", "null", 2**53 + 1]),
    ("created_at", MICROS),
    ("created_at", NOON),
    ("created_at", NOON.replace(microsecond=100_000)),
    ("created_at", datetime(1, 1, 1, tzinfo=UTC)),
    ("created_at", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
]


@pytest.mark.parametrize(("column", "value"), SKU_VALUES)
def test_it_inserts_what_the_orm_reads_finds_and_would_write(column: str, value: Any):
    writer.insert(SKU, [sku_row("by-writer", **{column: value})])
    SKU.objects.create(**sku_row("by-orm", **{column: value}))
    assert stored(SKU, "by-writer") == {**stored(SKU, "by-orm"), "id": "by-writer"}
    assert getattr(SKU.objects.get(pk="by-writer"), column) == value
    # SQLite keeps JSON as text, and Django spaces it out where the writer does not: equal values, unequal texts.
    if column not in JSON_COLUMNS or connection.vendor == "postgresql":
        look_up = f"{column}__isnull" if value is None else column
        assert SKU.objects.filter(**{look_up: value is None or value}).count() == 2
        assert raw(SKU, column, "by-writer") == raw(SKU, column, "by-orm")


@pytest.mark.parametrize(("column", "value"), SKU_VALUES)
def test_it_changes_a_row_to_what_the_orm_reads(column: str, value: Any):
    make_skus(1, "sku")
    before = stored(SKU, "sku-0001")
    writer.update(SKU, [{"id": "sku-0001", column: value}])
    assert stored(SKU, "sku-0001") == {**before, column: value}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("uuid", UUID("00000000-0000-7000-8000-000000000000")),
        ("uuid", UUID(int=2**128 - 1)),
        ("shipping_address", None),
        ("shipping_address", {}),
        ("shipping_address", {"name": "Ada", "line2": None, "zip": "01234"}),
        ("due_date", None),
        ("due_date", date(2026, 2, 28)),
        ("due_date", date(1, 1, 1)),
        ("paid_at", None),
        ("paid_at", NOON),
        ("paid_at", MICROS),
        ("digital", True),
        ("notes", ""),
        ("subtotal", 2**62),
        ("subtotal", -5),
    ],
)
def test_it_inserts_every_kind_of_column_of_an_order(column: str, value: Any):
    row = order_row(**{column: value})
    row["total"] = row["subtotal"]
    [(number,)] = writer.insert(Order, [row], ("id",))
    [twin] = Order.objects.bulk_create([Order(**{**row, "uuid": uuid4()})])
    assert stored(Order, number) == {**row, "id": number}
    if column not in {"uuid", *JSON_COLUMNS}:
        assert raw(Order, column, number) == raw(Order, column, twin.pk)
        found = {f"{column}__isnull": True} if value is None else {column: value}
        assert Order.objects.filter(**found, pk=number).exists()


def test_it_keeps_sql_null_and_empty_json_apart():
    values: list[Any] = [None, {}, [], "", "null", False, 0]
    rows = [order_row(shipping_address=value, notes=repr(value)) for value in values]
    writer.insert(Order, rows)
    assert list(Order.objects.filter(shipping_address__isnull=True).values_list("notes", flat=True)) == ["None"]
    kept = dict(Order.objects.values_list("notes", "shipping_address"))
    assert {note: repr(value) for note, value in kept.items()} == {note: note for note in kept}
    assert len(kept) == 7


def test_it_gives_back_the_columns_asked_for_as_python_values():
    rows = [order_row(notes=f"{number}") for number in range(20)]
    found = writer.insert(Order, rows, ("uuid", "id", "created_at", "digital"))
    assert {uuid for uuid, *_ in found} == {row["uuid"] for row in rows}
    assert dict(Order.objects.values_list("uuid", "pk")) == {uuid: number for uuid, number, *_ in found}
    assert {(at, digital) for *_, at, digital in found} == {(NOON, False)}


# --- Update --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("column", "value"), [one for one in SKU_VALUES if one[0] != "id"])
def test_it_writes_what_many_rows_have_in_common_as_it_writes_one(column: str, value: Any):
    ids = [f"sku-{number:02d}" for number in range(writer.ALIKE_FROM)]
    writer.insert(SKU, [sku_row(one, **{column: value}) for one in ids], ("id",))
    assert list(SKU.objects.order_by("id").values()) == [sku_row(one, **{column: value}) for one in ids]
    writer.update(SKU, [{"id": one, "name": f"Cube {one}", column: sku_row()[column]} for one in ids])
    assert list(SKU.objects.order_by("id").values(*sku_row())) == [
        sku_row(one) | ({"name": f"Cube {one}"} if column != "name" else {}) for one in ids
    ]


def test_it_keeps_apart_what_many_rows_have_not_quite_in_common():
    operation = writer_operation()
    rows = [item_row(operation, index) | {"before": {}} for index in range(writer.ALIKE_FROM)]
    rows[-1] |= {"verdict": Verdict.CREATED, "before": None, "after": {"name": "Ü"}}
    writer.insert(BulkItem, rows, ("id",))
    assert list(BulkItem.objects.order_by("index").values(*rows[0])) == rows
    for number, row in enumerate(rows):
        row["id"] = BulkItem.objects.get(index=row["index"]).pk
        row["effects"] = [{"kind": "none"}] if number else None
    writer.update(BulkItem, [{"id": row["id"], **row} for row in rows])
    assert list(BulkItem.objects.order_by("index").values(*rows[0])) == rows


def test_it_updates_the_named_columns_of_the_named_rows_only():
    writer.insert(SKU, [sku_row(one) for one in "abc"])
    writer.update(SKU, [{"id": "a", "name": "A ball", "active": False}, {"id": "b", "name": "A cone", "active": True}])
    assert stored(SKU, "a") == sku_row("a", name="A ball", active=False)
    assert stored(SKU, "b") == sku_row("b", name="A cone")
    assert stored(SKU, "c") == sku_row("c")


def test_it_lets_the_constraints_judge_many_rows():
    rows = [sku_row(f"sku-{number:02d}") for number in range(MANY)]
    for wrong in (sku_row(kind="laser"), sku_row(base_price=-1), sku_row("sku-00")):
        with pytest.raises(IntegrityError), transaction.atomic():
            writer.insert(SKU, [*rows, wrong])
    assert not SKU.objects.exists()


def test_it_inserts_keys_of_other_tables_and_what_they_may_lack():
    operation = writer_operation()
    rows = [item_row(operation, index) for index in range(MANY)]
    writer.insert(BulkItem, rows)
    assert list(BulkItem.objects.order_by("index").values(*rows[0])) == rows


@pytest.mark.parametrize("number", [1, 2, 20])
def test_it_cuts_nothing_off_a_text_that_is_too_long(number: int):
    long = "x" * 65
    ids = [f"sku-{index:02d}" for index in range(number)]
    rows = [sku_row(one, material=long) for one in ids]
    if connection.vendor == "sqlite":
        # It knows no length of a text.
        writer.insert(SKU, rows)
        assert set(SKU.objects.values_list("material", flat=True)) == {long}
        return
    with pytest.raises(DataError), transaction.atomic():
        writer.insert(SKU, rows)
    writer.insert(SKU, [sku_row(one) for one in ids])
    with pytest.raises(DataError), transaction.atomic():
        writer.update(SKU, [{"id": one, "material": long} for one in ids])
    assert not SKU.objects.exclude(material="PLA").exists()


@pytest.mark.parametrize("number", [1, 4, 19, 31, 99, 100, 101, 131, 249])
def test_it_inserts_every_row_once_where_some_go_in_together(number: int):
    rows = [sku_row(f"sku-{index:03d}", options=[index], active=index % 7 > 0) for index in range(number)]
    writer.insert(SKU, rows)
    assert list(SKU.objects.order_by("id").values()) == rows


def test_it_lets_the_constraints_judge():
    for row in (sku_row(kind="laser"), sku_row(base_price=-1), sku_row(kind="content", machine_type="resin")):
        with pytest.raises(IntegrityError), transaction.atomic():
            writer.insert(SKU, [row])
    writer.insert(SKU, [sku_row()])
    with pytest.raises(IntegrityError), transaction.atomic():
        writer.insert(SKU, [sku_row()])


@pytest.mark.parametrize("number", [1, 5000])
def test_it_sends_one_statement_for_any_number_of_rows(number: int):
    rows = [sku_row(f"sku-{index:05d}", options=[index]) for index in range(number)]
    with statements() as sent:
        writer.insert(SKU, rows)
    assert len(sent) == 1
    assert SKU.objects.count() == number
    with statements() as sent:
        writer.update(SKU, [{"id": row["id"], "active": False} for row in rows])
    assert len(sent) == 1
    assert not SKU.objects.active().exists()


def test_it_sends_nothing_for_no_rows():
    with statements() as sent:
        assert writer.insert(SKU, []) == []
        writer.update(SKU, [])
    assert sent == []


# --- Anything at all -------------------------------------------------------------------------------------------------
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
INTEGERS = st.integers(-(2**53), 2**53)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
ROWS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "description": TEXTS,
        "estimated_print_time": st.none() | st.integers(0, 2**31 - 1),
        "estimated_material_grams": st.none() | NUMBERS,
        "base_price": st.integers(0, 2**63 - 1),
        "quality_tiers": st.dictionaries(TEXTS, JSON, max_size=4),
        "options": st.lists(JSON, max_size=4),
        "active": st.booleans(),
        "created_at": MOMENTS,
        "updated_at": MOMENTS,
    }
)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_it_round_trips_any_rows(given_rows: list[dict[str, Any]]):
    rows = [sku_row(f"sku-{number}", **row) for number, row in enumerate(given_rows)]
    SKU.objects.all().delete()
    writer.insert(SKU, rows)
    assert list(SKU.objects.order_by("pk").values()) == rows


@often
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_it_round_trips_any_of_many_rows(given_rows: list[dict[str, Any]]):
    rows = [sku_row(f"sku-{number}", **row) for number, row in enumerate(given_rows)]
    rows += [sku_row(f"sku-{number}", material="null", description="") for number in range(len(rows), MANY)]
    SKU.objects.all().delete()
    writer.insert(SKU, rows)
    assert sorted(SKU.objects.values(), key=lambda row: row["id"]) == sorted(rows, key=lambda row: row["id"])


@often
@given(ROWS, ROWS)
def test_it_updates_any_row_to_any_other(one: dict[str, Any], other: dict[str, Any]):
    SKU.objects.all().delete()
    writer.insert(SKU, [sku_row(**one)])
    writer.update(SKU, [sku_row(**other)])
    assert stored(SKU, "sku-1") == sku_row(**other)


@often
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_what_many_rows_do_not_say_is_null(given_rows: list[dict[str, Any]]):
    rows = [sku_row(f"sku-{number}", **row) for number, row in enumerate(given_rows)]
    rows += [sku_row(f"sku-{number}", estimated_print_time=None) for number in range(len(rows), writer.ALIKE_FROM)]
    SKU.objects.all().delete()
    writer.insert(SKU, [{**row, "estimated_material_grams": None} for row in rows])
    found = {row["id"]: row for row in SKU.objects.values()}
    assert found == {row["id"]: {**row, "estimated_material_grams": None} for row in rows}
