"""Exports of the catalogue: what leaves comes back unchanged."""

import csv
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import orjson
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.exports import SKUS
from catalog.models import SKU
from catalog.services.imports import IMPORT
from catalog.tests.reading.sheets import kept
from catalog.uploads.judging import judged
from catalog.uploads.reading import Raw, detect, guess, raws, rows
from catalog.uploads.reading.fields import FIELDS
from printshop.api.people import actor_of
from printshop.bulk import engine
from printshop.bulk.engine import Batch
from printshop.bulk.exports import tables
from printshop.bulk.exports.answers import FORMATS
from printshop.bulk.outcomes import Verdict, tally
from printshop.testing import NOON, make_skus

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/sku/"
NASTY = [
    "=1+1", "+49 30", "-x", "-5", "-5,5", "@SUM(A1)", "\tx", "\rx", "\n=x", "\uff1d1",
    "'quoted", "'=x", "''+x", "'", '"', 'say "no"',
    "a,b;c|d\te", "line\nline", "line\r\nline", "line\rline", "Würfel – 3 € 🙂", "007", "1e5", "2024-01-01", "1/2",
    "TRUE", "yes", "null", "None", " lead and trail ", "_x000D_", "_x005F_", "&lt;<b>&amp;]]>", "\x01\x1f",
    "é vs e\u0301", "0x1F", "12,50", "1.234",
]  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
# Drawn so that hardly anything is refused: hypothesis gives up on strategies that throw much away.
PRINTABLE = st.characters(exclude_categories=["C", "Z"]) | st.just(" ")
NAMES = st.text(PRINTABLE, min_size=1, max_size=30).filter(lambda text: text.isprintable() and not text.isspace())
GRAMS = st.floats(0, 10**6, allow_nan=False) | st.none()
OPTIONS = st.fixed_dictionaries(
    {"key": st.from_regex(r"[A-Za-z0-9]{1,5}", fullmatch=True), "label": NAMES, "type": st.just("select"),
     "choices": st.lists(NAMES, min_size=1, max_size=3)},
    optional={"priceModifier": st.floats(-(10**9), 10**9)},
)  # fmt: skip
ANY_SKU = st.fixed_dictionaries(
    {"description": st.text(CHARACTERS, max_size=50), "material": st.text(CHARACTERS, max_size=20)},
    optional={"name": NAMES, "estimated_material_grams": GRAMS, "base_price": st.integers(0, 10**14),
              "estimated_print_time": st.integers(0, 10**6), "active": st.booleans(),
              "options": st.lists(OPTIONS, max_size=2, unique_by=lambda one: one["key"])},
)  # fmt: skip


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ada() -> Client:
    return client_of(User.objects.create_superuser("ada"))


def make(sku_id: str, **values: Any) -> SKU:
    return SKU.objects.create(**{"id": sku_id, "name": "A cube", "created_at": NOON, "updated_at": NOON, **values})


def streamed(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def exported(client: Client, suffix: str, query: str = "") -> bytes:
    answer = client.get(f"{LIST}export.{suffix}{query}")
    assert answer.status_code == 200
    return streamed(answer)


def raws_in(path: Path) -> list[Raw]:
    form = detect(path, path.name)
    return [raw for _, raw in raws(rows(path, form), form, guess(form.columns))]


def plan_of(path: Path) -> dict[Verdict, int]:
    """What the file would do to the catalogue, uploaded as it is."""
    items = judged(raws_in(path), IMPORT.item)
    assert [item.faults for item in items if item.faults] == []
    house = actor_of(User.objects.get_or_create(username="house", is_superuser=True)[0])
    outcomes = engine.preview(IMPORT, Batch(items, {"mode": "upsert"}, house, NOON, dry_run=True)).outcomes
    return {verdict: count for verdict, count in tally(outcomes).items() if count}


def file_of(folder: Path, suffix: str) -> Path:
    """The whole catalogue as a file."""
    parts = FORMATS[suffix].parts(SKUS.noun, SKUS.names, SKUS.pages(SKU.objects.order_by("pk")))
    return kept(folder, f"skus.{suffix}", b"".join(parts))


def make_nasty() -> int:
    for at, text in enumerate(NASTY):
        line = {"name": text} if text.isprintable() and text.strip() else {}
        make(f"nasty-{at}", description=text, material=text, active=bool(at % 2), **line)
    make("007", estimated_material_grams=0.1 + 0.2, estimated_print_time=0, base_price=0)
    make("1e5", estimated_material_grams=1e-7, base_price=10**14, currency="EUR")
    make("2024-01-01", estimated_material_grams=1e6, base_price=1, kind="content")
    make("TRUE", machine_type="fdm_standard", quality_tiers={"fine": {"multiplier": 1.1}})
    make(
        "null",
        options=[{"key": "a", "label": '=x,"', "type": "select", "choices": ["]", "=1"], "priceModifier": -1.5}],
    )
    make("1234567890123456789", description=" ", material="")
    return SKU.objects.count()


def test_its_columns_are_those_of_an_upload():
    assert SKUS.names == list(FIELDS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_exported_can_be_uploaded_and_changes_nothing(ada, tmp_path, suffix):
    count = make_nasty()
    path = kept(tmp_path, f"a.{suffix}", exported(ada, suffix))
    assert plan_of(path) == {Verdict.UNCHANGED: count}


def test_an_export_into_an_empty_shop_makes_the_same_catalogue(ada, tmp_path):
    """Short of texts that show nothing, which an empty cell cannot tell from none."""
    make_nasty()
    SKU.objects.filter(description=" ").delete()
    before = list(SKU.objects.order_by("pk").values())
    for path in [file_of(tmp_path, suffix) for suffix in FORMATS]:
        SKU.objects.all().delete()
        house = actor_of(User.objects.get(username="ada"))
        engine.run(IMPORT, Batch(judged(raws_in(path), IMPORT.item), {"mode": "upsert"}, house, NOON))
        assert list(SKU.objects.order_by("pk").values()) == before


class AnyCatalogue(TestCase):
    """Whatever the shape of a SKU lets in."""

    @given(st.lists(ANY_SKU, max_size=5))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_comes_back_unchanged(self, catalogue):
        made = [make(f"sku-{at}", **values) for at, values in enumerate(catalogue)]
        with TemporaryDirectory() as folder:
            for suffix in FORMATS if made else ():
                assert plan_of(file_of(Path(folder), suffix)) == {Verdict.UNCHANGED: len(made)}


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "\n=x", "\uff1d1", "\uff20x"])
def test_no_cell_is_a_formula(ada, tmp_path, cell):
    make("a", description=cell)
    (row,) = csv.DictReader(io.StringIO(exported(ada, "csv").decode("utf-8-sig"), newline=""))
    assert row["description"] == f"'{cell}"
    sheet = openpyxl.load_workbook(io.BytesIO(exported(ada, "xlsx"))).active
    (found,) = [one for one in sheet[2] if sheet.cell(1, one.column).value == "description"]
    assert (found.data_type, found.value.replace("\r", "\r")) == ("s", f"'{cell}".replace("\r", "_x000D_"))


def test_a_workbook_has_numbers_as_numbers_and_ids_as_text(ada):
    make("007", base_price=1250, estimated_print_time=90, estimated_material_grams=0.1 + 0.2)
    sheet = openpyxl.load_workbook(io.BytesIO(exported(ada, "xlsx"))).active
    header, row = sheet.iter_rows(values_only=True)
    assert dict(zip(header, row, strict=True)) == {
        **dict.fromkeys(FIELDS), "id": "007", "name": "A cube", "kind": "print", "estimatedPrintTime": 90,
        "basePrice": 12.5, "estimatedMaterialGrams": "0.30000000000000004", "currency": "USD", "active": "yes",
    }  # fmt: skip
    assert sheet.title == "SKUs"


def test_what_no_cell_of_a_workbook_holds_is_left_empty_and_stays_as_it_is(ada, tmp_path):
    choices = ["x" * 255] * 100
    make("a", options=[{"key": f"k{n}", "label": "K", "type": "select", "choices": choices} for n in range(2)])
    make("b", description="\ufffe")
    assert plan_of(kept(tmp_path, "a.xlsx", exported(ada, "xlsx"))) == {Verdict.UNCHANGED: 2}
    assert plan_of(kept(tmp_path, "a.csv", exported(ada, "csv"))) == {Verdict.UNCHANGED: 2}


def ids_in(content: bytes) -> list[str]:
    return [orjson.loads(line)["id"] for line in content.splitlines()]


def test_the_button_exports_what_the_filters_find(ada):
    make_skus(3)
    make("off", active=False)
    assert ids_in(exported(ada, "jsonl")) == ["off", "sku-0001", "sku-0002", "sku-0003"]
    assert ids_in(exported(ada, "jsonl", "?active__exact=0")) == ["off"]
    assert ids_in(exported(ada, "jsonl", "?q=0002&p=7")) == ["sku-0002"]
    page = ada.get(f"{LIST}?active__exact=0")
    assert f'href="{LIST}export.xlsx?active__exact=0"' in page.content.decode()


@pytest.mark.parametrize("across", ["0", "1"])
def test_an_action_exports_the_ticked_rows_or_all_that_match(ada, across):
    make_skus(3)
    make("off", active=False)
    ticked = {"action": "export_jsonl", "_selected_action": ["sku-0002"], "select_across": across}
    answer = ada.post(f"{LIST}?active__exact=1", ticked)
    assert answer["Content-Disposition"].startswith('attachment; filename="skus-')
    found = ids_in(streamed(answer))
    assert found == (["sku-0001", "sku-0002", "sku-0003"] if across == "1" else ["sku-0002"])


def test_queries_do_not_grow_with_the_rows(ada):
    counts = []
    for more in (3, 5_000):
        make_skus(more, prefix=f"sku{more}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            exported(ada, "csv")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def peak_of(suffix: str, rows: QuerySet[SKU]) -> int:
    """Bytes held at most while the rows are exported."""
    tracemalloc.start()
    try:
        assert all(FORMATS[suffix].parts(SKUS.noun, SKUS.names, SKUS.pages(rows)))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows(monkeypatch):
    monkeypatch.setattr(tables, "FETCHED", 200)
    make_skus(2_000, description="x" * 1_000)
    rows = SKU.objects.order_by("pk")
    for suffix in FORMATS:
        assert peak_of(suffix, rows) < 1.3 * peak_of(suffix, rows[:600])


def test_an_empty_list_gives_the_columns(ada):
    assert exported(ada, "csv").decode("utf-8-sig") == ",".join(FIELDS) + "\r\n"
    assert exported(ada, "jsonl") == b""
    assert openpyxl.load_workbook(io.BytesIO(exported(ada, "xlsx"))).active.max_row == 1


def test_a_workbook_that_is_too_long_is_refused_before_it_is_made(ada, monkeypatch):
    make_skus(3)
    monkeypatch.setitem(FORMATS, "xlsx", replace(FORMATS["xlsx"], most=2))
    page = ada.get(f"{LIST}export.xlsx?kind__exact=print", follow=True)
    assert page.redirect_chain == [(f"{LIST}?kind__exact=print", 302)]
    assert "XLSX takes at most 2 rows: narrow the list down, or choose CSV." in page.content.decode()
    assert ada.get(f"{LIST}export.pdf").status_code == 404


def test_only_who_may_see_the_list_may_export_it(client):
    assert client.get(f"{LIST}export.csv").status_code == 302
    bob = User.objects.create_user("bob", is_staff=True)
    assert client_of(bob).get(f"{LIST}export.csv").status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_sku"))
    assert client_of(bob).get(f"{LIST}export.csv").status_code == 200
