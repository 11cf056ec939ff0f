"""Who gets access: customers found by the account's own id or by e-mail address, made where there is none."""

from uuid import uuid4

import pytest

from orders.models import Customer, Order
from orders.v3.tests.storefront import Storefront, account, order_of, permission, product, storefront
from printshop.testing import NOON

pytestmark = pytest.mark.django_db
ADA = "ada@mail.example"


def customer_of(made) -> Customer:
    return order_of(made).customer


def people() -> list[tuple[str, str]]:
    return sorted(Customer.objects.values_list("external_id", "email"))


def test_it_makes_a_customer_of_the_account(shop: Storefront):
    made = shop.make(user={"id": "u1", "email": "Ada@Mail.example", "firstname": "Ada", "lastname": "Byron"})
    customer = customer_of(made)
    assert made["user"] == {
        "id": "u1",
        "uuid": str(customer.uuid),
        "email": ADA,
        "firstname": "Ada",
        "lastname": "Byron",
    }
    assert (customer.account.code, customer.name) == ("partner", "Ada Byron")


@pytest.mark.parametrize(
    "user", [{"id": "u1"}, {"email": ADA}, {"email": "ADA@MAIL.EXAMPLE"}, {"id": "u1", "email": ADA}]
)
def test_it_finds_a_customer_by_id_or_address_in_any_case(shop: Storefront, user):
    first = shop.make(user={"id": "u1", "email": ADA})
    assert shop.make(user=user)["user"] == first["user"]
    assert Customer.objects.count() == 1


def test_it_learns_what_it_did_not_know_and_keeps_what_it_knew(shop: Storefront):
    customer = customer_of(shop.make(user={"id": "u1"}))
    assert customer_of(shop.make(user={"id": "u1", "email": ADA})) == customer
    assert people() == [("u1", ADA)]
    # A known address is not replaced: the id says who it is.
    assert customer_of(shop.make(user={"id": "u1", "email": "new@mail.example"})) == customer
    assert people() == [("u1", ADA)]


def test_it_fills_in_the_id_of_a_customer_known_by_address(shop: Storefront):
    customer = customer_of(shop.make(user={"email": ADA}))
    assert customer_of(shop.make(user={"id": "u1", "email": ADA})) == customer
    assert people() == [("u1", ADA)]


def test_it_makes_one_customer_of_orders_that_name_the_same_new_person(shop: Storefront):
    body = shop.bulk(
        permission(user={"id": "u1"}),
        permission(user={"email": ADA}),
        permission(user={"id": "u2", "email": "b@mail.example"}),
        permission(user={"email": "B@mail.example"}),
        permission(user={"id": "u2"}),
    )
    customers = [customer_of(order).pk for order in body["orders"]]
    assert people() == [("", ADA), ("u1", ""), ("u2", "b@mail.example")]
    assert len(set(customers)) == 3
    assert len(set(customers[2:])) == 1


def test_it_puts_together_what_orders_of_one_request_know_of_a_person(shop: Storefront):
    shop.bulk(
        permission(user={"id": "u1"}), permission(user={"id": "u1", "email": ADA}), permission(user={"email": ADA})
    )
    assert people() == [("u1", ADA)]


CONFLICT = {"user.email": ["The user.email belongs to another user."]}


@pytest.mark.parametrize(
    "known",
    [
        [{"id": "u1"}, {"email": ADA}],
        [{"id": "u1"}, {"id": "u2", "email": ADA}],
        [{"id": "u2", "email": ADA}],
        [{"id": "u1", "email": "old@mail.example"}, {"email": ADA}],
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_it_refuses_an_id_and_an_address_of_two_people(shop: Storefront, known, together: bool):
    asked = permission(user={"id": "u1", "email": ADA}, external_id="last")
    orders = [permission(user=user) for user in known]
    if together:
        body = shop.bulk(*orders, asked)
        assert body["errors"] == [{"index": len(known), "external_id": "last", "errors": CONFLICT}]
    else:
        shop.bulk(*orders)
        assert shop.faults(**asked) == CONFLICT
    assert Order.objects.count() == len(known)
    assert Customer.objects.count() == len(known)


def test_it_makes_no_customer_for_an_order_that_it_refuses(shop: Storefront):
    bad = permission(user={"id": "nobody", "email": ADA}, products=[product("NOPE")])
    body = shop.bulk(bad, permission(user={"id": "u1"}), bad, permission(external_id="twice", user={"id": "u1"}))
    assert (body["created"], people()) == (2, [("u1", "")])
    shop.bulk(permission(external_id="twice", user={"id": "late"}), permission(user={"id": "u1"}))
    assert people() == [("u1", "")]


def test_it_learns_nothing_from_an_order_that_it_refuses(shop: Storefront):
    shop.make(user={"id": "u1"})
    shop.bulk(permission(user={"id": "u1", "email": ADA}, products=[product("NOPE")]), permission(user={"id": "u1"}))
    assert people() == [("u1", "")]


# --- Customers that another account keeps ----------------------------------------------------------------------------
def test_it_finds_another_accounts_customer_by_address_and_leaves_it_alone(shop: Storefront):
    theirs = customer_of(storefront("other").make(user={"id": "their-id", "email": ADA}))
    for user in ({"email": ADA}, {"id": "u1", "email": ADA}, {"id": "their-id", "email": ADA}):
        made = shop.make(user=user)
        assert customer_of(made) == theirs
        assert made["user"] | {"uuid": ""} == {
            "id": None,
            "uuid": "",
            "email": ADA,
            "firstname": None,
            "lastname": None,
        }
    theirs.refresh_from_db()
    assert (theirs.external_id, theirs.account.code, Customer.objects.count()) == ("their-id", "other", 1)


def test_it_fills_nothing_in_for_another_account(shop: Storefront):
    theirs = Customer.objects.create(id="c", uuid=uuid4(), account=account("other"), email=ADA, created_at=NOON)
    shop.make(user={"id": "u1", "email": ADA})
    theirs.refresh_from_db()
    assert theirs.external_id == ""


def test_it_keeps_the_ids_of_two_accounts_apart(shop: Storefront):
    theirs = customer_of(storefront("other").make(user={"id": "u1", "email": ADA}))
    mine = customer_of(shop.make(user={"id": "u1"}))
    assert theirs != mine
    assert shop.faults(user={"id": "u1", "email": ADA}) == CONFLICT
