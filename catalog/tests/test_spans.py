"""Rows of a file that change nothing are kept together; nobody can tell that from rows that are kept one by one."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SKU, StagedRow, StagedSpan
from catalog.tests.test_large_uploads import active, applied, checked, confirm, counts, work_off
from catalog.uploads import showing
from printshop.testing import make_skus, statements

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("few_at_once")]


def lines(rows: int, name: str = "A cube", prefix: str = "sku") -> str:
    return "".join(f"{prefix}-{number:04d},{name}\n" for number in range(1, rows + 1))


def pages(client: Client, path: str, tab: str) -> list[list[tuple[int, str]]]:
    """Row and SKU of each line, page by page."""
    found, after = [], -1
    while True:
        context = client.get(path, {"show": tab, "after": str(after)}).context
        found.append([(line["row"], line["id"]) for line in context["lines"]])
        after = context["page"].after
        if after is None:
            return found


@pytest.mark.parametrize(("mode", "tab"), [("upsert", "unchanged"), ("append", "skipped")])
def test_rows_of_many_spans_are_shown_page_by_page(ada: Client, monkeypatch: Any, mode: str, tab: str) -> None:
    monkeypatch.setattr(showing, "PAGE", 4)
    make_skus(11)
    page = checked(ada, f"id,name\nnew,A cone\n\n{lines(11)}".encode(), mode=mode)
    assert counts(page) == {"created": 1, tab: 11}
    assert (StagedSpan.objects.count(), StagedRow.objects.count()) == (6, 1)
    rows = [(number + 3, f"sku-{number:04d}") for number in range(1, 12)]
    assert pages(ada, page.wsgi_request.path, tab) == [rows[:4], rows[4:8], rows[8:]]


def test_a_page_of_them_takes_as_many_statements_whatever_their_number(ada: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(showing, "PAGE", 4)
    make_skus(30)
    taken = []
    for rows in (2, 30):
        path = checked(ada, f"id,name\nnew,A cone\n{lines(rows)}".encode()).wsgi_request.path
        with statements() as sent:
            ada.get(path, {"show": "unchanged"})
        taken.append(len(sent))
    assert taken[0] == taken[1]


def test_what_stands_in_a_span_is_not_switched_off(ada: Client) -> None:
    make_skus(6)
    page = applied(ada, f"id,name\n{lines(4)}".encode(), mode="replace")
    assert page.context["upload"].counts == {"unchanged": 4, "deactivated": 2}
    assert active() == [f"sku-{number:04d}" for number in range(1, 5)]


def test_a_row_that_repeats_one_of_a_span_is_refused(ada: Client) -> None:
    make_skus(4)
    page = checked(ada, f"id,name\n{lines(4)}sku-0002,A ball\n".encode())
    assert counts(page) == {"unchanged": 4, "refused": 1}
    (line,) = page.context["lines"]
    assert [fault.message for fault in line["faults"]] == [
        "SKU sku-0002 stands in this file twice, in row 3 and row 6."
    ]


def test_a_sku_of_a_span_that_changes_before_the_confirmation_is_noticed_and_shown(ada: Client) -> None:
    make_skus(4)
    content = f"id,name\nnew,A cone\n{lines(4)}".encode()
    page = checked(ada, content)
    SKU.objects.filter(pk="sku-0003").update(base_price=7, updated_at=timezone.now())
    confirm(ada, page)
    work_off()
    assert not SKU.objects.filter(pk="new").exists()
    # What changed is no field that the file names: it still changes nothing there.
    again = ada.get(page.wsgi_request.path, {"show": "changed"})
    assert [(line["row"], line["id"], line["verdict"]) for line in again.context["lines"]] == [
        (5, "sku-0003", "unchanged")
    ]
    confirm(ada, again)
    work_off()
    assert SKU.objects.filter(pk="new").exists()
    assert not StagedSpan.objects.exists()


def test_what_another_release_has_checked_is_checked_again(ada: Client) -> None:
    make_skus(2)
    page = checked(ada, f"id,name\nnew,A cone\n{lines(2)}".encode())
    StagedRow.objects.all().delete()
    StagedSpan.objects.all().delete()
    confirm(ada, page)
    work_off()
    assert not SKU.objects.filter(pk="new").exists()
    again = ada.get(page.wsgi_request.path)
    assert counts(again) == {"created": 1, "unchanged": 2}
    confirm(ada, again)
    work_off()
    assert SKU.objects.filter(pk="new").exists()


def test_null_and_money_come_out_of_the_image_as_they_went_in(ada: Client) -> None:
    make_skus(1)
    SKU.objects.update(material="PLA", estimated_print_time=5, quality_tiers={"fine": {"multiplier": 2.0}})
    row = (
        b'[{"id": "sku-0001", "material": null, "estimatedPrintTime": null, "qualityTiers": null, "basePrice": 0.29},'
        b' {"id": "new", "name": "It\'s 100 % \\"new\\"", "material": null, "basePrice": 1099.07, "description": ""}]'
    )
    applied(ada, row, name="skus.json")
    fields = ("material", "estimated_print_time", "quality_tiers", "base_price", "name")
    assert list(SKU.objects.order_by("-pk").values_list(*fields)) == [
        ("", None, {}, 29, "A cube"), ("", None, {}, 109907, 'It\'s 100 % "new"')
    ]  # fmt: skip
    new = SKU.objects.get(pk="new")
    assert (new.kind, new.description, new.currency, new.active, new.options) == ("print", "", "USD", True, [])
