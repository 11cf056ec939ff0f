"""All rows that match a list's filters: the same confirmation, for a selection that is kept on the server."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from printshop.api.confirming import PlanChanged, Row
from printshop.api.reading import read
from printshop.bulk.confirm.freezing import TooMany, freeze, refreeze, spend
from printshop.bulk.confirm.pages import Page
from printshop.bulk.confirm.surveys import SLICE, Survey
from printshop.bulk.confirm.tickets import DoneAlready, R
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.engine import Batch, preview, refusal
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome
from printshop.bulk.selections import Selection

if TYPE_CHECKING:
    from printshop.bulk.confirm.actions import ConfirmedAction

STILL_NOTHING = "Nothing was done; here is the plan now. Confirm it, or go back to the list."


def list_of(model_admin: ModelAdmin, query: str) -> str:
    """The address of the list with these filters."""
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") + (f"?{query}" if query else "")


def begin(action: "ConfirmedAction", model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Freeze what the list shows, and go to the page of the selection."""
    try:
        selection = freeze(model_admin, request)
    except TooMany as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
    opts = model_admin.opts
    name = f"admin:{opts.app_label}_{opts.model_name}_matching"
    return HttpResponseRedirect(reverse(name, args=[selection.pk, action.__name__]))


class Matching(Page):
    """The confirmation page of a frozen selection. Its address names the selection, and it posts no row."""

    template = "admin/bulk/confirm_matching.html"

    def __init__(
        self, action: "ConfirmedAction", model_admin: ModelAdmin, request: HttpRequest, selection: Selection
    ) -> None:
        self.selection = selection
        super().__init__(action, model_admin, request, selection.keys(), list_of(model_admin, selection.query))
        if self.queues:
            self.policy = Policy.PARTIAL

    @property
    def noun(self) -> str:
        return str(self.model_admin.opts.verbose_name_plural)

    def slices(self) -> Iterator[Batch]:
        """The rows as batches that are planned one after the other, each under locks of its own."""
        for start in range(0, len(self.keys), SLICE):
            yield replace(self.batch(start, start + SLICE), dry_run=True)

    @cached_property
    def survey(self) -> Survey:
        found = Survey(self.action.done)
        for batch in self.slices():
            found.add(preview(self.action.operation, batch).outcomes)
        return found

    # --- Showing -----------------------------------------------------------------------------------------------
    def worded(self, outcomes: Sequence[Outcome]) -> list[Row]:
        known = self.known(outcomes)
        return [self.row(one, known) for one in outcomes]

    def response(self) -> HttpResponse:
        counts = self.survey.counts
        Selection.objects.filter(pk=self.selection.pk).update(shown=counts)
        return self.render(counts, self.survey.sections(self.worded), self.survey.plan)

    def carried(self) -> dict[str, Any]:
        """Words alone: the address says the rest."""
        total, wording = f"All {len(self.keys):,} {self.noun}", self.selection.wording
        return {"chosen": f"{total} matching: {wording}" if wording else total}

    # --- Confirming --------------------------------------------------------------------------------------------
    def check_unused(self) -> None:
        """Raises `DoneAlready`, also to whom only looks: what was confirmed has nothing left to show."""
        if self.selection.operation_id is not None:
            raise DoneAlready(self.selection.operation_id)

    def check_rows(self) -> None:
        """Raises `PlanChanged` when the filters find other rows by now, which the page then shows."""
        difference = refreeze(self.selection, self.model_admin, self.request)
        if difference is not None:
            self.hold(self.selection.keys())
            raise PlanChanged(f"{difference.told(self.noun)} {STILL_NOTHING}")

    def once(self, batch: Batch, act: Callable[[], R]) -> R:
        return spend(self.selection, act)

    def queue(self) -> UUID:
        """Put all rows into the queue, provided that the plan is the one that was shown. Raises as `check` does."""
        self.check_plan()
        request = self.request_for_all()

        def act() -> Request:
            accept(request)
            return request

        return spend(self.selection, act).operation_id

    def check_plan(self) -> None:
        """Plan once more. Raises `Refused` for terms that will not do, and `PlanChanged`."""
        terms, faults = read(self.action.operation.terms, self.asked)
        if faults := [*faults, *self.action.operation.judge_terms(terms)]:
            raise refusal(self.action.operation, [(None, fault) for fault in faults], len(self.keys))
        if self.survey.plan != self.plan:
            raise PlanChanged(self.told())

    def told(self) -> str:
        """What the plan counts by now where it counted something else when it was shown."""
        words = {"changing": self.action.done, "unchanged": "as they are", "refused": "refused"}
        shown, now = {**self.survey.counts, **self.selection.shown}, self.survey.counts
        moved = [f"{shown[name]:,} → {now[name]:,} {word}" for name, word in words.items() if shown[name] != now[name]]
        return f"This is not the plan that you were shown: {', '.join(moved)}. {STILL_NOTHING}" if moved else ""

    def request_for_all(self) -> Request:
        """The rows as the items of one deferred operation, as the API would have sent them."""
        operation = self.action.operation
        terms, _ = read(operation.terms, self.asked)
        return Request(
            name=operation.name,
            payloads=self.payloads(self.keys),
            actor=self.actor,
            at=self.at,
            terms=self.asked,
            policy=Policy.PARTIAL,
            whole=operation.is_whole(terms),
            rows_of=operation.rows_of,
        )
