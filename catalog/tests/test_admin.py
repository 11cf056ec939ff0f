"""SKUs, stores and pages at the admin."""

from typing import Any
from uuid import uuid4

import pytest

from catalog.models import SKU, Media, Page, Store, StoreValue
from catalog.services import media
from catalog.services.stores import own_values
from printshop.api.reading import Item
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_skus, snapshot
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


def test_it_puts_skus_on_sale_again_after_showing_so(desk: Desk) -> None:
    keys = make_skus(3)
    SKU.objects.filter(pk__in=keys[:2]).update(active=False)
    page = desk.tick(SKU, keys, "activate")
    assert "2 will be activated, 1 stays as it is" in text_of(page)
    assert "active: no → yes" in text_of(page)
    assert desk.press(SKU, page).status_code == 302
    assert SKU.objects.filter(active=True).count() == 3


# --- Media and pages -------------------------------------------------------------------------------------------------
def make_media(count: int) -> list[int]:
    """The ids of that many pictures of a SKU, named by their addresses."""
    make_skus()
    urls = [f"https://cdn.example/{number}.png" for number in range(count)]
    picture = {"sku_id": "sku-0001", "media_type": "image"}
    items = [Item(index, {**picture, "label": f"View {index}", "url": one}) for index, one in enumerate(urls)]
    return [int(one.reference) for one in run(media.CREATE, Batch(items, {}, make_actor(), NOON)).outcomes]


def test_it_hides_shows_and_deletes_media_of_any_sku(desk: Desk) -> None:
    first, second, gone = make_media(3)
    page = desk.tick(Media, [first, second], "hide")
    assert "2 will be hidden" in text_of(page)
    assert "View 0, image of sku-0001" in text_of(page)
    assert "disabled: no → yes" in text_of(page)
    desk.press(Media, page)
    assert set(Media.objects.filter(disabled=True).values_list("pk", flat=True)) == {first, second}
    again = desk.tick(Media, [first, gone], "show")
    assert "1 will be shown, 1 stays as it is" in text_of(again)
    desk.press(Media, again)
    delete = desk.tick(Media, [second, gone], "delete")
    Media.objects.get(pk=gone).delete()
    changed = desk.press(Media, delete)
    assert f"There is no media entry {gone}." in text_of(changed)
    desk.press(Media, changed)
    assert list(Media.objects.values_list("pk", flat=True)) == [first]


def test_it_publishes_and_hides_pages(desk: Desk) -> None:
    for name in ("about", "terms"):
        desk.post(Page, "add", {"title": name, "identifier": name, "content": "", "active": "on"})
    keys = list(Page.objects.values_list("pk", flat=True))
    desk.press(Page, desk.tick(Page, keys, "hide"))
    assert not Page.objects.filter(active=True).exists()
    page = desk.tick(Page, keys[:1], "publish")
    assert "active: no → yes" in text_of(page)
    desk.press(Page, page)
    assert Page.objects.filter(active=True).count() == 1


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


# --- Pages -----------------------------------------------------------------------------------------------------------
ABOUT = {"title": "About", "identifier": "about", "content": "We print.", "active": "on"}


def test_it_makes_and_changes_a_page_as_operations(desk: Desk) -> None:
    assert desk.post(Page, "add", ABOUT).status_code == 302
    made = Page.objects.get()
    desk.post(Page, "change", {**ABOUT, "content": "", "active": ""}, made.pk)
    changed = Page.objects.get()
    assert (changed.content, changed.active) == ("", False)
    assert list(BulkOperation.objects.order_by("uuid").values_list("name", flat=True)) == ["pages.create", "pages.edit"]
    item = BulkOperation.objects.get(name="pages.edit").items.get()
    assert (item.reference, item.before) == (str(made.pk), {"content": "We print.", "active": True})
    assert "pages.edit" in desk.get(Page, "change", made.pk).content.decode()


def test_it_shows_a_fault_of_a_page_at_its_field(desk: Desk) -> None:
    desk.post(Page, "add", ABOUT)
    before = snapshot()
    answer = desk.post(Page, "add", {**ABOUT, "identifier": "ABOUT"})
    assert errors_of(answer) == {"identifier": ["Another page has the identifier ABOUT already."]}
    assert "identifier" in errors_of(desk.post(Page, "add", {**ABOUT, "identifier": "about us"}))
    assert snapshot() == before


def test_it_deletes_pages_after_showing_so(desk: Desk) -> None:
    for identifier in ("about", "help", "jobs"):
        desk.post(Page, "add", {**ABOUT, "identifier": identifier})
    first, second, third = Page.objects.order_by("pk")
    page = desk.tick(Page, [first.pk, second.pk], "delete")
    assert "2 will be deleted" in text_of(page)
    assert Page.objects.count() == 3
    assert desk.press(Page, page).status_code == 302
    assert Page.objects.get() == third
    shown = desk.client.get(url(Page, "plan", third.pk, "delete"))
    plan = shown.context["plan"]
    sent = {"step": "confirm", "rows": f"[{third.pk}]", "plan": plan, "policy": "partial"}
    answer = desk.client.post(url(Page, "plan", third.pk, "delete"), sent)
    assert (answer.status_code, answer["Location"]) == (302, url(Page, "changelist"))
    assert not Page.objects.exists()


# --- Stores ----------------------------------------------------------------------------------------------------------
VALUES = {"name": "Ein Würfel", "description": "", "base_price": "9.50", "active": "unknown"}


@pytest.fixture
def store() -> Store:
    make_skus()
    return Store.objects.create(code="de", name="Deutschland")


def test_it_sets_the_values_of_a_store_as_an_operation(desk: Desk, store: Store) -> None:
    answer = desk.post(StoreValue, "add", {**VALUES, "sku": "sku-0001", "store": "de"})
    assert answer.status_code == 302
    assert own_values(["sku-0001"], "de") == {"sku-0001": {"name": "Ein Würfel", "base_price": 950}}
    operation = BulkOperation.objects.get()
    assert (operation.name, operation.terms) == ("skus.store", {"store": "de"})


def test_it_gives_a_value_back_to_the_shop_when_it_is_emptied(desk: Desk, store: Store) -> None:
    desk.post(StoreValue, "add", {**VALUES, "sku": "sku-0001", "store": "de"})
    row = StoreValue.objects.get()
    desk.post(StoreValue, "change", {**VALUES, "name": "", "active": "false"}, row.pk)
    assert own_values(["sku-0001"], "de") == {"sku-0001": {"base_price": 950, "active": False}}
    item = BulkOperation.objects.order_by("-uuid")[0].items.get()
    assert (item.reference, item.before) == ("sku-0001", {"name": "Ein Würfel", "active": None})
    page = desk.get(StoreValue, "change", row.pk).content.decode()
    assert "skus.store" in page
    assert 'value="9.50"' in page


def test_it_shows_a_fault_of_a_store_value(desk: Desk, store: Store) -> None:
    before = snapshot()
    answer = desk.post(StoreValue, "add", {**VALUES, "sku": "sku-0001", "store": "de", "base_price": "1.005"})
    assert list(errors_of(answer)) == ["base_price"]
    answer = desk.post(StoreValue, "add", {**VALUES, "sku": "sku-0009", "store": "de"})
    assert list(errors_of(answer)) == ["sku"]
    nothing = {**dict.fromkeys(VALUES, ""), "sku": "sku-0001", "store": "de"}
    assert errors_of(desk.post(StoreValue, "add", nothing)) == {"__all__": ["Give at least one value."]}
    assert snapshot() == before


def test_it_shows_on_a_sku_what_stores_see_and_show_of_it(desk: Desk, store: Store) -> None:
    desk.post(StoreValue, "add", {**VALUES, "sku": "sku-0001", "store": "de"})
    Media.objects.create(
        uuid=uuid4(), sku_id="sku-0001", media_type="image", label="<b>Front</b>", position=1,
        url="https://pictures.example/1.png", created_at=NOON, updated_at=NOON,
    )  # fmt: skip
    page = desk.get(SKU, "change", "sku-0001").content.decode()
    assert "name: Ein Würfel, basePrice: 9.5" in page
    assert "&lt;b&gt;Front&lt;/b&gt;" in page
    assert "https://pictures.example/1.png" in desk.get(Media, "change", Media.objects.get().pk).content.decode()


def test_it_lets_operators_look_at_stores_and_pages_alone(store: Store) -> None:
    boss = Desk(make_boss())
    boss.post(Page, "add", ABOUT)
    boss.post(StoreValue, "add", {**VALUES, "sku": "sku-0001", "store": "de"})
    allowed = [f"{verb}_{name}" for verb in ("view", "add", "change", "delete") for name in ("page", "storevalue")]
    operator = Desk(make_operator(*allowed))
    before = snapshot()
    for model, fields in ((Page, ABOUT), (StoreValue, VALUES)):
        row = model._default_manager.get()
        assert operator.get(model, "change", row.pk).status_code == 200
        assert operator.get(model, "add").status_code == 403
        assert operator.post(model, "change", {**fields, "name": "x", "title": "x"}, row.pk).status_code == 403
    assert snapshot() == before
