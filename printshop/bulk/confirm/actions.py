"""The actions of admin lists: an operation for the ticked rows, once its plan was seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from printshop.api.confirming import PlanChanged, posted_keys
from printshop.api.errors import sentence
from printshop.api.people import role_of
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.confirm.forms import TermsForm
from printshop.bulk.confirm.freezing import Forgotten, TooMany, recall
from printshop.bulk.confirm.matching import Matching, begin, list_of
from printshop.bulk.confirm.pages import Page
from printshop.bulk.confirm.plans import fingerprint
from printshop.bulk.confirm.queueing import IN_QUEUE, sent_on
from printshop.bulk.confirm.tickets import DoneAlready
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.outcomes import Verdict

# As many as a deferred call of the API may name.
MOST_ROWS = 10_000


class ConfirmedAction:
    """An action of an admin list, declared by an app: an operation, a verb, and what to ask for.

    `item_of(pk)` is the operation's item for a row, as the API would send it; `about(row)` a few words by which a
    person knows it; `terms` are those that hold always. `done` is the participle for people where the operation's own
    does not fit. `most` is for operations that look at each row by itself.
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
        most: int = 0,
    ) -> None:
        self.__name__ = name
        self.verb, self.operation, self.item_of, self.about = verb, operation, item_of, about
        self.form_class, self.terms, self.done, self.icon = form, terms or {}, done or operation.verb, icon
        self.most = most
        self.short_description = f"{verb} selected %(verbose_name_plural)s"

    def allows(self, user: User | AnonymousUser) -> bool:
        """Whether the user's role may run the operation; the model's own permissions come on top."""
        return role_of(user) in self.operation.roles

    def __call__(self, model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """What the list calls: with the chosen rows at first, then with what the page of ticked ones sends back."""
        self.check_allowed(model_admin, request)
        if "step" in request.POST:
            # Not what the list's filters find now: a row that has changed meanwhile must be told of, not dropped.
            keys = posted_keys(request, queryset.model)
        elif request.POST.get("select_across", "0") not in ("", "0"):
            return begin(self, model_admin, request)
        else:
            keys = list(queryset.values_list("pk", flat=True)[: MOST_ROWS + 1])
        return self.respond(model_admin, request, keys, request.get_full_path())

    def check_allowed(self, model_admin: ModelAdmin, request: HttpRequest) -> None:
        """Raises `PermissionDenied` for those who may not run this; asked at every step anew."""
        if not (self.allows(request.user) and model_admin.has_change_permission(request)):
            raise PermissionDenied

    def respond(self, model_admin: ModelAdmin, request: HttpRequest, keys: Sequence[Any], back: str) -> HttpResponse:
        """The page with the plan for these rows, or what came of confirming it and the way `back`."""
        self.check_allowed(model_admin, request)
        if len(keys) > (self.most or MOST_ROWS):
            return self.too_many(request, back)
        return self.converse(lambda: Page(self, model_admin, request, keys, back), request, back)

    def respond_matching(self, model_admin: ModelAdmin, request: HttpRequest, reference: UUID) -> HttpResponse:
        """The same for all rows of a selection that `__call__` has frozen."""
        self.check_allowed(model_admin, request)
        try:
            selection = recall(model_admin, request, reference)
        except Forgotten:
            messages.error(request, str(Forgotten.__doc__))
            return HttpResponseRedirect(list_of(model_admin, ""))
        back = list_of(model_admin, selection.query)
        if self.most and selection.count > self.most:
            return self.too_many(request, back)
        return self.converse(lambda: Matching(self, model_admin, request, selection), request, back)

    def too_many(self, request: HttpRequest, back: str) -> HttpResponse:
        most = f"At most {self.most or MOST_ROWS:,} rows can be {self.done} from here at once: narrow the list down."
        messages.error(request, most)
        return HttpResponseRedirect(back)

    def converse(self, page_of: Callable[[], Page], request: HttpRequest, back: str) -> HttpResponse:
        """Show the plan until it is confirmed, then carry it out or put it into the queue, and go on."""
        try:
            return self.step(page_of())
        except (Unavailable, TooMany) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        except DoneAlready as done:
            messages.info(request, str(DoneAlready.__doc__))
            return sent_on(request, done.operation_id, back)

    def step(self, page: Page) -> HttpResponse:
        """One step of the conversation. Raises `Unavailable`, `TooMany` and `DoneAlready`."""
        try:
            # Before the form is judged: what it offers may be another thing after the first click.
            page.check_unused()
            if not page.confirms or not page.form.is_valid():
                return page.response()
            page.check_rows()
            return self.later(page) if page.queues else self.now(page)
        except (PlanChanged, Refused) as error:
            messages.error(page.request, sentence(error))
            return page.response()

    def now(self, page: Page) -> HttpResponse:
        """Do it. Raises `PlanChanged`, `Refused` and `DoneAlready`."""
        batch = page.batch()
        result = page.once(batch, lambda: self.carry_out(batch, page.plan))
        messages.add_message(page.request, *self.report(result))
        return HttpResponseRedirect(page.back)

    def later(self, page: Page) -> HttpResponse:
        """Put it into the queue, whose progress the page of the operation shows. Raises as `now` does."""
        operation_id = page.queue()
        messages.success(page.request, IN_QUEUE)
        return sent_on(page.request, operation_id, page.back)

    def carry_out(self, batch: Batch, plan: str) -> Result:
        """Run the operation, provided that it does what `plan` is the fingerprint of."""

        def attempt() -> Result:
            if fingerprint(preview(self.operation, batch).outcomes) != plan:
                raise PlanChanged
            return run(self.operation, batch)

        return transact(attempt)

    def words(self) -> dict[Verdict, str]:
        """The verdicts of the operation for people."""
        done = dict.fromkeys((Verdict.CREATED, Verdict.UPDATED), self.done)
        return {**self.operation.words, **done, Verdict.REFUSED: "refused"}

    def report(self, result: Result) -> tuple[int, SafeString]:
        """The level and text of the message that is left on the list: counts, and the way to the record."""
        words = self.words()
        counts = ", ".join(f"{count} {words[verdict]}" for verdict, count in result.counts.items() if count)
        url = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id])
        text = format_html('{}. <a href="{}" class="underline">See what happened to each</a>', counts.capitalize(), url)
        return messages.WARNING if result.counts[Verdict.REFUSED] else messages.SUCCESS, text
