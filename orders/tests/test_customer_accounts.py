"""A customer belongs to an account: external ids are unique there, addresses everywhere, whoever edits."""

import pytest

from orders.models import Customer
from printshop.api.actors import Role
from printshop.api.models import Account
from printshop.testing import KeyClient, key_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> KeyClient:
    return key_client(Role.ADMIN, account=Account.objects.create(code="another", name="Another"))


def test_it_keeps_external_ids_apart_in_the_customers_own_account(admin: KeyClient, partner: KeyClient):
    for customer, external_id in (("one", "X"), ("two", "Y")):
        assert partner.post("/api/customers", {"id": customer, "externalId": external_id}).status_code == 201
    answer = admin.patch("/api/customers/two", {"externalId": "X"})
    assert (answer.status_code, answer.json()["code"]) == (409, "EXTERNAL_ID_TAKEN")
    assert Customer.objects.get(pk="two").external_id == "Y"


def test_it_lets_two_accounts_use_one_external_id(admin: KeyClient, partner: KeyClient):
    assert partner.post("/api/customers", {"id": "theirs", "externalId": "X"}).status_code == 201
    assert admin.post("/api/customers", {"id": "ours", "externalId": "Q"}).status_code == 201
    # The house edits their customer: what the house's own customers are called is no matter.
    assert admin.patch("/api/customers/theirs", {"externalId": "Q"}).status_code == 200
    assert admin.post("/api/customers", {"id": "ours-too", "externalId": "X"}).status_code == 201
