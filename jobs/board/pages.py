"""The job board's page, the columns that it fetches every few seconds, and what it does to the chosen jobs.

What is done is an action of the list of jobs, shown as a plan and confirmed as there; only the page around it differs.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from catalog.models import SKU
from jobs.board.changes import Change
from jobs.board.columns import DONE, Board, Wanted, board_of, midnight
from jobs.board.forms import MOST_CHOSEN, BoardForm, ChosenForm, ShownForm
from jobs.models import Job
from printshop.api.transactions import Unavailable
from printshop.bulk.confirm import ConfirmedAction

View = Callable[[HttpRequest], HttpResponse]
ACTIONS = ("advance", "cancel")
# Between two looks at the shop.
REFRESH_SECONDS = 10


def no(says: str, status: int) -> JsonResponse:
    return JsonResponse({"says": says}, status=status)


class BoardPages:
    """The pages, beside the list of jobs that `model_admin` shows."""

    def __init__(self, model_admin: ModelAdmin) -> None:
        self.model_admin = model_admin

    def urls(self) -> list[URLPattern]:
        views = {
            "": require_safe(self.seen(self.page)),
            "columns/": require_safe(self.seen(self.columns)),
            "change/": require_POST(self.changing(self.change)),
        }
        return [
            path(f"board/{route}", self.model_admin.admin_site.admin_view(view),
                 name="_".join(filter(None, ["jobs_job_board", route.strip("/")])))
            for route, view in views.items()
        ]  # fmt: skip

    # --- Who may -----------------------------------------------------------------------------------------------------
    def seen(self, view: View) -> View:
        @wraps(view)
        def seen(request: HttpRequest) -> HttpResponse:
            if not self.model_admin.has_view_permission(request):
                raise PermissionDenied
            return view(request)

        return seen

    def changing(self, view: View) -> View:
        @wraps(view)
        def changing(request: HttpRequest) -> HttpResponse:
            if not self.model_admin.has_change_permission(request):
                raise PermissionDenied
            try:
                return view(request)
            except Unavailable as error:
                return no(str(error), 503)

        return changing

    def offered(self, request: HttpRequest) -> list[ConfirmedAction]:
        """The list's own actions that the board offers this person."""
        if not self.model_admin.has_change_permission(request):
            return []
        listed = [one for one in self.model_admin.actions or () if isinstance(one, ConfirmedAction)]
        return [one for one in listed if one.__name__ in ACTIONS and one.allows(request.user)]

    # --- Looking -----------------------------------------------------------------------------------------------------
    def board(self, request: HttpRequest, form: BoardForm) -> dict[str, Any]:
        """What the columns are drawn of; None of them while the filters cannot be read."""
        at, wanted = timezone.now(), form.wanted()
        found = None if wanted is None else board_of(wanted, ShownForm(request.GET).shown(), at)
        done = [] if found is None else self.done(found, wanted or Wanted(), midnight(at))
        return {"board": found, "done": done, "at": at, "narrowed": bool(wanted), "offered": self.offered(request)}

    def done(self, board: Board, wanted: Wanted, since: Any) -> list[tuple[str, int, str]]:
        """What came to an end today: status, count, and the list of them where that can be narrowed down alike."""
        listed = reverse("admin:jobs_job_changelist")
        urls = {one: f"{listed}?{urlencode({'status__exact': one, 'updated_at__gte': since})}" for one in DONE}
        return [(one, board.done[one], "" if wanted else urls[one]) for one in DONE]

    def page(self, request: HttpRequest) -> HttpResponse:
        form = BoardForm(request.GET, materials=SKU.objects.materials())
        context = {
            **self.model_admin.admin_site.each_context(request),
            **self.board(request, form),
            "title": "Job board",
            "buttons": [(one.__name__, one.verb) for one in self.offered(request)],
            "opts": self.model_admin.opts,
            "form": form,
            "asked": request.GET.urlencode(),
            "every": REFRESH_SECONDS,
            "most": MOST_CHOSEN,
            "is_empty": not Job.objects.exists(),
        }
        return TemplateResponse(request, "jobs/board.html", context)

    def columns(self, request: HttpRequest) -> HttpResponse:
        """The same columns anew, for the page that is open."""
        return TemplateResponse(request, "jobs/board_columns.html", self.board(request, BoardForm(request.GET)))

    # --- Doing -------------------------------------------------------------------------------------------------------
    def change(self, request: HttpRequest) -> HttpResponse:
        """The plan for the chosen jobs as a part of a page, or as JSON what came of confirming it."""
        chosen = ChosenForm(request.POST)
        if not chosen.is_valid():
            return no(" ".join(text for texts in chosen.errors.values() for text in map(str, texts)), 400)
        named = chosen.cleaned_data["action"]
        action = next((one for one in self.offered(request) if one.__name__ == named), None)
        if action is None:
            raise PermissionDenied
        return Change(action, request, chosen.cleaned_data["jobs"]).response()


def board_urls(model_admin: ModelAdmin) -> Sequence[URLPattern]:
    """The addresses under `/admin/jobs/job/board/`."""
    return BoardPages(model_admin).urls()
