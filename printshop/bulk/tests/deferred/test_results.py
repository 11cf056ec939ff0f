"""`results.csv` and `results.jsonl`: what became of every item; what failed can be mended and sent again."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import SKU
from catalog.services.imports import IMPORT
from catalog.uploads.judging import judged
from catalog.uploads.reading import detect, guess, raws, rows
from jobs.states import JobStatus
from printshop.bulk.operations import results
from printshop.bulk.tests.deferred.callers import HERE, drain, later, shown
from printshop.testing import KeyClient, make_jobs, make_skus, statements

pytestmark = pytest.mark.django_db(databases="__all__")
SKUS, ADVANCE = "/api/skus/bulk", "/api/jobs/bulk/advance"


def file_of(client: KeyClient, operation: str, name: str) -> bytes:
    answer = client.get(f"{HERE}/{operation}/{name}")
    assert answer.status_code == 200, answer.getvalue()
    return bytes(answer.getvalue())


def sheet_of(client: KeyClient, operation: str, query: str = "") -> list[list[str]]:
    text = file_of(client, operation, f"results.csv{query}").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def lines_of(client: KeyClient, operation: str, query: str = "") -> list[Any]:
    return [orjson.loads(line) for line in file_of(client, operation, f"results.jsonl{query}").splitlines()]


def imported(client: KeyClient, *skus: Any, **more: Any) -> str:
    operation = later(client, SKUS, {"skus": list(skus), "errorPolicy": "partial", **more})
    drain()
    return operation


# --- Every item ------------------------------------------------------------------------------------------------------
def test_it_tells_what_became_of_every_item(operator: KeyClient) -> None:
    moved, refused = *make_jobs(1), *make_jobs(1, JobStatus.READY)
    call = {"jobIds": [moved, refused], "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = operator.post(ADVANCE, call)["X-Bulk-Operation"]
    sentence = "A READY job cannot become VALIDATED."
    assert sheet_of(operator, operation) == [
        ["index", "id", "result", "changes", "codes", "errors"],
        ["0", moved, "updated", '{"status":["CREATED","VALIDATED"]}', "", ""],
        ["1", refused, "refused", "", "ILLEGAL_TRANSITION", sentence],
    ]
    first, second = lines_of(operator, operation)
    assert first == {
        "index": 0, "id": moved, "result": "updated", "changes": {"status": ["CREATED", "VALIDATED"]}, "errors": []
    }  # fmt: skip
    assert [error["message"] for error in second["errors"]] == [sentence]


@pytest.mark.parametrize(("name", "media_type"), [("results.csv", "text/csv"), ("results.jsonl", "application/jsonl")])
def test_it_is_a_file_to_keep(admin: KeyClient, name: str, media_type: str) -> None:
    operation = imported(admin, {"id": "a", "name": "A"})
    for accept in "*/*", media_type, "application/json":
        answer = admin.get(f"{HERE}/{operation}/{name}", accept=accept)
        assert (answer.status_code, answer.streaming) == (200, True)
        assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
        suffix = name.partition(".")[2]
        assert answer["Content-Disposition"] == f'attachment; filename="skus.import-{operation}.{suffix}"'
    assert admin.get(f"{HERE}/{operation}/{name}", accept="text/html").status_code == 406


def test_it_picks_items_by_their_result(admin: KeyClient) -> None:
    make_skus(2)
    operation = imported(admin, {"id": "new", "name": "A"}, {"id": "sku-0001"}, {"id": "b"}, mode="append")
    for result, indexes in (("created", [0]), ("SKIPPED", [1]), ("failed", [2]), ("refused", [2]), ("open", [])):
        assert [line["index"] for line in lines_of(admin, operation, f"?result={result}")] == indexes
    answer = admin.get(f"{HERE}/{operation}/results.csv?result=good")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FILTER")


def test_it_reads_page_by_page(admin: KeyClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "PAGE", 2)
    operation = imported(admin, *({"id": f"sku-{number}", "name": "A"} for number in range(5)))
    with statements() as sent:
        assert [line["index"] for line in lines_of(admin, operation)] == [0, 1, 2, 3, 4]
    pages = [sql for sql in sent if sql.endswith("LIMIT 2")]
    assert ['"index" > 1' in sql for sql in pages] == [False, True, False]
    assert ['"index" > 3' in sql for sql in pages] == [False, False, True]


def test_it_can_be_read_while_items_are_open(admin: KeyClient) -> None:
    operation = later(admin, SKUS, {"skus": [{"id": "a"}], "errorPolicy": "partial"})
    assert [line["result"] for line in lines_of(admin, operation)] == ["open"]
    assert sheet_of(admin, operation, "?result=failed")[1:] == []


# --- What failed, to be mended ---------------------------------------------------------------------------------------
BAD: dict[str, Any] = {
    "id": "sku-1",
    "name": "'=1+1",
    "basePrice": -5,
    "description": '=HYPERLINK("http://x")\r\n"quoted", ünïcode',
    "active": False,
    "estimatedMaterialGrams": 8.5,
    "qualityTiers": {"fine": {"multiplier": 1.5}},
    "options": [{"key": "k", "label": "-L", "type": "boolean"}],
    "material": "@PLA",
}


def test_failed_rows_come_in_their_own_columns(admin: KeyClient) -> None:
    operation = imported(admin, BAD, {"id": "good", "name": "Good"}, {"id": "sku-2"})
    header, first, second = sheet_of(admin, operation, "?result=failed")
    assert (header[0], header[-1]) == ("id", "errors")
    assert set(header) == {*BAD, "errors"}
    row = dict(zip(header, first, strict=True))
    assert row["basePrice"] == "-5"
    assert (row["active"], row["estimatedMaterialGrams"]) == ("no", "8.5")
    assert (row["name"], row["material"]) == ("''=1+1", "'@PLA")
    assert row["description"].startswith("'=HYPERLINK")
    assert orjson.loads(row["options"]) == BAD["options"]
    assert row["errors"].startswith("MONEY_RANGE: basePrice must be")
    assert second[header.index("errors")] == "REQUIRED: name is required for a new SKU."


def test_what_comes_out_reads_as_what_went_in(admin: KeyClient, tmp_path: Path) -> None:
    operation = imported(admin, BAD)
    sheet = tmp_path / "failed.csv"
    sheet.write_bytes(file_of(admin, operation, "results.csv?result=failed"))
    form = detect(sheet, sheet.name)
    (item,) = judged([raw for _, raw in raws(rows(sheet, form), form, guess(form.columns))], IMPORT.item)
    assert [fault.code for fault in item.faults] == ["MONEY_RANGE"]
    good = BAD | {"basePrice": 5}
    assert imported(admin, good)
    kept = SKU.objects.get(pk="sku-1")
    for name in "name", "description", "material", "active", "options", "quality_tiers":
        assert item.value[name] == getattr(kept, name)


def test_failed_rows_can_be_uploaded_again(admin: KeyClient, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    operation = imported(admin, {"id": "a", "basePrice": 3}, {"id": "b", "name": "B", "basePrice": "dear"})
    content = file_of(admin, operation, "results.csv?result=failed").decode("utf-8-sig")
    assert content.splitlines()[0] == "id,name,basePrice,errors"
    mended = content.replace("a,,3", "a,A,3").replace("dear", "12.5")
    desk = Client()
    desk.force_login(User.objects.create_superuser("ada"), backend="django.contrib.auth.backends.ModelBackend")
    file = SimpleUploadedFile("failed.csv", mended.encode())
    page = desk.post("/admin/catalog/sku/upload/", {"file": file, "mode": "upsert"}, follow=True)
    assert page.context["counts"]["created"] == 2
    assert page.context["counts"]["refused"] == 0


def test_bare_ids_have_a_column_of_their_own(operator: KeyClient) -> None:
    call = {"jobIds": ["job-9999", "=1+1"], "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = later(operator, ADVANCE, call)
    drain()
    assert sheet_of(operator, operation, "?result=failed") == [
        ["jobId", "errors"],
        ["job-9999", "JOB_NOT_FOUND: There is no job job-9999."],
        ["'=1+1", "JOB_NOT_FOUND: There is no job =1+1."],
    ]


def test_unknown_fields_and_what_is_no_object_are_kept(admin: KeyClient) -> None:
    sent = [{"id": "a", "name": "A", "=colour": "red"}, 7, None]
    operation = imported(admin, *sent)
    header, *rows = sheet_of(admin, operation, "?result=failed")
    assert header == ["id", "name", "'=colour", "errors"]
    assert [row[:3] for row in rows] == [["a", "A", "red"], ["7", "", ""], ["", "", ""]]
    assert [line["item"] for line in lines_of(admin, operation, "?result=failed")] == sent


def test_mended_json_lines_are_a_body_again(admin: KeyClient) -> None:
    operation = imported(admin, {"id": "a"}, {"id": "b", "name": "B"}, {"id": "c"})
    skus = [line["item"] | {"name": "Mended"} for line in lines_of(admin, operation, "?result=failed")]
    assert admin.post(SKUS, {"skus": skus}).json()["created"] == 2
    assert shown(admin, operation)["counts"] == {"created": 1, "refused": 2}


def test_it_is_not_for_other_accounts(operator: KeyClient, customer: KeyClient) -> None:
    for client in operator, customer:
        for name in "results.csv", "results.jsonl":
            answer = client.get(f"{HERE}/00000000-0000-7000-8000-000000000000/{name}")
            assert (answer.status_code, answer.json()["code"]) == (404, "OPERATION_NOT_FOUND")
