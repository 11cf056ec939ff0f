"""What erasing a customer means for jobs: what people wrote as reasons goes, every move stays."""

from collections.abc import Sequence
from typing import Any

from jobs.models import Job, JobMove
from printshop.bulk import erasing
from printshop.bulk.engine import Batch, Consequence
from printshop.bulk.outcomes import Outcome, Verdict

MOVE = ("job_id", "source", "target", "at", "actor", "reason")


def forget_reasons(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """The one edit of a history that there is: from, to, when and who are left as they were."""
    for outcome in outcomes:
        if outcome.verdict is Verdict.UPDATED:
            person = outcome.change
            numbers = list(Job.objects.of_orders(person.orders).values_list("pk", flat=True))
            Job.objects.numbered(numbers).exclude(reason="").update(reason="Erased.")
            JobMove.objects.filter(job_id__among=numbers).exclude(reason="").update(reason="Erased.")
            references = [Job(pk=number).reference for number in numbers]
            erasing.forget_items(references, person.identifiers, person.names)


ON_ERASE = Consequence(
    name="jobs",
    look=lambda batch, outcomes: None,
    plan=lambda batch, outcomes, facts: None,
    write=forget_reasons,
)


def jobs_held(order_numbers: Sequence[int], most: int) -> list[dict[str, Any]]:
    """What the printers did for these orders, with every move."""
    jobs = list(Job.objects.of_orders(order_numbers).order_by("pk")[:most])
    moves: dict[int, list[dict[str, Any]]] = {}
    for row in JobMove.objects.filter(job_id__among=[job.pk for job in jobs]).order_by("pk").values(*MOVE):
        moves.setdefault(row.pop("job_id"), []).append({"from": row["source"], "to": row["target"], **told(row)})
    return [
        {
            "id": job.reference,
            "skuId": job.sku_id,
            "status": job.status,
            "reason": job.reason,
            "moves": moves.get(job.pk, []),
        }
        for job in jobs
    ]


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("at", "actor", "reason")}
