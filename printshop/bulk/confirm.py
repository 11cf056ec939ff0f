"""Admin actions that show their plan before they carry it out.

The page is a dry run of the very operation that its button runs: what will change, what stays, what is refused and why.
The button carries a fingerprint of the plan that was shown; where the shop has moved on meanwhile, nothing is done and
the plan is shown as it is now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from printshop.api.errors import sentence
from printshop.api.people import actor_of, role_of
from printshop.api.reading import Item
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

# What one page carries, and how many rows of each verdict it lists.
MOST_ROWS = 1_000
MOST_LISTED = 200
CHANGING = (Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED)


class PlanChanged(Exception):
    """This is not the plan that you were shown: something changed meanwhile. Nothing was done; here is the plan now."""


class TermsForm(forms.Form):
    """What an action asks for beside its rows; `rows` are the chosen ones, for fields that depend on them.

    `shapes_the_plan` says whether another answer makes another plan, which the page then offers to show.
    """

    shapes_the_plan = False

    def __init__(self, *args: Any, rows: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows

    def terms(self) -> dict[str, Any]:
        """The terms as far as they can be read: what was sent, or what stands in the fields before anything is."""
        found = self.cleaned_data if self.is_bound else {name: self[name].initial for name in self.fields}
        return {name: value for name, value in found.items() if value not in ("", None)}


class ReasonForm(TermsForm):
    """Why; it is kept with the operation."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 2}))


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome, worded for people."""

    reference: str
    url: str
    about: str
    changes: Sequence[tuple[str, str, str]]
    effects: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """The outcomes that share a fate: all counted, the first `MOST_LISTED` listed."""

    name: str
    title: str
    total: int
    rows: Sequence[Row]

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


def shown(value: Any) -> str:
    """A value in a plan."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def told(effect: Mapping[str, Any]) -> str:
    """An effect in words: `order status ord-001: paid → processing`."""
    rest = dict(effect)
    subject = f"{rest.pop('kind').replace('_', ' ')} {rest.pop('id', '')}".strip()
    before, after = rest.pop("from", None), rest.pop("to", None)
    details = [f"{before} → {after}"] if after else [f"was {before}"] if before else []
    details += [f"{name} {value}" for name, value in rest.items()]
    return f"{subject}: {', '.join(details)}" if details else subject


def fingerprint(outcomes: Iterable[Outcome]) -> str:
    """The same for plans that do the same to the same rows."""
    plan = [
        (one.reference, one.verdict, one.changes, one.effects, [fault.message for fault in one.faults])
        for one in outcomes
    ]
    return sha256(orjson.dumps(plan, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()


def posted_keys(request: HttpRequest, model: type[Model]) -> list[Any]:
    """The primary keys that the page sent back. Raises `SuspiciousOperation` for what no page sends."""
    try:
        keys = orjson.loads(request.POST.get("rows", ""))
        if not isinstance(keys, list) or None in keys:
            raise TypeError
        return list(dict.fromkeys(model._meta.pk.clean(key, None) for key in keys))
    except (ValueError, TypeError, ValidationError):
        raise SuspiciousOperation("rows must be a list of primary keys") from None


class ConfirmedAction:
    """An action of an admin list, declared by an app: an operation, a verb, and what to ask for.

    `item_of(pk)` is the operation's item for a row; `about(row)` a few words by which a person knows it; `terms` are
    those that hold always. `done` is the participle for people where the operation's own does not fit.
    """

    allowed_permissions = ("change",)
    do_not_call_in_templates = True

    def __init__(
        self,
        name: str,
        verb: str,
        operation: Operation,
        *,
        item_of: Callable[[Any], Any],
        about: Callable[[Any], str] = str,
        form: type[TermsForm] = TermsForm,
        terms: Mapping[str, Any] | None = None,
        done: str = "",
        icon: str = "",
    ) -> None:
        self.__name__ = name
        self.verb, self.operation, self.item_of, self.about = verb, operation, item_of, about
        self.form_class, self.terms, self.done, self.icon = form, terms or {}, done or operation.verb, icon
        self.short_description = f"{verb} selected %(verbose_name_plural)s"

    def allows(self, user: User | AnonymousUser) -> bool:
        """Whether the user's role may run the operation; the model's own permissions come on top."""
        return role_of(user) in self.operation.roles

    def __call__(self, model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """What the list calls: with the ticked rows at first, then with what the page sends back."""
        if "step" in request.POST:
            # Not what the list's filters find now: a row that has changed meanwhile must be told of, not dropped.
            keys = posted_keys(request, queryset.model)
        else:
            keys = list(queryset.values_list("pk", flat=True)[: MOST_ROWS + 1])
        return self.respond(model_admin, request, keys, request.get_full_path())

    def respond(self, model_admin: ModelAdmin, request: HttpRequest, keys: Sequence[Any], back: str) -> HttpResponse:
        """The page with the plan, or what came of confirming it and the way `back`."""
        if not (self.allows(request.user) and model_admin.has_change_permission(request)):
            raise PermissionDenied
        if len(keys) > MOST_ROWS:
            messages.error(
                request, f"At most {MOST_ROWS:,} rows can be changed from here at once: narrow the list down."
            )
            return HttpResponseRedirect(back)
        try:
            return self.converse(Page(self, model_admin, request, keys, back))
        except Unavailable:
            messages.error(request, str(Unavailable.__doc__))
            return HttpResponseRedirect(back)

    def converse(self, page: "Page") -> HttpResponse:
        """Show the plan until it is confirmed, then carry it out. Raises `Unavailable`."""
        if page.request.POST.get("step") != "confirm" or not page.form.is_valid():
            return page.response()
        try:
            result = self.carry_out(page.batch(), page.request.POST.get("plan", ""))
        except (PlanChanged, Refused) as error:
            said = sentence(error) if isinstance(error, Refused) else str(PlanChanged.__doc__)
            messages.error(page.request, said)
            return page.response()
        messages.add_message(page.request, *self.report(result))
        return HttpResponseRedirect(page.back)

    def carry_out(self, batch: Batch, plan: str) -> Result:
        """Run the operation, provided that it does what `plan` is the fingerprint of."""

        def attempt() -> Result:
            if fingerprint(preview(self.operation, batch).outcomes) != plan:
                raise PlanChanged
            return run(self.operation, batch)

        return transact(attempt)

    def words(self) -> dict[Verdict, str]:
        """The verdicts of the operation for people."""
        return {**self.operation.words, Verdict.UPDATED: self.done, Verdict.REFUSED: "refused"}

    def report(self, result: Result) -> tuple[int, SafeString]:
        """The level and text of the message that is left on the list: counts, and the way to the record."""
        words = self.words()
        counts = ", ".join(f"{count} {words[verdict]}" for verdict, count in result.counts.items() if count)
        url = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id])
        text = format_html('{}. <a href="{}" class="underline">See what happened to each</a>', counts.capitalize(), url)
        return messages.WARNING if result.counts[Verdict.REFUSED] else messages.SUCCESS, text


class Page:
    """The confirmation page of an action for some rows."""

    def __init__(
        self, action: ConfirmedAction, model_admin: ModelAdmin, request: HttpRequest, keys: Sequence[Any], back: str
    ) -> None:
        self.action, self.model_admin, self.request, self.keys, self.back = action, model_admin, request, keys, back
        self.rows = model_admin.model._default_manager.filter(pk__among=keys)
        self.form = action.form_class(request.POST if "step" in request.POST else None, rows=self.rows)
        if self.form.is_bound:
            self.form.full_clean()
        sent = request.POST.get("policy")
        self.policy = Policy(sent) if sent in Policy.values else Policy.PARTIAL

    def batch(self) -> Batch:
        """The chosen rows as a batch of the operation."""
        items = [Item(index, self.action.item_of(key)) for index, key in enumerate(self.keys)]
        terms = {**self.action.terms, **self.form.terms()}
        return Batch(items, terms, actor_of(self.request.user), timezone.now(), self.policy)

    def row(self, outcome: Outcome, known: Mapping[Any, Any]) -> Row:
        key = "" if outcome.index is None or self.keys[outcome.index] not in known else self.keys[outcome.index]
        opts = self.model_admin.opts
        changes = [(name, shown(before), shown(after)) for name, (before, after) in outcome.changes.items()]
        if outcome.verdict is Verdict.UNCHANGED and outcome.status:
            changes = [("status", shown(outcome.status), "")]
        return Row(
            reference=outcome.reference,
            url=reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(key)]) if key else "",
            about=self.action.about(known[key]) if key else "",
            changes=changes,
            effects=[told(effect) for effect in outcome.effects],
            reasons=[fault.message for fault in outcome.faults],
        )

    def sections(self, outcomes: Sequence[Outcome]) -> list[Section]:
        """Refused first: that is what a person must not miss."""
        titles = [("refused", "Refused, will be left as it is", (Verdict.REFUSED,)),
                  ("changing", f"Will be {self.action.done}", CHANGING),
                  ("unchanged", "Stays as it is, nothing to do", (Verdict.UNCHANGED, Verdict.SKIPPED))]  # fmt: skip
        found = [
            (name, title, [one for one in outcomes if one.verdict in verdicts]) for name, title, verdicts in titles
        ]
        listed = [one.index for *_, some in found for one in some[:MOST_LISTED] if one.index is not None]
        known = self.rows.in_bulk([self.keys[index] for index in listed])
        return [
            Section(name, title, len(some), [self.row(one, known) for one in some[:MOST_LISTED]])
            for name, title, some in found
            if some
        ]

    def shown_form(self) -> TermsForm:
        """The form as sent; where only the plan was asked for, without complaints about what is still missing."""
        if self.form.is_bound and self.request.POST["step"] != "confirm":
            return self.action.form_class(initial=self.form.cleaned_data, rows=self.rows)
        return self.form

    def response(self) -> HttpResponse:
        result = preview(self.action.operation, self.batch())
        opts = self.model_admin.opts
        changing = sum(result.counts[verdict] for verdict in CHANGING)
        noun = str(opts.verbose_name if changing == 1 else opts.verbose_name_plural)
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": f"{self.action.verb} {opts.verbose_name_plural}",
            "opts": opts,
            "action": self.action,
            "action_name": self.action.__name__,
            "form": self.shown_form(),
            "media": self.model_admin.media + self.form.media,
            "sections": self.sections(result.outcomes),
            "changing": changing,
            "unchanged": result.counts[Verdict.UNCHANGED] + result.counts[Verdict.SKIPPED],
            "refused": result.counts[Verdict.REFUSED],
            "button": f"{self.action.verb} {changing:,} {noun}",
            "plan": fingerprint(result.outcomes),
            "keys": orjson.dumps(self.keys, default=str).decode(),
            "first_key": self.keys[0] if self.keys else "",
            "policy": self.policy,
            "back": self.back,
        }
        return TemplateResponse(self.request, "admin/bulk/confirm.html", context)
