"""An action of the list of jobs for jobs chosen on the board: its plan first, then just that."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.scanning.tray import batch_of
from printshop.api.confirming import Row
from printshop.api.errors import sentence
from printshop.api.people import actor_of
from printshop.api.refusals import Refused
from printshop.bulk.confirm import ConfirmedAction, PlanChanged, fingerprint
from printshop.bulk.confirm.plans import grouped, row_of, summed
from printshop.bulk.engine import Batch, Result, preview
from printshop.bulk.outcomes import Outcome, Verdict


class Change:
    """What is asked for: `action` for jobs named by their ids. With `step=confirm` it is carried out."""

    def __init__(self, action: ConfirmedAction, request: HttpRequest, jobs: list[str]) -> None:
        self.action, self.request, self.jobs = action, request, jobs
        numbers = [number for one in jobs if (number := Job.number_in(one)) is not None]
        self.rows = Job.objects.numbered(numbers)
        self.form = action.form_class(request.POST if "step" in request.POST else None, rows=self.rows)
        self.confirmed = request.POST.get("step") == "confirm"
        if self.form.is_bound:
            self.form.full_clean()

    def response(self) -> HttpResponse:
        if not self.confirmed:
            return self.plan()
        if not self.form.is_valid():
            return self.plan(status=400)
        try:
            return self.told(self.action.carry_out(self.batch(), self.request.POST.get("plan", "")))
        except (PlanChanged, Refused) as error:
            return self.plan(sentence(error), status=409)

    def batch(self) -> Batch:
        terms = {**self.action.terms, **self.form.terms()}
        return batch_of(self.jobs, terms, actor_of(self.request.user), timezone.now())

    def plan(self, complaint: str = "", status: int = 200) -> HttpResponse:
        """What would happen, with the form that asks for target and reason."""
        result = preview(self.action.operation, self.batch())
        counts = summed(result.counts)
        context = {
            **counts,
            "action": self.action,
            "form": self.shown_form(),
            "sections": self.sections(result),
            "plan": fingerprint(result.outcomes),
            "complaint": complaint,
            "button": f"{self.action.verb} {counts['changing']:,} {'job' if counts['changing'] == 1 else 'jobs'}",
        }
        return TemplateResponse(self.request, "jobs/board_plan.html", context, status=status)

    def shown_form(self) -> Any:
        """As sent; without complaints about what is missing as long as nothing was confirmed."""
        if self.form.is_bound and not self.confirmed:
            return self.action.form_class(initial=self.form.cleaned_data, rows=self.rows)
        return self.form

    def sections(self, result: Result) -> list[Any]:
        groups = grouped(result.outcomes, self.action.done)
        listed = [Job.number_in(one.reference) for group in groups for one in group.listed]
        known = {job.reference: job for job in self.rows.filter(pk__among=[one for one in listed if one])}
        return [group.section([self.row(one, known) for one in group.listed]) for group in groups]

    def row(self, outcome: Outcome, known: dict[str, Job]) -> Row:
        job = known.get(outcome.reference)
        if job is None:
            return row_of(outcome)
        return row_of(outcome, reverse("admin:jobs_job_change", args=[job.pk]), self.action.about(job))

    def told(self, result: Result) -> HttpResponse:
        """`{says, done: [id], refused: [{id, says}], record}`; what was refused stays chosen."""
        words = self.action.words()
        counts = ", ".join(f"{count:,} {words[verdict]}" for verdict, count in result.counts.items() if count)
        refused = [one for one in result.outcomes if one.verdict is Verdict.REFUSED]
        told = [{"id": one.reference, "says": " ".join(fault.message for fault in one.faults)} for one in refused]
        may_see = self.request.user.has_perm("bulk.view_bulkoperation")
        record = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id]) if may_see else ""
        done = [one.reference for one in result.outcomes if one.verdict is not Verdict.REFUSED]
        return JsonResponse({"says": f"{counts.capitalize()}.", "done": done, "refused": told, "record": record})
