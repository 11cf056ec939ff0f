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
from printshop.bulk.confirm.plans import fingerprint, grouped, row_of, summed
from printshop.bulk.engine import Result
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.undoing import undo

if TYPE_CHECKING:
    from printshop.bulk.admin.operations import BulkOperationAdmin


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
            if self.request.method == "POST":
                return self.confirmed()
            return self.shown(self.rehearsed(Policy.PARTIAL))
        except PlanChanged:
            messages.error(self.request, str(PlanChanged.__doc__))
            return HttpResponseRedirect(self.request.get_full_path())
        except (Refused, Unavailable) as error:
            messages.error(self.request, sentence(error) if isinstance(error, Refused) else str(error.__doc__))
            return HttpResponseRedirect(self.back)

    def rehearsed(self, policy: Policy) -> Result:
        """What undoing would do now. Raises `Refused` when it would do nothing."""
        found = undo(self.recorded, actor=self.actor, at=timezone.now(), dry_run=True, policy=policy)
        assert isinstance(found, Result)
        return found

    def confirmed(self) -> HttpResponse:
        """Undo, provided that it would do what was shown. What changes in between is left alone and named."""
        if fingerprint(self.rehearsed(self.policy).outcomes) != self.request.POST.get("plan"):
            raise PlanChanged
        done = undo(self.recorded, actor=self.actor, at=timezone.now(), policy=self.policy)
        operation_id: UUID | None = done.operation_id
        said = (
            "Undone." if isinstance(done, Result) else "The undo is in the queue. This page shows how far it has got."
        )
        messages.success(self.request, said)
        return HttpResponseRedirect(reverse("admin:bulk_bulkoperation_change", args=[operation_id]))

    def shown(self, result: Result) -> HttpResponse:
        groups = grouped(result.outcomes, "undone")
        context: dict[str, Any] = {
            **self.model_admin.admin_site.each_context(self.request),
            **summed(result.counts),
            "title": f"Undo {self.recorded.name}",
            "opts": self.model_admin.opts,
            "recorded": self.recorded,
            "sections": [group.section([row_of(one) for one in group.listed]) for group in groups],
            "button": f"Undo {summed(result.counts)['changing']:,}",
            "plan": fingerprint(result.outcomes),
            "policy": self.policy,
            "back": self.back,
        }
        return TemplateResponse(self.request, "admin/bulk/undo.html", context)
