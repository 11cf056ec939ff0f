"""What is too much for one request goes into the queue, once its plan was seen and confirmed."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from printshop.api.confirming import PlanChanged
from printshop.bulk.confirm.plans import fingerprint
from printshop.bulk.confirm.tickets import once
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.native import request_for
from printshop.bulk.engine import Batch, Operation, admit, preview

# More are cut into chunks and carried out by workers.
MOST_AT_ONCE = 500
IN_QUEUE = "It is in the queue and will be carried out shortly; the page of the operation shows how far it has got."


def queued(operation: Operation, batch: Batch, plan: str, ticket: str) -> UUID:
    """Put a batch into the queue, provided that it would do now what `plan` is the fingerprint of; its uuid.

    Nothing stays locked between plan and queue: the worker plans anew and refuses what can no longer be done. Raises
    `PlanChanged`, `Refused` for what the policy would not admit, `DoneAlready` and `Unavailable`.
    """
    check(operation, batch, plan)
    body = {**(batch.asked or {}), operation.field_name: list(batch.raws), "errorPolicy": str(batch.policy)}
    request = request_for(operation, body, batch.actor, batch.at)

    def act() -> Request:
        accept(request)
        return request

    return once(batch.actor, batch.at, ticket, act).operation_id


def check(operation: Operation, batch: Batch, plan: str) -> None:
    """Plan a batch once more. Raises `Refused` as doing it would, and `PlanChanged` when it would do something else."""
    batch = replace(batch, dry_run=True)
    outcomes = preview(operation, batch).outcomes
    admit(operation, batch, outcomes)
    if fingerprint(outcomes) != plan:
        raise PlanChanged


def sent_on(request: HttpRequest, operation_id: UUID, back: str) -> HttpResponse:
    """To the page of an operation, or back for those who may not see it."""
    if not request.user.has_perm("bulk.view_bulkoperation"):
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("admin:bulk_bulkoperation_change", args=[operation_id]))
