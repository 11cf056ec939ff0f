"""The page on which an action shows its plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from pydantic.alias_generators import to_camel

from printshop.api.actors import Actor
from printshop.api.confirming import Row, Section
from printshop.api.people import actor_of
from printshop.api.reading import read, read_items
from printshop.bulk.confirm.forms import TermsForm
from printshop.bulk.confirm.plans import fingerprint, grouped, row_of, summed
from printshop.bulk.confirm.queueing import MOST_AT_ONCE, queued
from printshop.bulk.confirm.tickets import R, check_unused, once
from printshop.bulk.engine import Batch, preview
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome

if TYPE_CHECKING:
    from printshop.bulk.confirm.actions import ConfirmedAction


class Page:
    """The confirmation page of an action for some rows, which it carries from one request to the next."""

    template = "admin/bulk/confirm.html"

    def __init__(
        self, action: "ConfirmedAction", model_admin: ModelAdmin, request: HttpRequest, keys: Sequence[Any], back: str
    ) -> None:
        self.action, self.model_admin, self.request, self.back = action, model_admin, request, back
        self.hold(keys)
        sent = request.POST.get("policy")
        self.plan, self.ticket = request.POST.get("plan", ""), request.POST.get("ticket", "")
        self.policy = Policy(sent) if sent in Policy.values else Policy.PARTIAL

    def hold(self, keys: Sequence[Any]) -> None:
        """Be about these rows; the form may depend on them."""
        self.keys = keys
        self.rows = self.model_admin.model._default_manager.filter(pk__among=keys)
        self.form = self.action.form_class(self.request.POST if "step" in self.request.POST else None, rows=self.rows)
        if self.form.is_bound:
            self.form.full_clean()

    @property
    def queues(self) -> bool:
        """Whether there are more than are done while somebody waits."""
        return len(self.keys) > MOST_AT_ONCE

    @cached_property
    def actor(self) -> Actor:
        return actor_of(self.request.user)

    @cached_property
    def at(self) -> datetime:
        return timezone.now()

    def payloads(self, keys: Sequence[Any]) -> list[Any]:
        """Rows as the API would name them."""
        within = self.form.within_items()
        payloads = [self.action.item_of(key) for key in keys]
        return [payload | within for payload in payloads] if within else payloads

    @property
    def asked(self) -> dict[str, Any]:
        """The terms as the API would send them."""
        return {to_camel(name): value for name, value in {**self.action.terms, **self.form.terms()}.items()}

    def batch(self, start: int = 0, end: int | None = None) -> Batch:
        """The rows from `start` to before `end` as a batch, read by the shapes that a request is read by."""
        operation, payloads = self.action.operation, self.payloads(self.keys[start:end])
        terms, faults = read(operation.terms, self.asked)
        places = range(start, start + len(payloads))
        return Batch(
            items=read_items(operation.item, payloads, operation.field_name if operation.item_is_id else "", places),
            terms=terms,
            asked=self.asked,
            raws=payloads,
            actor=self.actor,
            at=self.at,
            policy=self.policy,
            faults=faults,
        )

    # --- Confirming --------------------------------------------------------------------------------------------
    def check_unused(self) -> None:
        """Raises `DoneAlready` when this page was confirmed before."""
        if self.confirms:
            check_unused(self.actor, self.ticket)

    def check_rows(self) -> None:
        """Raises `PlanChanged` when the page is about other rows by now; of those that it carries it never is."""

    @property
    def confirms(self) -> bool:
        return self.request.POST.get("step") == "confirm"

    def once(self, batch: Batch, act: Callable[[], R]) -> R:
        """`act`, unless that was done before. Raises `DoneAlready` and `Unavailable`."""
        return once(batch.actor, batch.at, self.ticket, act)

    def queue(self) -> UUID:
        """Put the rows into the queue; the operation's uuid. Raises as `queued` does."""
        return queued(self.action.operation, self.batch(), self.plan, self.ticket)

    # --- Showing -----------------------------------------------------------------------------------------------
    def row(self, outcome: Outcome, known: Mapping[Any, Any]) -> Row:
        key = "" if outcome.index is None or self.keys[outcome.index] not in known else self.keys[outcome.index]
        if not key:
            return row_of(outcome)
        opts = self.model_admin.opts
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(key)])
        worded = row_of(outcome, url, self.action.about(known[key]))
        # What is yet to be made has no name: the row that it is made of has.
        return worded if worded.reference else replace(worded, reference=str(known[key]))

    def known(self, outcomes: Sequence[Outcome]) -> dict[Any, Any]:
        """The rows of these outcomes by primary key."""
        keys = [self.keys[one.index] for one in outcomes if one.index is not None]
        rows = self.model_admin.model._default_manager.filter(pk__among=keys)
        return {row.pk: row for row in rows}

    def sections(self, outcomes: Sequence[Outcome]) -> list[Section]:
        groups = grouped(outcomes, self.action.done)
        known = self.known([one for group in groups for one in group.listed])
        return [group.section([self.row(one, known) for one in group.listed]) for group in groups]

    def shown_form(self) -> TermsForm:
        """The form as sent; where only the plan was asked for, without complaints about what is still missing."""
        if self.form.is_bound and self.request.POST["step"] != "confirm":
            return self.action.form_class(initial=self.form.cleaned_data, rows=self.rows)
        return self.form

    def response(self) -> HttpResponse:
        result = preview(self.action.operation, replace(self.batch(), dry_run=True))
        return self.render(summed(result.counts), self.sections(result.outcomes), fingerprint(result.outcomes))

    def render(self, counts: Mapping[str, int], sections: Sequence[Section], plan: str) -> HttpResponse:
        return TemplateResponse(self.request, self.template, self.context(counts, sections, plan))

    def context(self, counts: Mapping[str, int], sections: Sequence[Section], plan: str) -> dict[str, Any]:
        opts = self.model_admin.opts
        noun = str(opts.verbose_name if counts["changing"] == 1 else opts.verbose_name_plural)
        return {
            **self.model_admin.admin_site.each_context(self.request),
            **counts,
            "title": f"{self.action.verb} {opts.verbose_name_plural}",
            "opts": opts,
            "action": self.action,
            "action_name": self.action.__name__,
            "form": self.shown_form(),
            "media": self.model_admin.media + self.form.media,
            "sections": sections,
            "button": f"{self.action.verb} {counts['changing']:,} {noun}",
            "plan": plan,
            "ticket": uuid4().hex,
            "queues": self.queues,
            "policy": self.policy,
            "back": self.back,
            **self.carried(),
        }

    def carried(self) -> dict[str, Any]:
        """What the page brings back of its rows."""
        keys = orjson.dumps(self.keys, default=str).decode()
        return {"keys": keys, "first_key": self.keys[0] if self.keys else ""}
