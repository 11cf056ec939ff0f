"""Counts add up to the total in every answer: while workers are at it, when chunks are halved, called off, rejected."""

from collections.abc import Iterator
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from printshop.api.actors import Role
from printshop.api.refusals import Fault
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.dialects import Dialect, register_dialect
from printshop.bulk.deferred.endings import cancel
from printshop.bulk.deferred.native import batches
from printshop.bulk.models import UNFINISHED, BulkChunk, BulkOperation
from printshop.bulk.operations.counting import progress_of, with_progress
from printshop.bulk.outcomes import Verdict
from printshop.bulk.tests.deferred.callers import HERE, drain, later, start_worker
from printshop.testing import NOON, KeyClient, key_client, make_actor

OVER = {"finished", "finished_with_failures", "cancelled"}


def fragile(recorded: Any, payloads: Any, at: Any) -> Any:
    if any(payload.value.get("id") == "boom" for payload in payloads):
        raise RuntimeError("boom")
    return batches(recorded, payloads, at)


def queue(payloads: list[dict[str, Any]], **more: Any) -> UUID:
    register_dialect(Dialect("fragile", fragile))
    return accept(Request("skus.import", payloads, make_actor(), NOON, dialect="fragile", **more))


def check(operation_id: UUID) -> BulkOperation:
    """The operation, whose counts add up and whose state says whether anything is open."""
    operation = with_progress(BulkOperation.objects.filter(pk=operation_id)).get()
    progress = progress_of(operation)
    assert sum(progress.counts.values()) == progress.total
    assert (operation.state in UNFINISHED) == (progress.counts[Verdict.OPEN] > 0)
    return operation


def steps(operation_id: UUID) -> Iterator[BulkOperation]:
    """The operation after each chunk."""
    yield check(operation_id)
    while carry_out_next():
        yield check(operation_id)


@pytest.mark.django_db(databases="__all__")
def test_they_add_up_while_chunks_are_halved() -> None:
    names = [{"id": f"sku-{number}", "name": "A"} for number in range(8)]
    operation_id = queue([*names[:5], {"id": "boom"}, *names[5:]], chunk=4)
    *_, last = steps(operation_id)
    assert progress_of(last).counts == {"created": 8, "failed": 1}
    assert BulkChunk.objects.filter(operation_id=operation_id).count() > 3


@pytest.mark.django_db(databases="__all__")
def test_they_add_up_with_what_never_got_in_and_what_was_called_off() -> None:
    names = [{"id": f"sku-{number}", "name": "A"} for number in range(6)]
    operation_id = queue(names, chunk=2, rejected={3: Fault("NO", "No.")})
    assert progress_of(check(operation_id)).counts == {"open": 5, "rejected": 1}
    carry_out_next()
    check(operation_id)
    cancel(operation_id)
    last = check(operation_id)
    assert (last.state, progress_of(last).counts) == ("cancelled", {"created": 2, "cancelled": 3, "rejected": 1})


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_they_add_up_while_workers_commit() -> None:
    client = key_client(Role.ADMIN)
    start_worker()
    skus = [{"id": f"sku-{number}", "name": "A"} for number in range(1_600)]
    operation = later(client, "/api/skus/bulk", {"skus": [*skus, {"id": "nameless"}], "errorPolicy": "partial"})

    def work() -> None:
        try:
            drain()
        finally:
            connections.close_all()

    worker = Thread(target=work)
    worker.start()
    seen = list(followed(client, operation))
    worker.join(timeout=60)
    for body in seen:
        assert sum(body["counts"].values()) == body["total"] == 1_601
        # The books are closed a moment after the last chunk, never before.
        assert not (body["status"] in OVER and "open" in body["counts"])
    assert seen[-1]["counts"] == {"created": 1_600, "refused": 1}
    done = [body["progress"]["done"] for body in seen]
    assert done == sorted(done)


def followed(client: KeyClient, operation: str) -> Iterator[Any]:
    """What the list and the operation itself say, asked over and over until it is over."""
    body: dict[str, Any] = {"status": ""}
    while body["status"] not in OVER:
        [body] = client.get(f"{HERE}?name=skus.import").json()["results"]
        yield body
        body = client.get(f"{HERE}/{operation}").json()
        yield body
