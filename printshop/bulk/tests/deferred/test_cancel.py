"""`POST /api/bulk-operations/{uuid}/cancel`: what has not begun is called off, what runs finishes."""

from typing import Any

import pytest

from catalog.models import SKU
from printshop.api.models import Account
from printshop.bulk.deferred.carrying import carry_out, carry_out_next
from printshop.bulk.deferred.chunks import claim
from printshop.bulk.deferred.endings import settle
from printshop.bulk.tests.deferred.callers import HERE, drain, items_of, later, shown, start_worker
from printshop.testing import KeyClient, Role, key_client, make_jobs, statements

pytestmark = pytest.mark.django_db(databases="__all__")
SKUS, ADVANCE = "/api/skus/bulk", "/api/jobs/bulk/advance"


def skus(count: int, policy: str = "partial") -> dict[str, Any]:
    return {"skus": [{"id": f"sku-{number:04d}", "name": "A"} for number in range(count)], "errorPolicy": policy}


def cancel(client: KeyClient, operation: str, **headers: str) -> Any:
    return client.post(f"{HERE}/{operation}/cancel", **headers)


def test_it_calls_off_what_has_not_begun(admin: KeyClient) -> None:
    operation = later(admin, SKUS, skus(3))
    answer = cancel(admin, operation)
    body = answer.json()
    assert (answer.status_code, body) == (200, shown(admin, operation))
    assert (body["status"], body["counts"], body["progress"]) == (
        "cancelled",
        {"cancelled": 3},
        {"done": 3, "total": 3},
    )
    assert body["cancelledAt"] <= body["finishedAt"]
    assert {item["result"] for item in items_of(admin, operation)} == {"cancelled"}
    assert drain() == 0
    assert not SKU.objects.exists()


def test_it_keeps_what_was_done_already(admin: KeyClient) -> None:
    operation = later(admin, SKUS, skus(1_200))
    carry_out_next()
    body = cancel(admin, operation).json()
    assert (body["status"], body["counts"]) == ("cancelled", {"created": 500, "cancelled": 700})
    assert SKU.objects.count() == 500


def test_it_lets_a_running_chunk_finish(admin: KeyClient) -> None:
    start_worker()
    operation = later(admin, SKUS, skus(600))
    held = claim("a worker")
    assert held is not None
    body = cancel(admin, operation).json()
    assert (body["status"], body["counts"]) == ("running", {"open": 500, "cancelled": 100})
    assert body["cancelledAt"] is not None
    assert body["finishedAt"] is None
    carry_out(held)
    settle(held.chunk.operation_id)
    body = shown(admin, operation)
    assert (body["status"], body["counts"]) == ("cancelled", {"created": 500, "cancelled": 100})


def test_it_is_harmless_twice(admin: KeyClient) -> None:
    operation = later(admin, SKUS, skus(2))
    first, again = cancel(admin, operation), cancel(admin, operation)
    assert (again.status_code, again.json()) == (200, first.json())


def test_it_replays_under_an_idempotency_key(admin: KeyClient) -> None:
    operation = later(admin, SKUS, skus(2))
    first, again = (cancel(admin, operation, idempotency_key="c") for _ in range(2))
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


def test_it_refuses_what_is_finished(admin: KeyClient) -> None:
    at_once = admin.post(SKUS, skus(1))["X-Bulk-Operation"]
    queued = later(admin, SKUS, skus(2))
    drain()
    for operation in at_once, queued:
        before = shown(admin, operation)
        answer = cancel(admin, operation)
        assert (answer.status_code, answer.json()["code"]) == (409, "OPERATION_FINISHED")
        assert shown(admin, operation) == before


def test_it_is_for_the_own_account_and_a_role_that_may(admin: KeyClient, operator: KeyClient) -> None:
    partner = Account.objects.create(code="partner", name="Partner")
    strangers = [key_client(Role.ADMIN, account=partner), key_client(Role.OPERATOR, account=partner), operator]
    operation = later(admin, SKUS, skus(1))
    unknown = cancel(admin, "00000000-0000-7000-8000-000000000000")
    for client in strangers:
        answer = cancel(client, operation)
        assert answer.status_code == unknown.status_code == 404
        assert answer.content.replace(operation.encode(), b"") == unknown.content.replace(
            b"00000000-0000-7000-8000-000000000000", b""
        )
    assert shown(admin, operation)["counts"] == {"open": 1}


def test_an_operator_calls_off_what_an_operator_may_ask_for(operator: KeyClient, admin: KeyClient) -> None:
    operation = later(admin, ADVANCE, {"jobIds": make_jobs(1), "targetStatus": "VALIDATED"})
    assert cancel(operator, operation).json()["status"] == "cancelled"


def test_it_needs_as_many_statements_for_many_items_as_for_few(admin: KeyClient) -> None:
    def sent_for(count: int) -> int:
        operation = later(admin, SKUS, skus(count))
        with statements() as sent:
            assert cancel(admin, operation).status_code == 200
        return len(sent)

    assert sent_for(2) == sent_for(400)
