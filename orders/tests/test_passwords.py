"""Customers' passwords: sealed while they wait, hashed when they are stored, never shown."""

from typing import Any

import pytest

from orders import shapes
from orders.models import Customer
from orders.passwords import in_payload, is_sealed, matches, sealed, stored, with_hashed
from orders.services import customers
from printshop.api.reading import Item, read
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, KeyClient, make_actor, snapshot

SECRET = "correct horse battery staple"


def test_it_seals_the_same_password_alike_and_others_apart():
    assert sealed(SECRET) == sealed(SECRET)
    assert sealed(SECRET) != sealed(SECRET + " ")
    assert is_sealed(sealed(SECRET))
    assert SECRET not in sealed(SECRET)


def test_it_seals_otherwise_in_another_shop(settings: Any):
    before = sealed(SECRET)
    settings.SECRET_KEY = "another key, of another shop"
    assert sealed(SECRET) != before


@pytest.mark.parametrize("text", [SECRET, "", "sealed-sha256$", sealed("x")[:-1], sealed("x") + "\n", None, 7])
def test_it_tells_what_is_not_sealed(text: Any):
    assert not is_sealed(text)
    with pytest.raises(ValueError, match="sealed"):
        stored(text)


@pytest.mark.parametrize("length", [1, 1024])
def test_it_takes_any_text_of_a_fitting_length(length: int):
    assert in_payload("ü" * length) == sealed("ü" * length)


@pytest.mark.parametrize("value", ["", "x" * 1025, 12345678, None, [SECRET], {"a": SECRET}])
def test_it_blots_out_what_is_no_password(value: Any):
    assert in_payload(value) == "********"


@pytest.mark.parametrize("value", [SECRET, 12345678, None, [SECRET], "********"])
def test_its_shape_refuses_what_is_not_sealed_and_does_not_show_it(value: Any):
    read_value, [fault] = read(shapes.CustomerWithPassword, {"id": "ada", "password": value})
    assert (fault.code, fault.path, fault.message) == (
        "BAD_SECRET",
        "password",
        "password must be text of 1 to 1024 characters.",
    )
    assert read_value == {"id": "ada"}
    assert not isinstance(fault.value, (str, int))
    assert str(value) not in fault.message


def test_its_shape_takes_a_sealed_one():
    value = {"id": "ada", "password": sealed(SECRET)}
    assert read(shapes.CustomerWithPassword, value) == (value, [])


# --- Stored ----------------------------------------------------------------------------------------------------------
def carry_out(operation: Operation, **value: Any) -> Result:
    items = [Item(0, one) for one in with_hashed([value])]
    return run(operation, Batch(items, {}, make_actor(), NOON))


@pytest.mark.django_db
def test_it_keeps_a_hash_that_knows_the_password():
    carry_out(customers.CREATE, id="ada", password=sealed(SECRET))
    ada = Customer.objects.get()
    assert matches(ada, SECRET)
    assert not matches(ada, SECRET.upper())
    assert not matches(ada, ada.password)
    assert not matches(ada, sealed(SECRET))


@pytest.mark.django_db
def test_it_knows_no_password_of_a_customer_without_one():
    carry_out(customers.CREATE, id="ada")
    assert not matches(Customer.objects.get(), "")


@pytest.mark.django_db
def test_it_keeps_the_password_until_another_is_given():
    carry_out(customers.CREATE, id="ada", password=sealed(SECRET))
    carry_out(customers.EDIT, id="ada", name="Ada")
    assert matches(Customer.objects.get(), SECRET)
    carry_out(customers.EDIT, id="ada", password=sealed("another"))
    ada = Customer.objects.get()
    assert (matches(ada, "another"), matches(ada, SECRET), ada.name) == (True, False, "Ada")


@pytest.mark.django_db
def test_it_still_knows_the_password_after_the_secret_key_was_replaced(settings: Any):
    carry_out(customers.CREATE, id="ada", password=sealed(SECRET))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key"
    assert matches(Customer.objects.get(), SECRET)


@pytest.mark.django_db
def test_it_hashes_what_nobody_has_hashed_before():
    item = Item(0, {"id": "ada", "password": sealed(SECRET)})
    run(customers.CREATE, Batch([item], {}, make_actor(), NOON))
    assert matches(Customer.objects.get(), SECRET)


@pytest.mark.django_db(transaction=True)
def test_it_never_stores_a_clear_one():
    before = snapshot()
    batch = Batch([Item(0, {"id": "ada", "password": SECRET})], {}, make_actor(), NOON)
    with pytest.raises(ValueError, match="hash"):
        run(customers.CREATE, batch)
    assert snapshot() == before


@pytest.mark.django_db
def test_it_records_and_previews_nothing_of_it():
    carry_out(customers.CREATE, id="ada", password=sealed(SECRET))
    carry_out(customers.EDIT, id="ada", password=sealed("another"))
    planned = preview(customers.EDIT, Batch([Item(0, {"id": "ada", "password": "x"})], {}, make_actor(), NOON))
    assert planned.outcomes[0].changes == {"password": ["********", "********"]}
    made, edited = BulkItem.objects.order_by("operation__pk")
    assert (made.after, edited.after, edited.before) == ({"password": "********"},) * 3
    recorded = str([list(model.objects.values_list()) for model in (BulkItem, BulkOperation)])
    assert not any(text in recorded for text in (SECRET, sealed(SECRET), Customer.objects.get().password))


@pytest.mark.django_db
@pytest.mark.parametrize("password", [SECRET, sealed(SECRET)])
def test_the_native_dialect_knows_no_password(password: str, operator: KeyClient):
    answer = operator.post("/api/customers", {"id": "ada", "password": password})
    assert answer.status_code == 400
    assert answer.json()["details"]["errors"][0]["code"] == "UNKNOWN_FIELD"
    assert password not in answer.content.decode()
