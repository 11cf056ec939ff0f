"""The upload pages: a file becomes a preview, the preview an import, and nothing happens in between."""

import csv
import io
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.models import SKU
from catalog.uploads import keeping
from catalog.uploads.keeping import storage
from catalog.uploads.samples import EXAMPLES, SAMPLES
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import make_skus, snapshot

pytestmark = pytest.mark.django_db
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


def prices() -> dict[str, int]:
    return dict(SKU.objects.active().values_list("pk", "base_price"))


def test_a_preview_tells_every_verdict_and_writes_nothing(ada):
    make_skus(2)
    before = snapshot()
    page = choose(ada, GOOD)
    assert page.status_code == 200
    assert page.context["counts"] == {
        "created": 1, "updated": 1, "unchanged": 1, "skipped": 0, "deactivated": 0, "refused": 0
    }  # fmt: skip
    updated = next(section for section in page.context["sections"] if section["name"] == "updated")
    assert updated["rows"] == [{"row": 3, "id": "sku-0002", "changes": [("basePrice", "12.50", "13.00")]}]
    assert b"Nothing has been changed yet" in page.content
    assert snapshot() == before


def test_confirming_does_what_the_preview_showed_and_records_it_once(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    after = confirm(ada, page)
    operation = BulkOperation.objects.get()
    assert operation.counts == {"created": 1, "updated": 1, "unchanged": 1}
    assert (operation.name, operation.actor, operation.terms) == ("skus.import", "ada", {"mode": "upsert"})
    assert prices() == {"sku-0001": 1250, "sku-0002": 1300, "sku-new": 400}
    assert after.redirect_chain == [("/admin/catalog/sku/", 302)]
    assert reverse("admin:bulk_bulkoperation_change", args=[operation.pk]) in after.content.decode()


def test_a_confirmed_upload_is_forgotten_so_that_a_second_click_is_harmless(ada):
    page = choose(ada, GOOD)
    confirm(ada, page)
    again = confirm(ada, page)
    assert again.redirect_chain == [(FORM, 302)]
    assert b"was imported already" in again.content
    assert BulkOperation.objects.count() == 1
    assert storage().listdir("")[1] == []


def test_append_skips_known_skus(ada):
    make_skus(2)
    page = choose(ada, GOOD, mode="append")
    assert (page.context["counts"]["skipped"], page.context["counts"]["created"]) == (2, 1)
    confirm(ada, page)
    assert prices() == {"sku-0001": 1250, "sku-0002": 1250, "sku-new": 400}


def test_replace_says_how_many_skus_it_switches_off_and_does_it(ada):
    make_skus(4)
    page = choose(ada, GOOD, mode="replace")
    assert page.context["counts"]["deactivated"] == 2
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
    (fault,) = page.context["faults"]
    assert (fault.row, fault.reference, fault.column, fault.message, fault.value) == (
        3, "sku-0002", "basePrice", "basePrice must be a number.", "dear"
    )  # fmt: skip
    assert b"basePrice must be a number." in page.content


def test_a_refused_cell_is_told_by_the_name_that_the_file_gives_its_column(ada):
    page = choose(ada, b"ID;Base price;Name\na;dear;x\n")
    assert [fault.column for fault in page.context["faults"]] == ["Base price"]


def test_one_pass_finds_faults_of_shape_and_of_business(ada):
    rows = [{"id": "a", "kind": "content", "machineType": "resin", "name": "x", "basePrice": "1"}, {"id": "b"}, 5]
    page = choose(ada, orjson.dumps(rows), "skus.json")
    found = {(fault.row, fault.column) for fault in page.context["faults"]}
    assert found >= {(1, "machineType"), (1, "basePrice"), (2, "name"), (3, "")}


def test_an_id_that_stands_twice_is_told_by_both_rows(ada):
    page = choose(ada, b"id,name\n\na,x\nb,y\na,z\n")
    messages = [fault.message for fault in page.context["faults"]]
    assert messages == ["SKU a stands in this file twice, in row 3 and row 5."]


def test_nothing_is_imported_while_a_row_is_refused_unless_one_says_so(ada):
    make_skus(2)
    page = choose(ada, MIXED)
    stopped = confirm(ada, page)
    assert stopped.status_code == 409
    assert b"1 of 2 skus is invalid; nothing was imported." in stopped.content
    assert prices()["sku-0001"] == 1250
    done = confirm(ada, stopped, "partial")
    assert done.redirect_chain == [("/admin/catalog/sku/", 302)]
    assert prices() == {"sku-0001": 1400, "sku-0002": 1250}
    assert list(BulkItem.objects.order_by("index").values_list("verdict", flat=True)) == ["updated", "refused"]


def test_refused_rows_can_be_downloaded_mended_and_sent_again(ada):
    make_skus(2)
    page = choose(ada, MIXED.replace(b",", b";"))
    download = ada.get(page.wsgi_request.path + "refused.csv")
    assert download["Content-Disposition"] == 'attachment; filename="refused-skus.csv"'
    text = download.content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["id", "name", "basePrice", "errors"], ["sku-0002", "A cube", "dear", "basePrice must be a number."]
    ]  # fmt: skip
    again = choose(ada, text.replace("dear", "15,50").encode("utf-8-sig"))
    assert again.context["counts"]["updated"] == 1
    confirm(ada, again)
    assert prices()["sku-0002"] == 1550


def test_a_changed_catalogue_shows_the_new_plan_and_imports_nothing(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    SKU.objects.filter(pk="sku-0001").update(base_price=999)
    before = snapshot()
    shown_again = confirm(ada, page)
    assert shown_again.status_code == 409
    assert b"something changed meanwhile" in shown_again.content
    assert shown_again.context["counts"]["updated"] == 2
    assert snapshot() == before
    assert confirm(ada, shown_again).redirect_chain
    assert prices()["sku-0001"] == 1250


def test_a_change_that_leaves_the_counts_as_they_were_is_seen_too(ada):
    make_skus(2)
    page = choose(ada, GOOD)
    SKU.objects.filter(pk="sku-0002").update(base_price=999)
    assert confirm(ada, page).status_code == 409


def test_a_file_that_says_nothing_new_has_nothing_to_confirm(ada):
    make_skus(1)
    page = choose(ada, b"id,name\nsku-0001,A cube\n")
    assert not page.context["may_confirm"]
    assert b"there is nothing to import" in page.content


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("example")])
def test_an_example_can_be_downloaded_and_uploaded(ada, name):
    download = ada.get(f"{FORM}files/{name}")
    assert "attachment" in download["Content-Disposition"]
    confirm(ada, choose(ada, download.content, name))
    assert set(prices()) == {sku["id"] for sku in EXAMPLES}
    assert SKU.objects.get(pk="sku-pla-vase").quality_tiers == EXAMPLES[0]["qualityTiers"]


def test_a_bad_file_stays_on_the_form_with_its_sentence(ada):
    page = choose(ada, b"id,nmae\na,b\n")
    assert page.status_code == 400
    assert page.context["form"].errors["file"] == ["Column B, “nmae”, is not a field of a SKU. Did you mean name?"]
    assert storage().exists("") is False


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


NOBODYS = "7d5f0f0e-6b1d-4c6e-9d7a-0f6f0d6f2a11"


@pytest.mark.parametrize("path", ["", "files/template.csv", f"{NOBODYS}/", f"{NOBODYS}/refused.csv"])
def test_only_administrators_may_upload(path):
    operator = client_of(User.objects.create_user("olaf", is_staff=True))
    assert operator.get(FORM + path).status_code == 403
    assert Client().get(FORM + path).status_code == 302


def test_an_upload_is_its_senders_alone(ada):
    page = choose(ada, GOOD)
    other = client_of(User.objects.create_superuser("eve"))
    assert other.get(page.wsgi_request.path).status_code == 302
    assert confirm(other, page).redirect_chain == [(FORM, 302)]
    assert not SKU.objects.exists()


def test_uploads_need_the_token_of_the_form():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("ada"), backend="django.contrib.auth.backends.ModelBackend")
    assert choose(client, GOOD).status_code == 403


def test_an_upload_that_nobody_confirms_is_swept_away(ada, monkeypatch):
    page = choose(ada, GOOD)
    monkeypatch.setattr(keeping, "KEPT_FOR", -keeping.KEPT_FOR)
    choose(ada, GOOD)
    assert len(storage().listdir("")[1]) == 1
    assert ada.get(page.wsgi_request.path).url == FORM


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
