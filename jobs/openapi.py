"""Jobs in the reference."""

from jobs import services, shapes
from jobs.plans.floor import Standing, illegal, unknown_job
from jobs.serializers import JobBody, MoveBody
from jobs.states import JobStatus
from printshop.api.openapi.calls import Subject, changed, listed, shown
from printshop.api.refusals import Fault
from printshop.bulk.openapi import EXAMPLE_ID, Example, bulk
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus
JOB = {
    "id": "job-001",
    "orderId": "ord-002",
    "lineItemId": 2,
    "skuId": "sku-pla-black-cube",
    "quantity": 2,
    "status": "PRINTING",
    "priority": 0,
    "reason": None,
    "reprintOf": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "updatedAt": "2026-03-02T12:00:00Z",
}
MOVE = {
    "id": 4,
    "from": "QUEUED",
    "to": "PRINTING",
    "at": "2026-03-02T12:00:00Z",
    "by": "Web shop",
    "reason": None,
    "operation": str(EXAMPLE_ID),
    "undoes": None,
}
UNKNOWN = unknown_job("job-999", "jobIds.1")
READY = Standing(2, "job-002", 2, S.READY)
SHIPPED = Standing(2, "job-002", 2, S.SHIPPED)
UNDONE = illegal(READY, S.QUEUED, "jobIds.1")
ENDED = illegal(SHIPPED, S.CANCELLED, "jobIds.1")
TOO_MANY = Fault("OUT_OF_RANGE", "quantity must be at most 2, what job-002 printed.", "quantity", 9)
REASONLESS = Fault("REQUIRED", "reason is required.", "reason")


def moved(index: int, job_id: str, target: JobStatus) -> Outcome:
    return Outcome(index, job_id, Verdict.UPDATED, target, {"status": S.PRINTING}, {"status": target})


ADVANCED = Example(
    {"jobIds": ["job-001", "job-002"], "targetStatus": "POST_PROCESS"},
    [moved(0, "job-001", S.POST_PROCESS), moved(1, "job-002", S.POST_PROCESS)],
    [UNDONE, UNKNOWN],
)
CANCELLED = Example(
    {"jobIds": ["job-001", "job-002"], "reason": "Nozzle clogged"},
    [moved(0, "job-001", S.CANCELLED), moved(1, "job-002", S.CANCELLED)],
    [ENDED, UNKNOWN],
)
PRIORITIZED = Example(
    {"jobIds": ["job-001", "job-002"], "priority": 10},
    [
        Outcome(0, "job-001", Verdict.UPDATED, S.PRINTING, {"priority": 0}, {"priority": 10}),
        Outcome(1, "job-002", Verdict.UNCHANGED, S.PRINTING),
    ],
    [UNKNOWN],
)


def reprinted(index: int, job_id: str, first: str, quantity: int) -> Outcome:
    after = {"reprintOf": first, "quantity": quantity, "status": S.CREATED}
    effect = {"kind": "job_created", "reprintOf": first, "skuId": "sku-pla-black-cube", "quantity": quantity}
    return Outcome(index, job_id, Verdict.CREATED, S.CREATED, after=after, effects=[effect])


REPRINTED = Example(
    {"items": [{"jobId": "job-001", "quantity": 1}, {"jobId": "job-002"}], "reason": "Warped"},
    [reprinted(0, "job-007", "job-001", 1), reprinted(1, "job-008", "job-002", 2)],
    [TOO_MANY, unknown_job("job-999", "jobId")],
    planned=[reprinted(0, "job-001", "job-001", 1), reprinted(1, "job-002", "job-002", 2)],
)
FILTERS = {
    "status": "Any of a comma list, in any case.",
    "orderId": "Jobs of this order.",
    "skuId": "Jobs that print this SKU.",
    "customerId": "Jobs for orders of this customer.",
    "externalId": "Jobs for the order with this external id.",
}
ARROWS = "Along the arrows of the state machine only; a job that is there already is unchanged. Its order follows."
CALLS = {
    "list": listed("List jobs", JobBody, JOB, "Most urgent first, then oldest first."),
    "retrieve": shown("Show a job", JobBody, JOB),
    "history": listed("List the moves of a job", MoveBody, MOVE, "Every change of its status, oldest first."),
    "advance": changed(
        "Move a job",
        JobBody,
        {**JOB, "status": "POST_PROCESS"},
        illegal(READY, S.QUEUED, "jobIds.0"),
        description=ARROWS,
        body=shapes.AdvanceTerms,
        examples={
            "plain": {"targetStatus": "POST_PROCESS"},
            "failed": {"targetStatus": "FAILED", "reason": "Nozzle clogged"},
        },
    ),
    "cancel": changed(
        "Cancel a job",
        JobBody,
        {**JOB, "status": "CANCELLED", "reason": "Nozzle clogged"},
        REASONLESS,
        illegal(SHIPPED, S.CANCELLED, "jobIds.0"),
        body=shapes.CancelTerms,
        examples={"plain": {"reason": "Nozzle clogged"}},
    ),
    "bulk_advance": bulk(
        services.ADVANCE,
        "Move jobs",
        ADVANCED,
        statuses=S,
        description=ARROWS,
    ),
    "bulk_cancel": bulk(services.CANCEL, "Cancel jobs", CANCELLED, statuses=S),
    "bulk_prioritize": bulk(
        services.PRIORITIZE,
        "Set the priority of jobs",
        PRIORITIZED,
        statuses=S,
        description="Higher numbers are printed first.",
    ),
    "bulk_reprint": bulk(
        services.REPRINT,
        "Print jobs again",
        REPRINTED,
        statuses=S,
        status=201,
        description="A further job for each item, of quantity pieces or of as many as the first had.",
    ),
}
SUBJECT = Subject("Jobs", "job-001", CALLS, FILTERS)
