"""Making and editing customers, worked out without a database."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from orders.plans.customers import FIELDS, Known, plan_customer_edits, plan_customers, plan_deletions
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

MINE, OTHERS = 1, 2


def row(customer_id: str, account_id: int = MINE, **given: Any) -> dict[str, Any]:
    return {"pk": customer_id, "account_id": account_id, **dict.fromkeys((*FIELDS, "password"), ""), **given}


def known(*rows: dict[str, Any]) -> Known:
    return Known.of([dict(one) for one in rows])


def make(known: Known, *customers: Any) -> list[Outcome]:
    numbers = count(1)

    def row_of(given: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: given.get(name) or "" for name in (*FIELDS, "password")}
        return {"id": given.get("id") or f"made-{next(numbers)}", **values}

    return plan_customers([Item(index, one) for index, one in enumerate(customers)], known, MINE, row_of)


def edit(known: Known, **given: Any) -> Outcome:
    return plan_customer_edits([Item(0, given)], known)[0]


def faults_of(outcome: Outcome) -> list[tuple[str, str]]:
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.change is None
    return [(fault.code, fault.path) for fault in outcome.faults]


def test_it_makes_customers_and_the_ids_that_are_not_given():
    one, other = make(known(), {"id": "cust-1", "email": "a@shop.example"}, {"name": "Ada"})
    assert [(o.verdict, o.reference) for o in (one, other)] == [("created", "cust-1"), ("created", "made-1")]
    assert (one.after, other.after) == ({"email": "a@shop.example"}, {"name": "Ada"})


TAKEN = [("id", "cust-1", "ID_TAKEN", "id"), ("email", "a@shop.example", "EMAIL_TAKEN", "email"),
         ("external_id", "E1", "EXTERNAL_ID_TAKEN", "externalId")]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "code", "path"), TAKEN)
def test_it_refuses_what_somebody_has_already(field: str, value: str, code: str, path: str):
    there = known(row("cust-1", email="a@shop.example", external_id="E1"))
    [outcome] = make(there, {field: value})
    assert faults_of(outcome) == [(code, path)]
    assert outcome.faults[0].kind is Kind.CONFLICT
    assert outcome.faults[0].message.startswith("Customer cust-1 has the ")


@pytest.mark.parametrize(("field", "value", "code", "path"), TAKEN)
def test_it_gives_a_unique_value_to_the_first_of_a_batch(field: str, value: str, code: str, path: str):
    first, second = make(known(), {field: value}, {field: value})
    assert first.verdict is Verdict.CREATED
    assert faults_of(second) == [(code, path)]


def test_it_gives_it_to_the_first_good_one():
    there = known(row("cust-1"))
    bad, good = make(there, {"id": "cust-1", "email": "a@shop.example"}, {"email": "a@shop.example"})
    assert (bad.verdict, good.verdict) == ("refused", "created")


def test_it_names_everything_that_is_taken():
    there = known(row("a", email="a@shop.example"), row("b", external_id="E1"), row("c"))
    [outcome] = make(there, {"id": "c", "email": "a@shop.example", "external_id": "E1"})
    assert [code for code, _ in faults_of(outcome)] == ["ID_TAKEN", "EMAIL_TAKEN", "EXTERNAL_ID_TAKEN"]


def test_it_lets_two_accounts_use_one_external_id_but_not_one_address():
    there = known(row("theirs", OTHERS, external_id="E1", email="a@shop.example"))
    fine, taken = make(there, {"external_id": "E1"}, {"email": "a@shop.example"})
    assert fine.verdict is Verdict.CREATED
    assert faults_of(taken) == [("EMAIL_TAKEN", "email")]


def test_it_lets_any_number_go_without():
    assert [one.verdict for one in make(known(row("a"), row("b")), {}, {"email": None}, {"external_id": None})] == [
        "created"
    ] * 3


def test_it_makes_nothing_of_a_customer_whose_shape_is_at_fault():
    fault = Fault("NOT_TEXT", "name must be text.", "name")
    [outcome] = plan_customers([Item(0, {"id": "a"}, [fault])], known(), MINE, dict)
    assert outcome.change is None
    [outcome] = plan_customers([Item(0, {"id": "a"}, [fault])], known(row("a")), MINE, dict)
    assert faults_of(outcome) == [("ID_TAKEN", "id")]


# --- Edits -----------------------------------------------------------------------------------------------------------
def test_it_changes_the_named_fields_only():
    outcome = edit(known(row("a", name="Ada", email="a@shop.example")), id="a", name="Ada L.")
    assert outcome.changes == {"name": ["Ada", "Ada L."]}
    assert {name: outcome.change[name] for name in FIELDS} == {
        **dict.fromkeys(FIELDS, ""), "name": "Ada L.", "email": "a@shop.example"
    }  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_it_empties_by_null(field: str):
    outcome = edit(known(row("a") | {field: "x"}), id="a", **{field: None})
    assert (outcome.verdict, outcome.change[field]) == (Verdict.UPDATED, "")


@pytest.mark.parametrize("given", [{}, {"name": "Ada"}, {"firstname": None}, {"firstname": ""}])
def test_it_leaves_a_customer_alone_who_is_so_already(given: dict[str, Any]):
    assert edit(known(row("a", name="Ada")), id="a", **given).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize(("field", "value", "code", "path"), TAKEN[1:])
def test_it_keeps_unique_values_apart(field: str, value: str, code: str, path: str):
    there = known(row("a", email="a@shop.example", external_id="E1"), row("b"))
    assert faults_of(edit(there, id="b", **{field: value})) == [(code, path)]
    assert edit(there, id="a", **{field: value}).verdict is Verdict.UNCHANGED


def test_it_does_not_know_everybody():
    assert faults_of(edit(known(), id="a", name="Ada")) == [("CUSTOMER_NOT_FOUND", "id")]


def edits(known: Known, *given: dict[str, Any]) -> list[Outcome]:
    return plan_customer_edits([Item(index, one) for index, one in enumerate(given)], known)


def test_it_meets_a_customer_named_twice_as_the_earlier_item_left_them():
    there = known(row("a", name="Ada"))
    first, second, third = edits(
        there, {"id": "a", "name": "Ada L."}, {"id": "a", "lastname": "Lovelace"}, {"id": "a", "name": "Ada L."}
    )
    assert (first.verdict, second.changes) == ("updated", {"lastname": ["", "Lovelace"]})
    assert (second.change["name"], second.change["lastname"]) == ("Ada L.", "Lovelace")
    assert third.verdict is Verdict.UNCHANGED


def test_it_lets_an_address_go_from_one_customer_to_the_next():
    there = known(row("a", email="a@shop.example"), row("b", email="b@shop.example"))
    swap, away, taking = edits(
        there,
        {"id": "a", "email": "b@shop.example"},
        {"id": "a", "email": None},
        {"id": "b", "email": "a@shop.example"},
    )
    assert faults_of(swap) == [("EMAIL_TAKEN", "email")]
    assert (away.verdict, taking.verdict) == ("updated", "updated")


def test_it_keeps_an_address_with_the_customer_whose_item_is_at_fault():
    there = known(row("a", email="a@shop.example"), row("b"))
    given_up = Item(0, {"id": "a", "email": None}, [Fault("NOT_TEXT", "name must be text.", "name")])
    _, taking = plan_customer_edits([given_up, Item(1, {"id": "b", "email": "a@shop.example"})], there)
    assert faults_of(taking) == [("EMAIL_TAKEN", "email")]


def test_it_keeps_external_ids_apart_in_the_account_of_each_customer():
    there = known(row("a", external_id="E1"), row("b"), row("c", OTHERS), row("d", OTHERS, external_id="E2"))
    wanted = [("b", "E1"), ("c", "E1"), ("b", "E2"), ("d", "E1")]
    outcomes = edits(there, *({"id": one, "external_id": value} for one, value in wanted))
    assert [outcome.verdict for outcome in outcomes] == ["refused", "updated", "updated", "refused"]
    assert outcomes[3].faults[0].message == "Customer c has the externalId E1 already."


def test_it_shows_nothing_of_a_password():
    there = known(row("a", password="its hash"), row("b"))
    again, first, none = edits(
        there, {"id": "a", "password": "another hash"}, {"id": "b", "password": "a hash"}, {"id": "b", "name": "Bob"}
    )
    assert again.changes == {"password": ["********", "********"]}
    assert first.changes == {"password": ["", "********"]}
    assert (again.change["password"], none.change["password"]) == ("another hash", "a hash")
    [made] = make(known(), {"name": "Ada", "password": "a hash"})
    assert (made.after, made.change["password"]) == ({"name": "Ada", "password": "********"}, "a hash")


# --- Deletions -------------------------------------------------------------------------------------------------------
def delete(kept: Mapping[str, list[str]], *ids: Any) -> list[Outcome]:
    return plan_deletions([Item(index, {"id": one}) for index, one in enumerate(ids)], kept)


def test_it_deletes_whom_nothing_speaks_of_and_says_nothing_of_them_afterwards():
    [outcome] = delete({"a": []}, "a")
    assert (outcome.verdict, outcome.reference, outcome.change, outcome.changes) == ("updated", "a", "a", {})


@pytest.mark.parametrize(
    ("kept", "codes", "message"),
    [
        (["orders"], ["CUSTOMER_HAS_ORDERS"], "Customer a has orders and cannot be deleted."),
        (["orders", "quotes"], ["CUSTOMER_HAS_ORDERS"], "Customer a has orders and quotes and cannot be deleted."),
        (["entitlements"], ["CUSTOMER_HAS_ORDERS"], "Customer a has entitlements and cannot be deleted."),
        (["keys"], ["CUSTOMER_HAS_KEYS"], "Customer a has a key that must be revoked first."),
        (["orders", "keys"], ["CUSTOMER_HAS_ORDERS", "CUSTOMER_HAS_KEYS"],
         "Customer a has orders and cannot be deleted."),
    ],
)  # fmt: skip
def test_it_keeps_a_customer_whom_something_speaks_of(kept: list[str], codes: list[str], message: str):
    [outcome] = delete({"a": kept}, "a")
    assert [code for code, _ in faults_of(outcome)] == codes
    assert (outcome.faults[0].message, outcome.faults[0].kind) == (message, Kind.CONFLICT)


def test_it_deletes_a_customer_once():
    gone, again, nobody = delete({"a": []}, "a", "a", "b")
    assert gone.verdict is Verdict.UPDATED
    assert faults_of(again) == faults_of(nobody) == [("CUSTOMER_NOT_FOUND", "id")]
    assert again.faults[0].kind is Kind.UNKNOWN
