"""SKUs, stores and pages at the admin."""

from typing import Any

import pytest

from catalog.models import SKU, Page, Store
from printshop.bulk.models import BulkOperation
from printshop.testing import make_skus, snapshot
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db
FIELDS = {"name": "A cube", "description": "", "kind": "print", "machine_type": "", "material": "PLA",
          "estimated_print_time": "", "estimated_material_grams": "", "base_price": "12.50", "currency": "USD",
          "quality_tiers": "{}", "options": "[]", "active": "on"}  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk(make_boss())


def errors_of(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def test_it_makes_a_sku_as_an_operation(desk: Desk) -> None:
    answer = desk.post(SKU, "add", {**FIELDS, "id": "sku-new", "base_price": "7.99", "machine_type": "resin"})
    assert answer.status_code == 302
    made = SKU.objects.get()
    assert (made.pk, made.base_price, made.machine_type, made.active) == ("sku-new", 799, "resin", True)
    operation = BulkOperation.objects.get()
    assert (operation.name, operation.terms, operation.user) == ("skus.import", {"mode": "create"}, desk.user)


def test_it_edits_a_sku_as_an_operation_with_the_changed_fields_alone(desk: Desk) -> None:
    make_skus()
    tiers = '{"fine": {"multiplier": 1.5}}'
    desk.post(SKU, "change", {**FIELDS, "base_price": "13.00", "quality_tiers": tiers}, "sku-0001")
    assert SKU.objects.get().base_price == 1300
    item = BulkOperation.objects.get().items.get()
    assert item.before == {"basePrice": 12.5, "qualityTiers": {}}
    assert item.after == {"basePrice": 13.0, "qualityTiers": {"fine": {"multiplier": 1.5}}}


def test_it_clears_what_is_emptied(desk: Desk) -> None:
    make_skus()
    desk.post(SKU, "change", {**FIELDS, "material": ""}, "sku-0001")
    assert SKU.objects.get().material == ""
    assert BulkOperation.objects.get().items.get().after == {"material": None}


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"base_price": "-1"}, "base_price", "Ensure this value is greater than or equal to 0."),
        ({"base_price": "1.005"}, "base_price", "Ensure that there are no more than 2 decimal places."),
        ({"currency": "JPY"}, "currency", "currency must be an ISO 4217 currency with two decimals"),
        ({"kind": "content", "machine_type": "resin"}, "machine_type", "Only a SKU of kind print has a machineType."),
        (
            {"quality_tiers": '{"great": {"multiplier": 2}}'},
            "quality_tiers",
            "qualityTiers.great is not a known field.",
        ),
        ({"options": '[{"key": "a"}]'}, "options", "options.0.label is required."),
    ],
)
def test_it_shows_a_fault_at_its_field_and_saves_nothing(
    desk: Desk, changed: dict[str, str], field: str, sentence: str
) -> None:
    make_skus()
    before = snapshot()
    answer = desk.post(SKU, "change", {**FIELDS, **changed}, "sku-0001")
    assert answer.status_code == 200
    assert any(said.startswith(sentence) for said in errors_of(answer)[field])
    assert snapshot() == before


def test_it_makes_no_sku_twice(desk: Desk) -> None:
    make_skus()
    before = snapshot()
    answer = desk.post(SKU, "add", {**FIELDS, "id": "sku-0001"})
    assert errors_of(answer) == {"id": ["SKU sku-0001 exists already."]}
    assert snapshot() == before


def test_it_deactivates_skus_after_showing_so(desk: Desk) -> None:
    keys = make_skus(3)
    SKU.objects.filter(pk=keys[2]).update(active=False)
    page = desk.tick(SKU, keys, "deactivate")
    assert "2 will be deactivated, 1 stays as it is" in text_of(page)
    assert "active: yes → no" in text_of(page)
    assert SKU.objects.filter(active=True).count() == 2
    assert desk.press(SKU, page).status_code == 302
    assert not SKU.objects.filter(active=True).exists()
    operation = BulkOperation.objects.get()
    assert (operation.counts, operation.user) == ({"updated": 2, "unchanged": 1}, desk.user)


def test_it_lets_operators_look_at_skus_alone_whatever_permissions_they_were_given() -> None:
    make_skus(2)
    operator = Desk(make_operator("view_sku", "add_sku", "change_sku", "delete_sku"))
    page = Desk(make_boss()).tick(SKU, ["sku-0001"], "deactivate")
    before = snapshot()
    assert operator.get(SKU, "change", "sku-0001").status_code == 200
    assert operator.get(SKU, "add").status_code == 403
    assert operator.post(SKU, "change", {**FIELDS, "name": "x"}, "sku-0001").status_code == 403
    assert 'value="deactivate"' not in operator.get(SKU).content.decode()
    operator.tick(SKU, ["sku-0001"], "deactivate")
    operator.press(SKU, page)
    assert operator.client.get(url(SKU, "plan", "sku-0001", "deactivate")).status_code == 403
    assert snapshot() == before


def test_it_keeps_one_default_store_and_says_which(desk: Desk) -> None:
    desk.post(Store, "add", {"code": "de", "name": "Deutschland", "default": "on"})
    assert Store.objects.get().default
    answer = desk.post(Store, "add", {"code": "fr", "name": "France", "default": "on"})
    assert errors_of(answer) == {"default": ["de is the default store; take the mark from it first."]}
    answer = desk.post(Store, "add", {"code": "admin", "name": "Admin"})
    assert errors_of(answer) == {"code": ["admin is an address of the shop itself; choose another code."]}


def test_it_stamps_pages(desk: Desk) -> None:
    desk.post(Page, "add", {"title": "About", "identifier": "about", "content": "We print.", "active": "on"})
    made = Page.objects.get()
    assert made.created_at == made.updated_at
    desk.post(Page, "change", {"title": "About us", "identifier": "about", "content": "", "active": "on"}, made.pk)
    changed = Page.objects.get()
    assert changed.title == "About us"
    assert changed.created_at == made.created_at < changed.updated_at
