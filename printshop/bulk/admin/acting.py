"""Lists with actions that show their plan: for ticked rows, for all that match, and for one row from its page."""

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from printshop.api.admin import ReadOnlyAdmin
from printshop.bulk.confirm import ConfirmedAction


class ActingAdmin(ModelAdmin):
    """A list whose `actions` are operations of the engine, shown as a plan before they are carried out."""

    @property
    def url_prefix(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}"

    def confirmed(self, request: HttpRequest) -> list[ConfirmedAction]:
        """The actions that the user's role may run."""
        return [one for one in self.actions or () if isinstance(one, ConfirmedAction) and one.allows(request.user)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        allowed = self.confirmed(request)
        found = super().get_actions(request)
        return {name: entry for name, entry in found.items() if entry[0] in allowed}

    def get_urls(self) -> list[URLPattern]:
        name = self.url_prefix.removeprefix("admin:")
        plan, matching = map(self.admin_site.admin_view, (self.plan_view, self.matching_view))
        return [
            path("matching/<uuid:selection>/<slug:action>/", matching, name=f"{name}_matching"),
            path("<path:object_id>/plan/<slug:action>/", plan, name=f"{name}_plan"),
            *super().get_urls(),
        ]

    def confirmed_action(self, request: HttpRequest, name: str) -> ConfirmedAction:
        """The action of that name. Raises `PermissionDenied`."""
        chosen = next((one for one in self.confirmed(request) if one.__name__ == name), None)
        if chosen is None:
            raise PermissionDenied
        return chosen

    def matching_view(self, request: HttpRequest, selection: UUID, action: str) -> HttpResponse:
        """An action for all rows that matched the filters of the list, asked for there."""
        return self.confirmed_action(request, action).respond_matching(self, request, selection)

    def plan_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """An action for one row, asked for on its page; a row that is no more has no page to go back to."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        back = reverse(f"{self.url_prefix}_change", args=[quote(row.pk)])
        answer = self.confirmed_action(request, action).respond(self, request, [row.pk], back)
        if answer.status_code == 302 and answer["Location"] == back and self.get_object(request, object_id) is None:
            return HttpResponseRedirect(reverse(f"{self.url_prefix}_changelist"))
        return answer

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a row offers the actions as buttons."""
        row = kwargs.get("obj")
        if row is not None and self.has_change_permission(request):
            context["actions_detail"] = [
                {
                    "title": one.verb,
                    "icon": one.icon,
                    "variant": ActionVariant.DEFAULT,
                    "attrs": {},
                    "path": reverse(f"{self.url_prefix}_plan", args=[quote(row.pk), one.__name__]),
                }
                for one in self.confirmed(request)
            ]
        return super().render_change_form(request, context, *args, **kwargs)


class ActingOnlyAdmin(ActingAdmin, ReadOnlyAdmin):
    """A list whose rows change by its actions alone: none is typed over."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of the list: whether its actions may be run."""
        return obj is None and ModelAdmin.has_change_permission(self, request)
