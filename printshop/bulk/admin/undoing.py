"""The page on which an undo shows what it would put back, and what it would leave alone and why."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from printshop.api.actors import Actor
from printshop.api.confirming import PlanChanged
from printshop.api.errors import sentence
from printshop.api.people import actor_of
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable
from printshop.bulk.confirm.plans import row_of
from printshop.bulk.confirm.surveys import Survey
from printshop.bulk.engine import Result
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.outcomes import Verdict
from printshop.bulk.undoing import rehearse, undo

if TYPE_CHECKING:
    from printshop.bulk.admin.operations import BulkOperationAdmin

NOT_ALL = "Nothing was undone: some of it cannot be undone any more, and all or nothing was chosen."


def actor_for(request: HttpRequest, recorded: BulkOperation) -> Actor:
    """The user, at work for the account that the operation belongs to: what is made by a retry is that account's."""
    return replace(actor_of(request.user), account_id=recorded.account_id)


class UndoPage:
    """The confirmation page of an undo."""

    def __init__(self, model_admin: "BulkOperationAdmin", request: HttpRequest, recorded: BulkOperation) -> None:
        self.model_admin, self.request, self.recorded = model_admin, request, recorded
        self.actor = actor_for(request, recorded)
        sent = request.POST.get("policy")
        self.policy = Policy(sent) if sent in Policy.values else Policy.PARTIAL
        self.back = reverse("admin:bulk_bulkoperation_change", args=[recorded.pk])

    def respond(self) -> HttpResponse:
        """The plan; once it is confirmed, the way to the operation that undoes."""
        try:
            survey = self.surveyed()
            return self.confirmed(survey) if self.request.method == "POST" else self.shown(survey)
        except PlanChanged as error:
            messages.error(self.request, str(error))
            return HttpResponseRedirect(self.request.get_full_path())
        except (Refused, Unavailable) as error:
            messages.error(self.request, sentence(error))
            return HttpResponseRedirect(self.back)

    def surveyed(self) -> Survey:
        """What undoing would do now. Raises `Refused` where there is nothing to undo."""
        found = Survey("undone")
        for outcomes in rehearse(self.recorded, actor=self.actor, at=timezone.now()):
            found.add(outcomes)
        return found

    def confirmed(self, survey: Survey) -> HttpResponse:
        """Undo, provided that it would do what was shown. What changes in between is left alone and named."""
        if survey.plan != self.request.POST.get("plan"):
            raise PlanChanged
        if self.policy is Policy.ATOMIC and survey.verdicts[Verdict.REFUSED]:
            raise PlanChanged(NOT_ALL)
        done = undo(self.recorded, actor=self.actor, at=timezone.now(), policy=self.policy)
        operation_id: UUID | None = done.operation_id
        said = (
            "Undone." if isinstance(done, Result) else "The undo is in the queue. This page shows how far it has got."
        )
        messages.success(self.request, said)
        return HttpResponseRedirect(reverse("admin:bulk_bulkoperation_change", args=[operation_id]))

    def shown(self, survey: Survey) -> HttpResponse:
        context: dict[str, Any] = {
            **self.model_admin.admin_site.each_context(self.request),
            **survey.counts,
            "title": f"Undo {self.recorded.name}",
            "opts": self.model_admin.opts,
            "recorded": self.recorded,
            "sections": survey.sections(lambda outcomes: [row_of(one) for one in outcomes]),
            "button": f"Undo {survey.counts['changing']:,}",
            "plan": survey.plan,
            "policy": self.policy,
            "back": self.back,
        }
        return TemplateResponse(self.request, "admin/bulk/undo.html", context)
