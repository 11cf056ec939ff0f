"""Large files: checked and applied by a worker, slice by slice, whatever becomes of it meanwhile."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import SKU, StagedRow, Upload
from catalog.models.skus import CATALOGUE_LOCK
from catalog.tests.reading.sheets import workbook
from catalog.tests.test_uploads import choose, client_of, confirm, content_of, counts
from catalog.uploads import checking
from catalog.uploads.applying import apply
from catalog.uploads.keeping import part_of
from catalog.uploads.leases import claim
from catalog.uploads.queued import UPLOAD, payload_of
from jobs.services import ADVANCE
from printshop.api.people import actor_of
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.chunks import LeaseLost
from printshop.bulk.deferred.errands import run_next, wake_for_errands
from printshop.bulk.deferred.native import request_for
from printshop.bulk.deferred.tasks import wake
from printshop.bulk.models import BulkItem, BulkOperation, State
from printshop.testing import NOON, make_actor, make_jobs, make_skus, statements
from printshop.tests.desk import make_operator, text_of

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("few_at_once")]
# The header stands in row 2, and a blank row between the others: numbers must be those of the file.
GAPS = b"\nid,name,basePrice\na,A cube,1\n\nb,A ball,dear\nc,A cone,3\nd,A rod,4\n"
GOOD = b"id,name\na,A cube\nb,A ball\nc,A cone\n"


def work_off() -> None:
    """What workers do until there is nothing left."""
    while run_next("a worker") or carry_out_next():
        pass


def checked(client: Client, content: bytes, name: str = "skus.csv", **sent: Any) -> Any:
    """The preview of a file, once a worker has checked it."""
    page = choose(client, content, name, **sent)
    assert page.templates[0].name == "catalog/working.html"
    work_off()
    return client.get(page.wsgi_request.path)


def applied(client: Client, content: bytes, policy: str = "atomic", **sent: Any) -> Any:
    page = checked(client, content, **sent)
    assert confirm(client, page, policy).templates[0].name == "catalog/working.html"
    work_off()
    return client.get(page.wsgi_request.path)


def operation() -> BulkOperation:
    return BulkOperation.objects.get()


def active() -> list[str]:
    return list(SKU.objects.active().order_by("pk").values_list("pk", flat=True))


def test_it_tells_how_far_the_check_has_got_and_then_shows_the_preview(ada: Client) -> None:
    page = choose(ada, GAPS)
    assert "is being checked" in text_of(page)
    progress = ada.get(page.wsgi_request.path + "progress/")
    assert b"hx-get" in progress.content
    work_off()
    assert ada.get(page.wsgi_request.path + "progress/")["HX-Refresh"] == "true"
    assert counts(ada.get(page.wsgi_request.path)) == {"created": 3, "refused": 1}
    assert not SKU.objects.exists()


def percent_of(client: Client, path: str) -> str:
    """What the bar says to somebody who looks on."""
    found = re.search(r'aria-valuenow="(\d+)"', client.get(path + "progress/").content.decode())
    return found[1] if found else "?"


IDS = ("a", "b", "c", "d")
KINDS = {
    "skus.csv": "".join(["id,name\n", *(f"{one},A cube\n" for one in IDS)]).encode(),
    "skus.jsonl": b"\n".join(orjson.dumps({"id": one, "name": "A cube"}) for one in IDS) + b"\n",
    "skus.json": orjson.dumps({"skus": [{"name": "A cube", "id": one} for one in IDS]}),
    "skus.xlsx": workbook(["id", "name"], *([one, "A cube"] for one in IDS)),
}


@pytest.mark.parametrize("name", KINDS)
def test_it_tells_of_every_kind_of_file_how_much_of_it_is_checked(ada: Client, name: str) -> None:
    path = choose(ada, KINDS[name], name).wsgi_request.path
    seen = [percent_of(ada, path)]
    run_next("a worker", give_way=lambda: seen.append(percent_of(ada, path)))
    expected = 4 if name.startswith("skus.json") else 5
    assert seen == ["0", str(200 // expected), str(min(99, 400 // expected))]
    assert counts(ada.get(path)) == {"created": 4}


def test_it_tells_how_much_of_an_import_is_written(ada: Client) -> None:
    page = checked(ada, GAPS)
    confirm(ada, page, "partial")
    path, seen = page.wsgi_request.path, []

    def look() -> Any:
        seen.append(percent_of(ada, path))
        return timezone.now()

    held = claim("a worker")
    assert held is not None
    apply(held, actor_of(held.upload.user), clock=look)
    # Three rows are recorded and written, one is recorded.
    assert seen == ["0", str(400 // 7)]
    assert "3 SKUs changed" in text_of(ada.get(path))
    assert not list(part_of(held.upload).parent.glob("*.part"))


def test_a_check_gives_way_to_other_work_between_its_slices(ada: Client) -> None:
    jobs = make_jobs(2)
    body = {"jobIds": jobs, "targetStatus": "VALIDATED"}
    operation_id = accept(request_for(ADVANCE, body, make_actor(), NOON))
    path = choose(ada, GAPS).wsgi_request.path
    wake()
    assert counts(ada.get(path)) == {"created": 3, "refused": 1}
    assert BulkOperation.objects.get(pk=operation_id).state == State.FINISHED
    assert not carry_out_next()


def test_it_applies_and_records_what_was_confirmed(ada: Client) -> None:
    page = applied(ada, GAPS, "partial")
    assert "skus.csv was imported: 3 SKUs changed" in text_of(page)
    assert active() == ["a", "c", "d"]
    recorded = operation()
    assert (recorded.counts, recorded.total, recorded.failed) == ({"created": 3, "refused": 1}, 4, 1)
    assert list(recorded.items.order_by("index").values_list("index", "reference", "verdict")) == [
        (0, "a", "created"), (1, "b", "refused"), (2, "c", "created"), (3, "d", "created")
    ]  # fmt: skip
    assert not StagedRow.objects.exists()


def test_it_counts_rows_that_change_nothing_and_keeps_no_item_of_them(ada: Client) -> None:
    make_skus(3)
    applied(ada, b"id,name\nsku-0001,A cube\nsku-0002,Another\nsku-0003,A cube\n")
    recorded = operation()
    assert (recorded.counts, recorded.total) == ({"unchanged": 2, "updated": 1}, 3)
    item = recorded.items.get()
    assert (item.index, item.before, item.after) == (1, {"name": "A cube"}, {"name": "Another"})


def test_it_leaves_what_it_does_not_change_untouched(ada: Client) -> None:
    make_skus(2)
    before = dict(SKU.objects.values_list("pk", "updated_at"))
    applied(ada, b"id,name\nsku-0001,A cube\nsku-0002,Another\n")
    after = dict(SKU.objects.values_list("pk", "updated_at"))
    assert after["sku-0001"] == before["sku-0001"]
    assert after["sku-0002"] == operation().created_at


def test_what_is_off_already_is_changed_like_any_other(ada: Client) -> None:
    make_skus(1)
    SKU.objects.update(active=False)
    applied(ada, b"id,name\nsku-0001,Another\n")
    assert SKU.objects.values_list("name", "active").get() == ("Another", False)
    assert operation().counts == {"updated": 1}


def test_every_field_arrives_as_a_request_would_bring_it(ada: Client) -> None:
    content = (
        b'id,name,kind,machineType,material,estimatedPrintTime,estimatedMaterialGrams,basePrice,currency,active,'
        b'description,qualityTiers,options\na,"A ""cube"", high",print,resin,PLA,95,42.5,12.34,EUR,no,"x,\ny",'
        b'"{""fine"": {""multiplier"": 1.5}}","[{""key"": ""k"", ""label"": ""L"", ""type"": ""boolean""}]"\n'
    )  # fmt: skip
    applied(ada, content)
    sku = SKU.objects.get()
    assert (sku.name, sku.kind, sku.machine_type, sku.material) == ('A "cube", high', "print", "resin", "PLA")
    assert (sku.estimated_print_time, sku.estimated_material_grams, sku.base_price) == (95, 42.5, 1234)
    assert (sku.currency, sku.active, sku.description) == ("EUR", False, "x,\ny")
    assert sku.quality_tiers == {"fine": {"multiplier": 1.5}}
    assert sku.options == [{"key": "k", "label": "L", "type": "boolean"}]
    assert counts(checked(ada, content)) == {"unchanged": 1}


@pytest.mark.parametrize(("mode", "left"), [
    ("upsert", ["a", "b", "c", "sku-0001"]), ("append", ["a", "b", "c", "sku-0001"]), ("replace", ["a", "b", "c"])
])  # fmt: skip
def test_it_knows_every_mode(ada: Client, mode: str, left: list[str]) -> None:
    make_skus(1)
    applied(ada, GOOD, mode=mode)
    assert active() == left
    assert operation().terms == {"mode": mode}


def test_a_replace_says_what_still_needs_what_it_switches_off(ada: Client) -> None:
    make_jobs(2)
    make_skus(1, prefix="idle")
    page = checked(ada, GOOD, mode="replace")
    needed = {name: count for name, count in page.context["upload"].uses.items() if count}
    assert needed == {"open orders": 1, "open jobs": 1}
    listed = ada.get(page.wsgi_request.path, {"show": "needed by open jobs"})
    assert [line["id"] for line in listed.context["lines"]] == list(
        SKU.objects.exclude(pk__startswith="idle").values_list("pk", flat=True)
    )


def test_a_replace_records_what_it_switched_off_and_can_be_undone(ada: Client) -> None:
    make_skus(2)
    applied(ada, GOOD, mode="replace")
    recorded = operation()
    assert (recorded.total, recorded.unasked, recorded.counts) == (3, 2, {"created": 3, "deactivated": 2})
    page = ada.get(reverse("admin:bulk_bulkoperation_undo", args=[recorded.pk]))
    ada.post(page.wsgi_request.path, {"plan": page.context["plan"], "policy": "atomic"})
    work_off()
    assert active() == ["sku-0001", "sku-0002"]


def test_a_sku_that_stands_twice_is_refused_though_slices_are_smaller(ada: Client) -> None:
    page = checked(ada, b"id,name\na,1\nb,2\nc,3\nd,4\na,5\n")
    (line,) = page.context["lines"]
    assert [fault.message for fault in line["faults"]] == ["SKU a stands in this file twice, in row 2 and row 6."]


def slices_of(check: checking.Check) -> Any:
    return checking.slices(checking.rows(checking.path_of(check.upload), checking.form_of(check.upload)))


def test_it_begins_anew_where_a_worker_was_lost_in_the_middle_of_a_check(ada: Client) -> None:
    page = choose(ada, GAPS)
    held = claim("a worker")
    assert held is not None
    lost = checking.Check(held, actor_of(held.upload.user), timezone.now())
    first, second = slices_of(lost)
    lost.stage(lost.staged(first))
    assert not run_next("another"), "the lease of the first one lasts"
    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work_off()
    assert counts(ada.get(page.wsgi_request.path)) == {"created": 3, "refused": 1}
    with pytest.raises(LeaseLost), transaction.atomic():
        lost.stage(lost.staged(second))
    assert StagedRow.objects.count() == 4


def test_a_file_that_three_workers_died_of_is_given_up(ada: Client) -> None:
    page = choose(ada, GOOD)
    for _ in range(3):
        assert claim("a worker") is not None
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work_off()
    assert "Three workers were lost over this file." in text_of(ada.get(page.wsgi_request.path))


def test_the_sweep_wakes_a_worker_for_what_waits(ada: Client) -> None:
    choose(ada, GOOD)
    assert wake_for_errands() == 1
    work_off()
    assert wake_for_errands() == 0


@pytest.mark.postgresql
def test_what_writes_the_catalogue_may_take_longer_than_a_request(ada: Client) -> None:
    limits = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "catalog_sku" in sql and sql.lstrip().startswith("INSERT"):
            with connection.connection.cursor() as cursor:
                limits.append(cursor.execute("SHOW statement_timeout").fetchone())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        applied(ada, GOOD)
    assert limits == [("15min",)]


def test_nothing_is_applied_after_a_sku_was_changed(ada: Client) -> None:
    make_skus(1)
    page = checked(ada, b"id,name\nsku-0001,Another\nb,A ball\nc,A cone\n")
    SKU.objects.update(name="Third", updated_at=timezone.now())
    confirm(ada, page)
    work_off()
    assert not BulkOperation.objects.exists()
    again = ada.get(page.wsgi_request.path)
    assert "something changed meanwhile" in text_of(again)
    assert again.context["upload"].changed == ["sku-0001"]
    confirm(ada, again)
    work_off()
    assert SKU.objects.get(pk="sku-0001").name == "Another"


def sent(client: Client, count: int) -> tuple[int, int]:
    """Statements of checking that many rows in one slice, and of applying them."""
    rows = "".join(f"n{count}-{number},A cube\n" for number in range(count))
    page = choose(client, f"id,name\n{rows}".encode())
    with statements() as checking_them:
        run_next("a worker")
    page = client.get(page.wsgi_request.path)
    confirm(client, page)
    with statements() as applying_them:
        run_next("a worker")
    return len(checking_them), len(applying_them)


def test_it_takes_as_many_statements_whatever_the_number_of_rows(ada: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(checking, "SLICE", 1_000)
    sent(ada, 3)
    assert sent(ada, 4) == sent(ada, 60)


@pytest.mark.postgresql
@pytest.mark.parametrize(("mode", "row"), [("upsert", ""), ("upsert", "sku-0001,A cube,no\n"), ("replace", "")])
def test_orders_wait_for_what_is_switched_off_alone(ada: Client, mode: str, row: str) -> None:
    make_skus(2)
    page = checked(ada, f"id,name,active\na,A ball,\n{row}".encode(), mode=mode)
    confirm(ada, page)
    with statements() as sent:
        run_next("a worker")
    places = {name: [at for at, sql in enumerate(sent) if name in sql] for name in (str(CATALOGUE_LOCK), "INSERT INTO")}
    locked = places[str(CATALOGUE_LOCK)]
    assert len(locked) == (mode == "replace" or bool(row))
    made = [at for at in places["INSERT INTO"] if "catalog_sku" in sent[at] or "bulk_bulkitem" in sent[at]]
    assert len(made) == 2
    assert all(at < lock for at in made for lock in locked)
    assert SKU.objects.active().count() == (1 if mode == "replace" else 2 if row else 3)


# --- What did not happen ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", GAPS, [3, 5, 6, 7]),
        ("a.jsonl", b'{"id":"a"}\n\n{"id":"b"}\n', [1, 3]),
        ("a.json", b'[{"id":"a"},{"id":"b"}]', [1, 2]),
    ],
)
def test_a_row_has_the_number_that_it_has_in_the_file(ada: Client, name: str, content: bytes, rows: list[int]) -> None:
    checked(ada, content, name)
    assert list(StagedRow.objects.order_by("index").values_list("number", flat=True)) == rows


def test_the_page_of_the_operation_names_rows_as_the_file_does(ada: Client) -> None:
    applied(ada, GAPS, "partial")
    address = reverse("admin:bulk_bulkoperation_change", args=[operation().pk])
    text = text_of(ada.get(address, {"result": "failed"}))
    assert "row 5 (item 1)" in text
    assert "basePrice must be a number" in text
    assert "row 6" not in text


def test_failed_rows_come_back_as_a_file_that_can_be_mended_and_sent_again(ada: Client) -> None:
    applied(ada, GAPS, "partial")
    address = reverse("admin:catalog_sku_upload_failed", args=[operation().pk])
    page = ada.get(reverse("admin:bulk_bulkoperation_change", args=[operation().pk]))
    assert address in page.content.decode()
    failed = content_of(ada.get(address))
    (row,) = csv.DictReader(io.StringIO(failed.decode("utf-8-sig")))
    assert (row["id"], row["name"], row["basePrice"]) == ("b", "A ball", "dear")
    assert row["errors"] == "Row 5: basePrice must be a number."
    applied(ada, failed.replace(b"dear", b"2"))
    assert active() == ["a", "b", "c", "d"]


def test_retrying_does_not_import_a_row_without_the_cell_that_could_not_be_read(ada: Client) -> None:
    applied(ada, b"id,name,options\na,A cube,\nb,A ball,[nonsense\nc,A cone,\n", "partial")
    ada.post(reverse("admin:bulk_bulkoperation_retry", args=[operation().pk]))
    work_off()
    retried = BulkOperation.objects.order_by("-pk")[0]
    assert retried.counts == {"refused": 1}
    assert retried.items.filter(payload__row=3).count() == 1


def test_failed_rows_are_for_importers_and_of_uploads_alone(ada: Client) -> None:
    applied(ada, GAPS, "partial")
    address = reverse("admin:catalog_sku_upload_failed", args=[operation().pk])
    operator = client_of(make_operator("view_sku", "view_bulkoperation"))
    assert operator.get(address).status_code == 403
    assert ada.get(address).status_code == 200
    BulkOperation.objects.update(dialect="native")
    assert ada.get(address).status_code == 404


def test_what_is_kept_of_a_row_is_what_its_dialect_reads() -> None:
    assert UPLOAD.as_sent(payload_of(3, ({"id": "a"}, []))) == {"id": "a"}
    assert not BulkItem.objects.exists()
