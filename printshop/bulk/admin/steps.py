"""What may be done about an operation: look again, cancel, retry, undo. Each asks anew who is asking, and of what."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from printshop.api.actors import Role
from printshop.api.errors import sentence
from printshop.api.people import role_of
from printshop.api.refusals import Fault, Refused, refuse
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.admin.items import chosen_result
from printshop.bulk.admin.undoing import UndoPage, actor_for
from printshop.bulk.deferred.dialects import dialect_of
from printshop.bulk.deferred.endings import FINISHED, cancel
from printshop.bulk.models import BulkOperation
from printshop.bulk.operations.filters import FAILED, with_result
from printshop.bulk.operations.results import download, results_csv
from printshop.bulk.operations.retrying import retry
from printshop.bulk.registry import inverse_of, operations

if TYPE_CHECKING:
    from printshop.bulk.admin.operations import BulkOperationAdmin

View = Callable[[HttpRequest, BulkOperation], HttpResponseBase]


def may_run(request: HttpRequest, recorded: BulkOperation) -> bool:
    """Whether the user's role may run this kind of operation, and so retry, cancel and undo it."""
    role, operation = role_of(request.user), operations().get(recorded.name)
    return role is Role.ADMIN or (operation is not None and role in operation.roles)


def page_of(operation_id: UUID, page: str = "change") -> str:
    return reverse(f"admin:bulk_bulkoperation_{page}", args=[operation_id])


def offered(request: HttpRequest, recorded: Any) -> dict[str, str]:
    """Addresses of what the user may do about an operation as it stands."""
    standing = recorded.standing
    found = {"results": page_of(recorded.pk, "results")}
    if standing.failed:
        own = dialect_of(recorded).failed_rows
        found["failed"] = reverse(own, args=[recorded.pk]) if own else f"{found['results']}?result=failed"
    if not may_run(request, recorded):
        return found
    if standing.unfinished and recorded.cancelled_at is None:
        found["cancel"] = page_of(recorded.pk, "cancel")
    if not standing.unfinished:
        found |= {"retry": page_of(recorded.pk, "retry")} if standing.failed or standing.cancelled else {}
        found |= {"undo": page_of(recorded.pk, "undo")} if inverse_of(recorded.name) else {}
    return found


class OperationSteps:
    """The pages and buttons of an operation, as part of its model's admin."""

    def __init__(self, model_admin: "BulkOperationAdmin") -> None:
        self.model_admin = model_admin

    def urls(self) -> list[URLPattern]:
        steps: dict[str, View] = {
            "progress": self.progress,
            "results": self.results,
            "cancel": self.cancel,
            "retry": self.retry,
            "undo": self.undo,
        }
        site = self.model_admin.admin_site
        return [
            path(f"<uuid:operation_id>/{name}/", site.admin_view(self.checked(step)), name=f"bulk_bulkoperation_{name}")
            for name, step in steps.items()
        ]

    def checked(self, step: View) -> Callable[[HttpRequest, UUID], HttpResponseBase]:
        """A step for an operation that the user may see; an operation of another account is unknown to an operator."""

        def view(request: HttpRequest, operation_id: UUID) -> HttpResponseBase:
            if not self.model_admin.has_view_permission(request):
                raise PermissionDenied
            found = self.model_admin.get_object(request, str(operation_id))
            if found is None:
                raise Http404
            return step(request, found)

        return view

    def progress(self, request: HttpRequest, recorded: Any) -> HttpResponse:
        """The part of the page that shows how far it has got; once that is the end, the whole page is asked for."""
        context = {"original": recorded, "standing": recorded.standing}
        headers = {} if recorded.standing.unfinished else {"HX-Refresh": "true"}
        return TemplateResponse(request, "admin/bulk/progress.html", context, headers=headers)

    def results(self, request: HttpRequest, recorded: BulkOperation) -> HttpResponseBase:
        """The items as a sheet, of all or of one result; what failed comes as it was sent."""
        chosen = chosen_result(request)
        content = results_csv(recorded, with_result(recorded.items.all(), chosen), as_sent=chosen == FAILED)
        return download(recorded, content, "text/csv", "csv")

    def pressed(self, request: HttpRequest, recorded: BulkOperation, act: Callable[[], UUID]) -> HttpResponse:
        """A button: POST by somebody who may. Leads to the operation that `act` gives, or back with what stood against
        it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not may_run(request, recorded):
            raise PermissionDenied
        try:
            return HttpResponseRedirect(page_of(act()))
        except (Refused, Unavailable) as error:
            messages.error(request, sentence(error))
            return HttpResponseRedirect(page_of(recorded.pk))

    def cancel(self, request: HttpRequest, recorded: Any) -> HttpResponse:
        """Call off what has not begun."""

        def act() -> UUID:
            if not recorded.standing.unfinished:
                raise refuse(Fault("OPERATION_FINISHED", FINISHED))
            said = f"Called off: {cancel(recorded.pk):,} of {recorded.total:,} items. What had begun is finished first."
            messages.success(request, said)
            return recorded.pk

        return self.pressed(request, recorded, act)

    def retry(self, request: HttpRequest, recorded: BulkOperation) -> HttpResponse:
        """Try again what did not happen, as an operation of its own."""

        include = {"include": ["cancelled"]} if "cancelled" in request.POST else {}

        def act() -> UUID:
            actor, at = actor_for(request, recorded), timezone.now()
            accepted = transact(lambda: retry(recorded, include, actor=actor, at=at))
            messages.success(request, "It is in the queue again. This page shows how far it has got.")
            return accepted.operation_id

        return self.pressed(request, recorded, act)

    def undo(self, request: HttpRequest, recorded: BulkOperation) -> HttpResponse:
        """The plan of an undo, and its button."""
        if not may_run(request, recorded):
            raise PermissionDenied
        return UndoPage(self.model_admin, request, recorded).respond()
