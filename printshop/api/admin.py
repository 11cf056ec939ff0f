"""Access in the admin: accounts and their keys, people, and what was answered to whom."""

from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework_api_key.models import APIKey as UpstreamAPIKey
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from printshop.api import keys
from printshop.api.actors import Role
from printshop.api.key_actions import CLOSE, REVOKE, ROTATE, shown_once, state_of
from printshop.api.models import Account, APIKey, IdempotencyRecord
from printshop.api.people import role_of
from printshop.api.tallies import TalliedPaginator


class ReadOnly:
    """What happened: to be read, never written."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """A list of what happened."""

    show_full_result_count = False
    paginator = TalliedPaginator

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """What never changes has no history."""
        return super().render_change_form(request, {**context, "show_history": False}, *args, **kwargs)


class ReadOnlyInline(ReadOnly, TabularInline):
    """What happened to a row, on its page.

    `is_part` is true for what the row is made of: whoever sees the row sees it, without a permission of its own.
    """

    is_part = False
    extra = 0
    can_delete = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        whole = self.parent_model._meta
        sees_whole = request.user.has_perm(f"{whole.app_label}.{get_permission_codename('view', whole)}")
        return (self.is_part and sees_whole) or super().has_view_permission(request, obj)


class AdminsOnly(ModelAdmin):
    """Who may do what is a matter for administrators, whatever permissions an operator was given."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return role_of(request.user) is Role.ADMIN

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return role_of(request.user) is Role.ADMIN

    def has_add_permission(self, request: HttpRequest) -> bool:
        return role_of(request.user) is Role.ADMIN

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return role_of(request.user) is Role.ADMIN

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return role_of(request.user) is Role.ADMIN


@admin.register(Account)
class AccountAdmin(AdminsOnly):
    """Accounts stay, since what they ordered stays; their keys can be revoked."""

    actions = (CLOSE,)

    list_display = ("code", "name", "live_keys", "created_at")
    search_fields = ("code", "name")
    readonly_fields = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        live = APIKey.objects.live(timezone.now()).filter(account=OuterRef("pk")).order_by().values("account")
        counted = Coalesce(Subquery(live.values(count=Count("pk"))), 0)
        return super().get_queryset(request).annotate(live_key_count=counted)

    @display(description="Live keys", ordering="live_key_count")
    def live_keys(self, account: Account) -> int:
        return account.live_key_count  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("code", "created_at") if obj else ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class APIKeyForm(forms.ModelForm):
    """A key to be issued."""

    class Meta:
        model = APIKey
        fields = ("account", "name", "role", "customer", "expiry_date")
        help_texts = {
            "customer": "The customer's id: for role customer only, which sees that customer's orders and jobs.",
            "expiry_date": "Leave empty for a key that lasts until it is revoked.",
        }

    def clean_customer(self) -> str:
        customer = str(self.cleaned_data["customer"])
        if customer and customer not in keys.customers.known([customer]):
            raise forms.ValidationError(f"There is no customer {customer}.")
        return customer


@admin.register(APIKey)
class APIKeyAdmin(AdminsOnly):
    """Keys are issued here, and then rotated or revoked; they are never edited."""

    form = APIKeyForm
    list_display = ("prefix", "name", "account", "role", "customer", "state", "created", "expiry_date")
    list_display_links = ("prefix", "name")
    list_filter = ("role", "revoked", "account", "created")
    list_select_related = ("account",)
    search_fields = ("prefix", "name", "customer")
    ordering = ("-created",)
    fields = ("account", "name", "role", "customer", "expiry_date")
    actions = (ROTATE, REVOKE)

    @display(description="State", label={"live": "success", "expired": "warning", "revoked": "danger"})
    def state(self, key: APIKey) -> str:
        return state_of(key)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*self.fields, "prefix", "state", "created") if obj else self.fields

    def save_model(self, request: HttpRequest, obj: APIKey, form: forms.ModelForm, change: bool) -> None:
        given = form.cleaned_data
        key, text = keys.issue(
            given["account"], given["name"], Role(given["role"]),
            customer=given["customer"], expires_at=given["expiry_date"],
        )  # fmt: skip
        obj.pk, obj.prefix = key.pk, key.prefix
        messages.add_message(request, *shown_once(key, text))


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin, AdminsOnly):
    """Answers kept to be given again. Their bodies are not shown: one may hold a key."""

    list_display = ("key", "account", "status", "created_at")
    list_filter = ("status", "account")
    list_select_related = ("account",)
    search_fields = ("key__startswith",)
    ordering = ("-created_at", "-pk")
    fields: Any = ("account", "key", "fingerprint", "status", "created_at")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AdminsOnly):
    """Wrong passwords. Deleting a row lets its user try again at once."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = readonly_fields = (*list_display, "user_agent", "path_info")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# These bring plain pages of their own.
for model in (User, Group, UpstreamAPIKey):
    admin.site.unregister(model)


class Boxes:
    """Groups and permissions to be ticked: Django's two lists with arrows serve neither a phone nor a screen reader."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(*args, **{**kwargs, "widget": UnfoldAdminCheckboxSelectMultipleWidget})  # type: ignore[misc]


@admin.register(User)
class PersonAdmin(Boxes, UserAdmin, AdminsOnly):  # type: ignore[misc]
    """People who work here: staff are operators, superusers administrators."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "is_staff", "is_superuser", "is_active", "last_login")


@admin.register(Group)
class PeopleGroupAdmin(Boxes, GroupAdmin, AdminsOnly):  # type: ignore[misc]
    """Permissions that several people share."""

    search_fields = ("name",)
