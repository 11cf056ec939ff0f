"""`/api/customers`."""

from typing import Any

import pytest

from printshop.testing import KeyClient, make_customers, snapshot

pytestmark = pytest.mark.django_db
ADA = {"id": "ada", "externalId": "c-1", "email": "Ada@Mill.example", "firstname": "Ada", "lastname": "Lovelace"}


def test_it_makes_a_customer(operator: KeyClient) -> None:
    answer = operator.post("/api/customers", ADA)
    body = answer.json()
    assert answer.status_code == 201
    assert list(body) == ["id", "uuid", "externalId", "email", "firstname", "lastname", "name", "createdAt"]
    assert (body["id"], body["email"], body["name"]) == ("ada", "ada@mill.example", "Ada Lovelace")
    assert operator.get("/api/customers/ada").json() == body


def test_it_makes_an_id_where_none_is_given(operator: KeyClient) -> None:
    first, second = (operator.post("/api/customers", {}).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert first["id"].startswith("cust-")
    assert (first["email"], first["name"]) == (None, None)


def test_it_names_every_value_that_is_taken(operator: KeyClient) -> None:
    operator.post("/api/customers", ADA)
    before = snapshot()
    answer = operator.post("/api/customers", {**ADA, "email": "ADA@mill.example"})
    assert answer.status_code == 409
    assert [fault["code"] for fault in answer.json()["details"]["errors"]] == [
        "ID_TAKEN",
        "EMAIL_TAKEN",
        "EXTERNAL_ID_TAKEN",
    ]
    assert snapshot() == before


@pytest.mark.parametrize(
    "email",
    ["ada", "@mill.example", "a b@mill.example", "ada@mill", "ada@mill..example", "a@b@c.example", "a\n@b.example"],
)
def test_it_refuses_what_is_no_address(email: str, operator: KeyClient) -> None:
    answer = operator.post("/api/customers", {"email": email})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["email"]


@pytest.mark.parametrize("one", ["", "-a", "a b", "a/b", "é", "a" * 65, ".a", 7, None])
def test_it_refuses_what_is_no_id(one: Any, operator: KeyClient) -> None:
    answer = operator.post("/api/customers", {"id": one})
    assert (answer.status_code, answer.json()["details"]["errors"][0]["path"]) == (400, "id")


def test_it_edits_what_is_named(operator: KeyClient) -> None:
    operator.post("/api/customers", ADA)
    body = operator.patch("/api/customers/ada", {"lastname": "King", "externalId": None}).json()
    assert (body["lastname"], body["externalId"], body["firstname"], body["email"]) == (
        "King",
        None,
        "Ada",
        "ada@mill.example",
    )
    assert operator.patch("/api/customers/ada", {"email": "ADA@mill.example"}).status_code == 200


def test_it_gives_no_customer_the_address_of_another(operator: KeyClient) -> None:
    operator.post("/api/customers", ADA)
    operator.post("/api/customers", {"id": "bob"})
    answer = operator.patch("/api/customers/bob", {"email": "ada@MILL.example"})
    assert (answer.status_code, answer.json()["code"]) == (409, "EMAIL_TAKEN")


def test_it_does_not_change_an_id(operator: KeyClient) -> None:
    make_customers()
    answer = operator.patch("/api/customers/cust-001", {"id": "other"})
    assert (answer.status_code, answer.json()["details"]["errors"][0]["code"]) == (400, "UNKNOWN_FIELD")


def test_it_answers_404_to_the_unknown(operator: KeyClient) -> None:
    for answer in operator.get("/api/customers/nobody"), operator.patch("/api/customers/nobody", {"name": "x"}):
        assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")


def test_it_lists_and_filters(operator: KeyClient) -> None:
    make_customers(2)
    operator.post("/api/customers", ADA)
    for query, expected in (
        ("", ["ada", "cust-001", "cust-002"]),
        ("?externalId=c-1", ["ada"]),
        ("?email=ADA@mill.example", ["ada"]),
        ("?search=love", ["ada"]),
        ("?ordering=-id", ["cust-002", "cust-001", "ada"]),
        ("?createdAfter=2026-03-03", ["ada"]),
    ):
        body = operator.get(f"/api/customers{query}").json()
        assert [one["id"] for one in body["results"]] == expected, query


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    before = snapshot()
    calls = (
        customer.get("/api/customers"),
        customer.get("/api/customers/cust-001"),
        customer.post("/api/customers", {}),
        customer.patch("/api/customers/cust-001", {"name": "x"}),
    )
    assert [answer.status_code for answer in calls] == [403] * 4
    assert snapshot() == before
