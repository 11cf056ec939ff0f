"""The upload pages: a file becomes a preview, the preview an import, and nothing happens in between."""

import csv
import io
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import SKU, StagedRow, Upload
from catalog.services.imports import import_skus
from catalog.uploads.keeping import path_of, storage
from catalog.uploads.samples import EXAMPLES, SAMPLES
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, house, make_actor, make_skus, snapshot, statements
from printshop.webhooks.endpoints import create
from printshop.webhooks.models import Message

# Page and worker look up who lives in the counters' own database.
pytestmark = pytest.mark.django_db(databases="__all__")
FORM = "/admin/catalog/sku/upload/"
GOOD = b"id,name,basePrice\nsku-0001,A cube,12.50\nsku-0002,A cube,13\nsku-new,A ball,4\n"
MIXED = b"id,name,basePrice\nsku-0001,A cube,14\nsku-0002,A cube,dear\n"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ada() -> Client:
    return client_of(User.objects.create_superuser("ada"))


def choose(client: Client, content: bytes, name: str = "skus.csv", mode: str = "upsert", **fields: Any) -> Any:
    """Send the form and follow it to the preview, or to the form's complaints."""
    sent = {"file": SimpleUploadedFile(name, content), "mode": mode, **fields}
    return client.post(FORM, sent, follow=True)


def confirm(client: Client, page: Any, policy: str = "atomic") -> Any:
    """Press the button of a preview."""
    return client.post(page.wsgi_request.path, {"plan": page.context["plan"], "policy": policy}, follow=True)


def counts(page: Any) -> dict[str, int]:
    """What a preview counts, but what it counts none of."""
    return {name: count for name, count in page.context["counts"].items() if count}


def faults(page: Any) -> list[Any]:
    return [fault for line in page.context["lines"] for fault in line["faults"]]


def content_of(page: Any) -> bytes:
    return b"".join(page.streaming_content)


def prices() -> dict[str, int]:
    return dict(SKU.objects.active().values_list("pk", "base_price"))


def test_a_preview_tells_every_verdict_and_writes_nothing(ada):
    make_skus(2)
    before = snapshot()
    page = choose(ada, GOOD)
    assert page.status_code == 200
    assert counts(page) == {"created": 1, "updated": 1, "unchanged": 1}
    (line,) = page.context["lines"]
    assert (line["row"], line["id"], line["changes"]) == (3, "sku-0002", [("basePrice", "12.50", "13.00")])
    assert b"Nothing has been changed yet" in page.content
    assert shop(snapshot()) == shop(before)


def shop(found: Any) -> Any:
    """What a snapshot holds beside the uploads themselves."""
    return {
        model: rows
        for model, rows in found.items()
        if model not in ("Upload", "StagedRow", "StagedSpan", "ColumnMapping")
    }


def test_confirming_does_what_the_preview_showed_and_records_it_once(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    after = confirm(ada, page)
    operation = BulkOperation.objects.get()
    assert operation.counts == {"created": 1, "updated": 1, "unchanged": 1}
    assert (operation.name, operation.actor, operation.terms) == ("skus.import", "ada", {"mode": "upsert"})
    assert prices() == {"sku-0001": 1250, "sku-0002": 1300, "sku-new": 400}
    assert after.redirect_chain == [(page.wsgi_request.path, 302)]
    assert reverse("admin:bulk_bulkoperation_change", args=[operation.pk]) in after.content.decode()
    assert reverse("admin:bulk_bulkoperation_undo", args=[operation.pk]) in after.content.decode()


def test_a_second_click_shows_what_came_of_the_first(ada):
    page = choose(ada, GOOD)
    confirm(ada, page)
    again = confirm(ada, page)
    assert b"was imported: 3 SKUs changed" in again.content
    assert BulkOperation.objects.count() == 1
    assert storage().listdir("")[1] == []
    assert not StagedRow.objects.exists()


def test_append_skips_known_skus(ada):
    make_skus(2)
    page = choose(ada, GOOD, mode="append")
    assert counts(page) == {"skipped": 2, "created": 1}
    confirm(ada, page)
    assert prices() == {"sku-0001": 1250, "sku-0002": 1250, "sku-new": 400}


def test_replace_says_how_many_skus_it_switches_off_and_does_it(ada):
    make_skus(4)
    page = choose(ada, GOOD, mode="replace")
    assert page.context["counts"]["switched off"] == 2
    assert b"would switch off 2 SKUs that are not in the file" in page.content
    confirm(ada, page)
    assert set(prices()) == {"sku-0001", "sku-0002", "sku-new"}


def test_a_replace_that_switches_off_too_many_cannot_be_confirmed(ada):
    make_skus(4)
    page = choose(ada, GOOD, mode="replace", max_deactivate=1)
    assert b"would deactivate 2 SKUs, more than the 1 that maxDeactivate allows." in page.content
    assert not page.context["may_confirm"]
    assert confirm(ada, page, "partial").status_code == 409
    assert SKU.objects.active().count() == 4
    assert not BulkOperation.objects.exists()


def test_a_limit_without_a_replace_is_a_fault_of_the_form(ada):
    page = choose(ada, GOOD, mode="upsert", max_deactivate=1)
    assert page.status_code == 400
    assert "choose replace" in page.context["form"].errors["max_deactivate"][0]


def test_a_refused_row_is_shown_with_row_column_and_rule(ada):
    make_skus(2)
    page = choose(ada, MIXED)
    (line,) = page.context["lines"]
    (fault,) = line["faults"]
    assert (line["row"], line["id"]) == (3, "sku-0002")
    assert (fault.column, fault.message, fault.value) == ("basePrice", "basePrice must be a number.", "dear")
    assert b"basePrice must be a number." in page.content


def test_a_refused_cell_is_told_by_the_name_that_the_file_gives_its_column(ada):
    page = choose(ada, b"ID;Base price;Name\na;dear;x\n")
    assert [fault.column for fault in faults(page)] == ["Base price"]


def test_one_pass_finds_faults_of_shape_and_of_business(ada):
    rows = [{"id": "a", "kind": "content", "machineType": "resin", "name": "x", "basePrice": "1"}, {"id": "b"}, 5]
    page = choose(ada, orjson.dumps(rows), "skus.json")
    found = {(line["row"], fault.column) for line in page.context["lines"] for fault in line["faults"]}
    assert found >= {(1, "machineType"), (1, "basePrice"), (2, "name"), (3, "")}


def test_an_id_that_stands_twice_is_told_by_both_rows(ada):
    page = choose(ada, b"id,name\n\na,x\nb,y\na,z\n")
    assert [fault.message for fault in faults(page)] == ["SKU a stands in this file twice, in row 3 and row 5."]


def test_nothing_is_imported_while_a_row_is_refused_unless_one_says_so(ada):
    make_skus(2)
    page = choose(ada, MIXED)
    stopped = confirm(ada, page)
    assert stopped.status_code == 409
    assert b"1 row is refused of 2; nothing was imported." in stopped.content
    assert prices()["sku-0001"] == 1250
    done = confirm(ada, stopped, "partial")
    assert b"was imported: 1 SKU changed" in done.content
    assert prices() == {"sku-0001": 1400, "sku-0002": 1250}
    assert list(BulkItem.objects.order_by("index").values_list("verdict", flat=True)) == ["updated", "refused"]


def test_refused_rows_can_be_downloaded_mended_and_sent_again(ada):
    make_skus(2)
    page = choose(ada, MIXED.replace(b",", b";"))
    download = ada.get(page.wsgi_request.path + "refused.csv")
    assert download["Content-Disposition"] == 'attachment; filename="refused-skus.csv"'
    text = content_of(download).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["id", "name", "basePrice", "errors"], ["sku-0002", "A cube", "dear", "basePrice must be a number."]
    ]  # fmt: skip
    again = choose(ada, text.replace("dear", "15,50").encode("utf-8-sig"))
    assert counts(again) == {"updated": 1}
    confirm(ada, again)
    assert prices()["sku-0002"] == 1550


def reprice(sku_id: str, price: float) -> None:
    """Somebody else is faster."""
    import_skus([{"id": sku_id, "base_price": round(price * 100)}], actor=make_actor(), at=timezone.now())


def test_a_changed_catalogue_shows_the_new_plan_and_imports_nothing(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    reprice("sku-0001", 9.99)
    before = snapshot()
    shown_again = confirm(ada, page)
    assert shown_again.status_code == 409
    assert b"something changed meanwhile" in shown_again.content
    assert shown_again.context["counts"]["updated"] == 2
    (line,) = shown_again.context["lines"]
    assert (line["id"], line["changes"]) == ("sku-0001", [("basePrice", "9.99", "12.50")])
    assert shop(snapshot()) == shop(before)
    confirm(ada, shown_again)
    assert prices()["sku-0001"] == 1250


def test_a_change_that_leaves_the_counts_as_they_were_is_seen_too(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    reprice("sku-0002", 9.99)
    assert confirm(ada, page).status_code == 409


def test_a_sku_that_came_meanwhile_is_not_switched_off_unseen(ada):
    make_skus(2)
    page = choose(ada, GOOD, mode="replace")
    import_skus([{"id": "late", "name": "A late one"}], actor=make_actor(), at=timezone.now())
    again = confirm(ada, page)
    assert again.status_code == 409
    assert (again.context["upload"].changed, again.context["counts"]["switched off"]) == (["late"], 1)


def test_a_change_of_something_else_is_no_reason_to_ask_again(ada):
    make_skus(3)
    page = choose(ada, GOOD)
    reprice("sku-0003", 9.99)
    assert confirm(ada, page).status_code == 200


def test_a_preview_of_an_earlier_check_confirms_nothing(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    ada.post(page.wsgi_request.path + "columns/", READING | {"column-0": "id", "column-1": "name"})
    assert confirm(ada, page).status_code == 409
    assert not BulkOperation.objects.exists()


def test_a_file_that_says_nothing_new_has_nothing_to_confirm(ada):
    make_skus(1)
    page = choose(ada, b"id,name\nsku-0001,A cube\n")
    assert not page.context["may_confirm"]
    assert b"there is nothing to import" in page.content


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("example")])
def test_an_example_can_be_downloaded_and_uploaded(ada, name):
    download = ada.get(f"{FORM}files/{name}")
    assert "attachment" in download["Content-Disposition"]
    confirm(ada, choose(ada, content_of(download), name))
    assert set(prices()) == {sku["id"] for sku in EXAMPLES}
    assert SKU.objects.get(pk="sku-pla-vase").quality_tiers == EXAMPLES[0]["qualityTiers"]


def test_a_bad_file_stays_on_the_form_with_its_sentence(ada):
    page = choose(ada, b"%PDF-1.7")
    assert page.status_code == 400
    assert page.context["form"].errors["file"] == ["skus.csv is named as text, but holds a PDF."]
    assert not Upload.objects.exists()
    assert storage().listdir("")[1] == []


def test_a_file_that_breaks_off_says_where_and_changes_nothing(ada):
    rows = "".join(f"n{number},A cube\n" for number in range(300))
    page = choose(ada, f'id,name\n{rows}a,"b\n'.encode())
    assert b"could not be read to its end. Nothing was changed." in page.content
    assert b"row 302" in page.content.lower()
    assert not SKU.objects.exists()
    assert confirm_nothing(ada, page)


def confirm_nothing(client: Client, page: Any) -> bool:
    client.post(page.wsgi_request.path, {"plan": timezone.now().isoformat(), "policy": "partial"})
    return not BulkOperation.objects.exists()


def test_columns_that_are_not_known_are_asked_about_and_remembered(ada):
    content = b"Artikelnummer;Bezeichnung;Preis;Lager\na;A cube;12,50;3\n"
    page = choose(ada, content)
    assert page.templates[0].name == "catalog/columns.html"
    form = page.context["form"]
    assert [field.initial for field, _ in form.lines()] == ["id", "name", "basePrice", ""]
    assert (form.fields["decimal"].initial, form.fields["delimiter"].initial) == (",", ";")
    sent = {"encoding": form.fields["encoding"].initial, "delimiter": ";", "decimal": ",", "column-0": "id",
            "column-1": "description", "column-2": "basePrice", "column-3": "name"}  # fmt: skip
    checked = ada.post(page.wsgi_request.path + "columns/", sent, follow=True)
    assert counts(checked) == {"created": 1}
    confirm(ada, checked)
    sku = SKU.objects.get()
    assert (sku.name, sku.description, sku.base_price) == ("3", "A cube", 1250)
    assert counts(choose(ada, content.replace(b"12,50", b"13,00"))) == {"updated": 1}


def test_a_mapping_has_an_id_and_each_field_once(ada):
    page = choose(ada, b"what,who\na,A cube\n")
    address = page.wsgi_request.path + "columns/"
    refused = ada.post(address, {**READING, "column-0": "name", "column-1": "name"})
    assert refused.status_code == 400
    assert refused.context["form"].non_field_errors() == [
        "Columns A and B are both name; keep one of them.", "No column is the id of the SKUs."
    ]  # fmt: skip
    assert Upload.objects.get().state == "received"


def test_a_file_that_is_read_with_another_delimiter_has_other_columns(ada):
    page = choose(ada, b"id,name\na,A cube\nb,A ball\n")
    address = page.wsgi_request.path + "columns/"
    again = ada.post(address, READING | {"delimiter": "|", "column-0": "id", "column-1": "name"})
    assert [field.label for field, _ in again.context["form"].lines()] == ["A: id,name"]
    assert again.context["form"].fields["delimiter"].initial == "|"


def test_an_upload_whose_file_is_gone_leads_back_to_the_form(ada):
    """As after the shop was restored from a backup, which holds no files of uploads."""
    page = choose(ada, b"what,who\na,A cube\n")
    path_of(Upload.objects.get()).unlink()
    sent = READING | {"column-0": "id", "column-1": "name"}
    for more in ({}, {"delimiter": "|"}):
        again = ada.post(page.wsgi_request.path + "columns/", sent | more, follow=True)
        assert again.redirect_chain == [(FORM, 302)]
        assert "choose the file again" in again.content.decode()


def test_a_file_that_switches_many_off_is_confirmed_by_their_number(ada, settings):
    settings.UPLOAD_TYPE_IN_ABOVE = 1
    make_skus(4)
    page = choose(ada, GOOD, mode="replace")
    sent = {"plan": page.context["plan"], "policy": "atomic"}
    refused = ada.post(page.wsgi_request.path, {**sent, "typed": "3"})
    assert refused.status_code == 409
    assert b"Type 2 to say that so many SKUs are to be switched off." in refused.content
    assert SKU.objects.active().count() == 4
    ada.post(page.wsgi_request.path, {**sent, "typed": "2"})
    assert set(prices()) == {"sku-0001", "sku-0002", "sku-new"}


def test_rows_come_in_pages_and_as_many_statements(ada):
    rows = "".join(f"n{number:04d},A cube\n" for number in range(120))
    page = choose(ada, f"id,name\n{rows}".encode())
    address, found = page.wsgi_request.path, []
    with statements() as for_one:
        ada.get(address)
    after: int | None = -1
    while after is not None:
        page = ada.get(address, {"show": "created", "after": after})
        found += [line["id"] for line in page.context["lines"]]
        after = page.context["page"].after
    assert found == [f"n{number:04d}" for number in range(120)]
    small = choose(ada, b"id,name\na,A cube\n")
    with statements() as for_few:
        ada.get(small.wsgi_request.path)
    assert len(for_one) == len(for_few)


@pytest.mark.parametrize("missing", ["file", "mode"])
def test_a_form_without_file_or_mode_is_shown_again(ada, missing):
    sent = {"file": SimpleUploadedFile("a.csv", GOOD), "mode": "upsert"}
    del sent[missing]
    assert ada.post(FORM, sent).context["form"].errors.keys() == {missing}


def test_cells_are_shown_as_text(ada):
    page = choose(ada, b"id,name\na,<script>alert(1)</script>\n<b>,x\n", name="<i>.csv")
    assert b"<script>alert(1)" not in page.content
    assert b"<b>" not in page.content
    assert b"&lt;i&gt;.csv: 2 rows" in page.content
    assert b"&lt;script&gt;" in ada.get(page.wsgi_request.path, {"show": "created"}).content


READING = {"encoding": "utf-8-sig", "delimiter": ",", "decimal": "."}
NOBODYS = "7d5f0f0e-6b1d-4c6e-9d7a-0f6f0d6f2a11"


PAGES = ["", "columns/", "progress/", "refused.csv"]


@pytest.mark.parametrize("path", ["", "files/template.csv", *(f"{NOBODYS}/{page}" for page in PAGES)])
def test_only_administrators_may_upload(path):
    operator = client_of(User.objects.create_user("olaf", is_staff=True))
    assert operator.get(FORM + path).status_code == 403
    assert Client().get(FORM + path).status_code == 302


def test_an_upload_is_its_senders_alone(ada):
    page = choose(ada, GOOD)
    other = client_of(User.objects.create_superuser("eve"))
    for path in PAGES:
        assert other.get(page.wsgi_request.path + path)["Location"] == FORM
    assert confirm(other, page).redirect_chain == [(FORM, 302)]
    assert not SKU.objects.exists()


def test_uploads_need_the_token_of_the_form():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("ada"), backend="django.contrib.auth.backends.ModelBackend")
    assert choose(client, GOOD).status_code == 403


def test_an_upload_that_nobody_confirms_is_swept_away(ada):
    page = choose(ada, GOOD)
    Upload.objects.update(changed_at=timezone.now() - timedelta(hours=25))
    choose(ada, GOOD)
    (left,) = Upload.objects.all()
    assert [path_of(left).name] == storage().listdir("")[1]
    assert ada.get(page.wsgi_request.path).url == FORM


def test_an_upload_that_was_left_is_found_again(ada):
    page = choose(ada, GOOD)
    assert page.wsgi_request.path.encode() in ada.get(FORM).content
    assert b"waits for your confirmation" in ada.get(FORM).content


def test_what_is_kept_is_readable_by_the_shop_alone(ada, tmp_path):
    choose(ada, GOOD)
    (kept,) = (tmp_path / "uploads").iterdir()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_pages_ask_no_other_host_for_anything(ada):
    for page in (ada.get(FORM), choose(ada, MIXED)):
        assert b'src="http' not in page.content
        assert b'href="http' not in page.content


def test_the_list_of_skus_leads_to_the_form(ada):
    assert FORM.encode() in ada.get("/admin/catalog/sku/").content


def test_it_tells_receivers_that_a_file_is_in_and_not_of_each_row(ada):
    make_skus(2)
    create(house(), {"url": "https://shop.example/hooks"}, NOON)
    page = choose(ada, GOOD)
    assert not Message.objects.exists()
    confirm(ada, page)
    told = orjson.loads(Message.objects.get().body)
    assert (told["type"], told["data"]["name"]) == ("bulk_operation.finished", "skus.import")
    assert told["data"]["counts"] == {"created": 1, "updated": 1, "unchanged": 1}
