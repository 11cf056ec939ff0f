"""Store scopes: which values a change reaches, and what each store sees afterwards."""

import pytest

from catalog.models import SKU, Store
from printshop.magento.tests.asking import AsyncClient, drain, make_sku, make_stores
from printshop.testing import NOON, KeyClient, Role, key_client

STORES = ("", "main/", "de/", "fr/", "all/")


@pytest.fixture
def shop(partner: AsyncClient) -> AsyncClient:
    """Three stores, `main` being the default one, and a SKU."""
    make_stores("main", "de", "fr")
    make_sku("cube")
    return partner


def seen(client: AsyncClient, field: str, sku: str = "cube") -> dict[str, object]:
    """A field of a SKU by store; without a code it is what the default store sees."""
    return {store: client.get(f"/rest/{store}V1/products/{sku}").json().get(field) for store in STORES}


def seen_as(main: object, de: object, fr: object, everywhere: object) -> dict[str, object]:
    return dict(zip(STORES, (main, main, de, fr, everywhere), strict=True))


def put(client: AsyncClient, store: str, sku: str = "cube", **product: object) -> None:
    answer = client.send("PUT", f"/rest/{store}V1/products/{sku}", {"product": product})
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("store", ["", "de/", "all/"])
def test_it_makes_a_product_for_all_stores_whatever_the_code(shop: AsyncClient, store: str):
    shop.send("POST", f"/rest/{store}V1/products", {"product": {"sku": "new", "name": "New", "price": 2}})
    assert seen(shop, "name", "new") == seen_as("New", "New", "New", "New")


def test_it_changes_the_default_store_alone_without_a_code(shop: AsyncClient):
    put(shop, "", name="Main cube", price=4)
    assert seen(shop, "name") == seen_as("Main cube", "A thing", "A thing", "A thing")
    assert seen(shop, "price") == seen_as(4.0, 3.2, 3.2, 3.2)


def test_it_changes_one_store_alone_with_its_code(shop: AsyncClient):
    put(shop, "de/", name="Würfel")
    assert seen(shop, "name") == seen_as("A thing", "Würfel", "A thing", "A thing")


def test_it_changes_all_stores_that_have_no_value_of_their_own(shop: AsyncClient):
    put(shop, "de/", name="Würfel")
    put(shop, "", name="Main cube")
    put(shop, "all/", name="Cube", price=9)
    assert seen(shop, "name") == seen_as("Main cube", "Würfel", "Cube", "Cube")
    assert seen(shop, "price") == seen_as(9.0, 9.0, 9.0, 9.0)


def test_it_falls_back_to_the_global_value_when_a_stores_own_is_cleared(shop: AsyncClient):
    put(shop, "de/", name="Würfel", price=5)
    put(shop, "de/", name=None)
    assert seen(shop, "name") == seen_as("A thing", "A thing", "A thing", "A thing")
    assert seen(shop, "price") == seen_as(3.2, 5.0, 3.2, 3.2)


def test_it_lets_a_store_switch_off_and_not_on(shop: AsyncClient):
    put(shop, "de/", status=2)
    assert seen(shop, "status") == seen_as(1, 2, 1, 1)
    put(shop, "fr/", status=1)
    put(shop, "all/", status=2)
    assert {shop.get(f"/rest/{store}V1/products/cube").status_code for store in STORES} == {404}
    put(shop, "all/", status=1)
    assert seen(shop, "status") == seen_as(1, 2, 1, 1)


def test_it_deletes_a_product_everywhere_whatever_the_code(shop: AsyncClient):
    assert shop.send("DELETE", "/rest/de/V1/products/cube").json() is True
    assert {shop.get(f"/rest/{store}V1/products/cube").status_code for store in STORES} == {404}
    native = KeyClient(key_client(Role.ADMIN).key).get("/api/skus/cube").json()
    assert (native["id"], native["active"]) == ("cube", False)


def test_it_refuses_to_give_one_store_what_is_the_same_in_all(shop: AsyncClient):
    answer = shop.send("PUT", "/rest/de/V1/products/cube", {"product": {"material": "ABS", "type_id": "simple"}})
    assert answer.status_code == 400
    assert answer.json()["parameters"]["fieldName"] == "material"
    put(shop, "all/", material="ABS")
    assert seen(shop, "material") == seen_as("ABS", "ABS", "ABS", "ABS")


def test_it_shows_the_native_dialect_global_values(shop: AsyncClient):
    put(shop, "", name="Main cube")
    assert KeyClient(key_client(Role.ADMIN).key).get("/api/skus/cube").json()["name"] == "A thing"


def test_it_changes_the_global_values_where_no_store_is_the_default_one(shop: AsyncClient):
    Store.objects.update(default=False)
    put(shop, "", name="Cube")
    assert SKU.objects.get(pk="cube").name == "Cube"


@pytest.mark.parametrize("path", ["/rest/es/V1/products/cube", "/es/V1/products/cube", "/rest/ALL/V1/products/cube"])
def test_it_knows_no_other_stores(shop: AsyncClient, path: str):
    answer = shop.get(path)
    assert (answer.status_code, answer.json()["message"]) == (404, "There is no store %storeCode.")
    for form in ("async/V1/products/cube", "async/bulk/V1/products/bySku"):
        assert shop.send("PUT", f"/rest/es/{form}", [{"sku": "cube", "product": {}}]).status_code == 404


def test_it_prices_quotes_by_the_store_of_the_path(shop: AsyncClient):
    put(shop, "de/", price=7)
    put(shop, "", price=5)
    prices = {}
    for store in STORES:
        cart = shop.send("POST", f"/rest/{store}V1/carts").json()
        line = {"cartItem": {"sku": "cube", "qty": 1}}
        prices[store] = shop.send("POST", f"/rest/{store}V1/carts/{cart}/items", line).json()["price"]
    assert prices == seen_as(5.0, 7.0, 3.2, 3.2)


@pytest.mark.django_db(transaction=True)
def test_the_worker_minds_the_scope_of_the_request(partner: AsyncClient):
    make_stores("main", "de", "fr")
    SKU.objects.create(id="cube", name="A thing", base_price=320, created_at=NOON, updated_at=NOON)
    for store, name in {"": "Main cube", "de/": "Würfel", "all/": "Cube"}.items():
        partner.later("PUT", f"/{store}async/bulk/V1/products/bySku", [{"sku": "cube", "product": {"name": name}}])
        partner.later("PUT", f"/rest/{store}async/V1/products/cube", {"product": {"price": len(name)}})
    drain()
    assert seen(partner, "name") == seen_as("Main cube", "Würfel", "Cube", "Cube")
    assert seen(partner, "price") == seen_as(9.0, 6.0, 4.0, 4.0)
