"""Large files: confirmed into the queue, followed on the operation's page, and given back where they failed."""

import csv
import io
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import SKU
from catalog.tests.test_uploads import choose, client_of, confirm
from catalog.uploads import queued
from catalog.uploads.cells import raws_of
from catalog.uploads.keeping import Forgotten, storage, taken
from catalog.uploads.sheets import read_sheet
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import make_skus, snapshot, statements
from printshop.tests.desk import make_operator, text_of

pytestmark = pytest.mark.django_db(databases="__all__")
# The header stands in row 2, and a blank row between the others: numbers must be those of the file.
GAPS = b"\nid,name,basePrice\na,A cube,1\n\nb,A ball,dear\nc,A cone,3\nd,A rod,4\n"


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    """Two rows are imported at once, more go into the queue, in chunks of two."""
    settings.VAR = tmp_path
    monkeypatch.setattr("catalog.uploads.pages.MOST_AT_ONCE", 2)
    monkeypatch.setattr(queued, "CHUNK", 2)


@pytest.fixture
def ada() -> Client:
    return client_of(User.objects.create_superuser("ada"))


def run_queue() -> None:
    while carry_out_next():
        pass


def operation() -> BulkOperation:
    return BulkOperation.objects.get()


def active() -> list[str]:
    return list(SKU.objects.active().order_by("pk").values_list("pk", flat=True))


def test_a_large_file_goes_into_the_queue_and_leads_to_its_progress(ada: Client) -> None:
    page = choose(ada, GAPS)
    assert "So many rows go into the queue" in text_of(page)
    after = confirm(ada, page, "partial")
    assert after.redirect_chain == [(reverse("admin:bulk_bulkoperation_change", args=[operation().pk]), 302)]
    assert "0 of 4 done" in text_of(after)
    assert "file: skus.csv" in text_of(after)
    assert not SKU.objects.exists()
    assert storage().listdir("")[1] == []
    run_queue()
    assert operation().counts == {"created": 3, "refused": 1}
    assert active() == ["a", "c", "d"]
    assert operation().chunks.count() == 2


def test_a_small_file_is_imported_at_once_as_ever(ada: Client) -> None:
    after = confirm(ada, choose(ada, b"id,name\na,A cube\nb,A ball\n"))
    assert after.redirect_chain == [("/admin/catalog/sku/", 302)]
    assert not operation().deferred
    assert active() == ["a", "b"]


def rows_of(name: str, content: bytes) -> list[int]:
    sheet = read_sheet(name, content)
    payloads = [queued.payload_of(number, raw) for (number, _), raw in zip(sheet.rows, raws_of(sheet), strict=True)]
    return [payload["row"] for payload in payloads]


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", GAPS, [3, 5, 6, 7]),
        ("a.jsonl", b'{"id":"a"}\n\n{"id":"b"}\n', [1, 3]),
        ("a.json", b'[{"id":"a"},{"id":"b"}]', [1, 2]),
    ],
)
def test_a_row_waits_with_its_number_in_the_file(name: str, content: bytes, rows: list[int]) -> None:
    assert rows_of(name, content) == rows


def test_the_page_names_rows_as_the_file_does(ada: Client) -> None:
    confirm(ada, choose(ada, GAPS), "partial")
    run_queue()
    address = reverse("admin:bulk_bulkoperation_change", args=[operation().pk])
    text = text_of(ada.get(address, {"result": "failed"}))
    assert "row 5 (item 1)" in text
    assert "basePrice must be a number" in text
    assert "row 6" not in text


def failed_rows(client: Client, page: Any) -> bytes:
    address = reverse("admin:catalog_sku_upload_failed", args=[operation().pk])
    assert address in page.content.decode()
    return client.get(address).content


def test_failed_rows_come_back_as_a_file_that_can_be_mended_and_sent_again(ada: Client) -> None:
    confirm(ada, choose(ada, GAPS), "partial")
    run_queue()
    page = ada.get(reverse("admin:bulk_bulkoperation_change", args=[operation().pk]))
    (row,) = csv.DictReader(io.StringIO(failed_rows(ada, page).decode("utf-8-sig")))
    assert (row["id"], row["name"], row["basePrice"]) == ("b", "A ball", "dear")
    assert row["errors"] == "Row 5: basePrice must be a number."
    mended = failed_rows(ada, page).replace(b"dear", b"2")
    confirm(ada, choose(ada, mended))
    assert active() == ["a", "b", "c", "d"]


def test_a_cell_that_cannot_be_read_is_refused_in_the_queue_as_in_the_preview(ada: Client) -> None:
    content = b"id,name,options\na,A cube,\nb,A ball,[nonsense\nc,A cone,\n"
    page = choose(ada, content)
    said = page.context["faults"][0].message
    confirm(ada, page, "partial")
    run_queue()
    assert [error["message"] for error in operation().items.get(index=1).errors or ()] == [said]
    assert active() == ["a", "c"]


def test_retrying_does_not_import_a_row_without_the_cell_that_could_not_be_read(ada: Client) -> None:
    confirm(ada, choose(ada, b"id,name,options\na,A cube,\nb,A ball,[nonsense\nc,A cone,\n"), "partial")
    run_queue()
    ada.post(reverse("admin:bulk_bulkoperation_retry", args=[operation().pk]))
    run_queue()
    retried = BulkOperation.objects.order_by("-pk")[0]
    assert retried.counts == {"refused": 1}
    assert retried.items.filter(payload__row=3).count() == 1


def test_a_sku_that_stands_twice_is_refused_though_chunks_are_smaller(ada: Client) -> None:
    confirm(ada, choose(ada, b"id,name\na,1\nb,2\nc,3\nd,4\na,5\n"), "partial")
    run_queue()
    assert operation().counts == {"created": 4, "refused": 1}
    assert BulkItem.objects.get(verdict="refused").index == 4


def test_nothing_is_queued_until_every_row_is_good_when_that_was_chosen(ada: Client) -> None:
    page = choose(ada, GAPS)
    before = snapshot()
    after = confirm(ada, page, "atomic")
    assert after.status_code == 409
    assert "1 of 4 skus is invalid; nothing was imported." in text_of(after)
    assert snapshot() == before


GOOD = b"id,name\na,A cube\nb,A ball\nc,A cone\n"


@pytest.mark.parametrize(("mode", "policy", "whole"), [
    ("upsert", "atomic", True), ("upsert", "partial", False), ("append", "partial", False), ("replace", "partial", True)
])  # fmt: skip
def test_a_replace_and_an_atomic_import_are_one_piece(ada: Client, mode: str, policy: str, whole: bool) -> None:
    make_skus(1)
    confirm(ada, choose(ada, GOOD, mode=mode), policy)
    assert set(operation().chunks.values_list("whole", flat=True)) == {whole}
    run_queue()
    assert active() == ["a", "b", "c"] + ([] if mode == "replace" else ["sku-0001"])


def test_a_replace_keeps_to_its_bound_in_the_queue_too(ada: Client) -> None:
    make_skus(1)
    page = choose(ada, GOOD, mode="replace", max_deactivate="1")
    confirm(ada, page)
    make_skus(1, prefix="late")
    run_queue()
    assert operation().terms == {"mode": "replace", "maxDeactivate": 1}
    assert operation().state == "finished_with_failures"
    assert active() == ["late-0001", "sku-0001"]


def test_a_stale_preview_queues_nothing_and_is_shown_anew(ada: Client) -> None:
    make_skus(1, prefix="a")
    page = choose(ada, b"id,name\na-0001,A cube\nb,A ball\nc,A cone\n")
    SKU.objects.update(name="Another cube")
    before = snapshot()
    after = confirm(ada, page)
    assert after.status_code == 409
    assert snapshot() == before
    assert len(confirm(ada, after).redirect_chain) == 1


def test_a_large_file_is_queued_once_when_the_button_is_pressed_twice(ada: Client) -> None:
    page = choose(ada, GOOD)
    confirm(ada, page)
    assert "was imported already" in text_of(confirm(ada, page))
    assert BulkOperation.objects.count() == 1


def test_an_upload_is_taken_by_one_click_and_put_back_when_that_fails(ada: Client) -> None:
    reference = choose(ada, GOOD).context["reference"]
    with pytest.raises(Forgotten), taken(reference), taken(reference):
        raise AssertionError("two clicks have it")
    winners: list[int] = []

    def click(number: int) -> None:
        try:
            with taken(reference):
                winners.append(number)
        except Forgotten:
            pass

    threads = [threading.Thread(target=click, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_a_large_file_is_queued_in_as_many_statements_whatever_its_length(ada: Client) -> None:
    def sent(count: int) -> int:
        rows = "".join(f"n{count}-{number},A cube\n" for number in range(count))
        page = choose(ada, f"id,name\n{rows}".encode())
        with statements() as found:
            ada.post(page.wsgi_request.path, {"plan": page.context["plan"], "policy": "partial"})
        return len(found)

    sent(3)
    assert sent(3) == sent(50)


def test_failed_rows_are_for_importers_and_of_uploads_alone(ada: Client) -> None:
    make_skus(1)
    confirm(ada, choose(ada, GAPS), "partial")
    address = reverse("admin:catalog_sku_upload_failed", args=[operation().pk])
    operator = client_of(make_operator("view_sku", "view_bulkoperation"))
    assert operator.get(address).status_code == 403
    assert ada.get(address).status_code == 200
    BulkOperation.objects.update(dialect="native")
    assert ada.get(address).status_code == 404
