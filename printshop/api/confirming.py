"""Actions of admin lists that are no operations of the engine, on keys, webhooks and recorded operations.

They show their plan all the same: which rows change and how, which do not and why. The button carries a fingerprint of
the plan that was shown; where something has changed meanwhile, nothing is done and the plan is shown as it is now.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from printshop.api.refusals import Told
from printshop.api.transactions import Unavailable, transact

# How many rows of each fate a page lists.
MOST_LISTED = 200
Said = tuple[int, str]


class PlanChanged(Told):
    """This is not the plan that you were shown: something changed meanwhile. Nothing was done; here is the plan now."""


def posted_keys(request: HttpRequest, model: type[Model]) -> list[Any]:
    """The primary keys that the page sent back. Raises `SuspiciousOperation` for what no page sends."""
    try:
        keys = orjson.loads(request.POST.get("rows", ""))
        if not isinstance(keys, list) or None in keys:
            raise TypeError
        return list(dict.fromkeys(model._meta.pk.clean(key, None) for key in keys))
    except (ValueError, TypeError, ValidationError):
        raise SuspiciousOperation("rows must be a list of primary keys") from None


# --- What a page shows -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Row:
    """What awaits one row, worded for people; `url` leads to it. A change is a name, the value before and after."""

    reference: str
    url: str
    about: str
    changes: Sequence[tuple[str, str, str]]
    effects: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """The rows that share a fate: all counted, the first `MOST_LISTED` listed."""

    name: str
    title: str
    total: int
    rows: Sequence[Row]

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


# --- What an action makes of its rows --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fate:
    """What awaits a row: effects and changes, or why it is refused, or neither, then it stays as it is."""

    effects: Sequence[str] = ()
    changes: Sequence[tuple[str, str, str]] = ()
    refused: str = ""

    @property
    def name(self) -> str:
        if self.refused:
            return "refused"
        return "changing" if self.effects or self.changes else "unchanged"


NOTHING = Fate()
Judge = Callable[[HttpRequest, Sequence[Any], datetime], Sequence[Fate]]
Act = Callable[[HttpRequest, Sequence[Any], datetime], Iterable[Said]]


def fingerprint(rows: Sequence[Any], fates: Sequence[Fate]) -> str:
    """The same for plans that do the same to the same rows."""
    plan = [(str(row.pk), fate.effects, fate.changes, fate.refused) for row, fate in zip(rows, fates, strict=True)]
    return sha256(orjson.dumps(plan)).hexdigest()


class WhyForm(forms.Form):
    """Why; it is kept in the history of each row."""

    reason = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextInputWidget, help_text="Kept in the history of each."
    )


class PlannedAction:
    """An action of an admin list: `judge` says what awaits each row, `act` does it to those that change.

    `done` is the participle, `about(row)` a few words by which a person knows a row, `warning` what should be known
    beforehand. Judging and acting run in one transaction on locked rows, unless every row has one of its own (`whole`
    is false). `noted` actions leave a line with the reason in the history of each row.
    """

    do_not_call_in_templates = True

    def __init__(
        self,
        name: str,
        verb: str,
        judge: Judge,
        act: Act,
        *,
        done: str,
        about: Callable[[Any], str] = lambda row: "",
        warning: str = "",
        permission: str = "change",
        whole: bool = True,
        noted: bool = True,
        most: int = 1_000,
    ) -> None:
        self.__name__, self.verb, self.short_description = name, verb, f"{verb} selected %(verbose_name_plural)s"
        self.judge, self.act, self.done, self.about, self.warning = judge, act, done, about, warning
        self.allowed_permissions = (permission,)
        self.whole, self.noted, self.most = whole, noted, most

    def __call__(self, model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """What the list calls: with the chosen rows at first, then with what the page of the plan sends back."""
        self.check_allowed(model_admin, request)
        stepping = "step" in request.POST
        found = posted_keys(request, queryset.model) if stepping else self.chosen(queryset)
        if len(found) > self.most:
            messages.error(
                request, f"At most {self.most:,} can be {self.done} from here at once: narrow the list down."
            )
            return HttpResponseRedirect(request.get_full_path())
        return PlannedPage(self, model_admin, request, found).answer()

    def chosen(self, queryset: QuerySet[Any]) -> list[Any]:
        return list(queryset.values_list("pk", flat=True)[: self.most + 1])

    def check_allowed(self, model_admin: ModelAdmin, request: HttpRequest) -> None:
        """Raises `PermissionDenied`; asked at every step anew."""
        if not all(getattr(model_admin, f"has_{one}_permission")(request) for one in self.allowed_permissions):
            raise PermissionDenied


class PlannedPage:
    """One request of somebody who looks at such a plan, or confirms it."""

    def __init__(
        self, action: PlannedAction, model_admin: ModelAdmin, request: HttpRequest, keys: Sequence[Any]
    ) -> None:
        self.action, self.model_admin, self.request, self.keys = action, model_admin, request, keys
        self.back = request.get_full_path()
        self.at = timezone.now()
        self.form = WhyForm(request.POST if "step" in request.POST else None)

    def rows(self) -> list[Any]:
        """Those of the rows that are still there and may be seen."""
        found = self.model_admin.get_queryset(self.request).filter(pk__among=self.keys).order_by("pk")
        related = self.model_admin.list_select_related
        return list(found.select_related(*related) if isinstance(related, tuple) and related else found)

    def answer(self) -> HttpResponse:
        """The plan, until it is confirmed; then back to the list with what came of it."""
        try:
            if self.request.POST.get("step") == "confirm" and self.form.is_valid():
                return self.confirmed()
        except (PlanChanged, Unavailable) as error:
            messages.error(self.request, str(error))
        return self.shown()

    # --- Doing it ----------------------------------------------------------------------------------------------------
    def confirmed(self) -> HttpResponse:
        said = transact(self.locked) if self.action.whole else self.carried_out()
        for level, text in said:
            messages.add_message(self.request, level, text)
        return HttpResponseRedirect(self.back)

    def locked(self) -> list[Said]:
        rows = self.model_admin.model._base_manager.filter(pk__among=self.keys).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
        return self.carried_out()

    def carried_out(self) -> list[Said]:
        """Do what was shown. Raises `PlanChanged` when it would be something else by now."""
        rows = self.rows()
        fates = self.action.judge(self.request, rows, self.at)
        if fingerprint(rows, fates) != self.request.POST.get("plan"):
            raise PlanChanged
        changing = [row for row, fate in zip(rows, fates, strict=True) if fate.name == "changing"]
        said = list(self.action.act(self.request, changing, self.at))
        if self.action.noted and changing:
            self.note(changing)
        return said

    def note(self, rows: Sequence[Any]) -> None:
        """A line in the history of each: what was done, and why."""
        reason = self.form.cleaned_data["reason"]
        text = f"{self.action.done.capitalize()}: {reason}" if reason else f"{self.action.done.capitalize()}."
        LogEntry.objects.log_actions(self.request.user.pk, rows, CHANGE, text)  # type: ignore[arg-type]

    # --- Showing -----------------------------------------------------------------------------------------------------
    def shown(self) -> HttpResponse:
        rows = self.rows()
        fates = self.action.judge(self.request, rows, self.at)
        sections = list(self.sections(rows, fates))
        counts = {"refused": 0, "changing": 0, "unchanged": 0} | {one.name: one.total for one in sections}
        opts = self.model_admin.opts
        noun = str(opts.verbose_name if counts["changing"] == 1 else opts.verbose_name_plural)
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            **counts,
            "title": f"{self.action.verb} {opts.verbose_name_plural}",
            "opts": opts,
            "action": self.action,
            "action_name": self.action.__name__,
            "form": self.form if self.action.noted else (),
            "media": self.model_admin.media,
            "sections": sections,
            "button": f"{self.action.verb} {counts['changing']:,} {noun}",
            "plan": fingerprint(rows, fates),
            "keys": orjson.dumps(self.keys, default=str).decode(),
            "first_key": self.keys[0] if self.keys else "",
            "back": self.back,
        }
        return TemplateResponse(self.request, "admin/planned.html", context)

    def sections(self, rows: Sequence[Any], fates: Sequence[Fate]) -> Iterable[Section]:
        """Refused first: that is what a person must not miss."""
        titles = {"refused": "Refused, will be left as it is", "changing": f"Will be {self.action.done}",
                  "unchanged": "Stays as it is, nothing to do"}  # fmt: skip
        for name, title in titles.items():
            fated = [(row, fate) for row, fate in zip(rows, fates, strict=True) if fate.name == name]
            if fated:
                yield Section(name, title, len(fated), [self.row(*one) for one in fated[:MOST_LISTED]])

    def row(self, row: Any, fate: Fate) -> Row:
        opts = self.model_admin.opts
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(row.pk)])
        reasons = [fate.refused] if fate.refused else []
        return Row(str(row), url, self.action.about(row), fate.changes, fate.effects, reasons)
