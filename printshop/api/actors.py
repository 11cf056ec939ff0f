"""Who asks: one value for an API key, a person in the admin and a command, so that no service needs to know which."""

from dataclasses import dataclass

from django.db.models import TextChoices


class Role(TextChoices):
    """What an actor may do; `docs/api.md` says which operation needs which."""

    CUSTOMER = "customer"
    OPERATOR = "operator"
    ADMIN = "admin"


STAFF = frozenset({Role.OPERATOR, Role.ADMIN})
EVERYBODY = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Actor:
    """An account's key or user at work. `customer_id` is set for a key bound to one customer."""

    account_id: int
    role: Role
    name: str
    key_id: int | None = None
    user_id: int | None = None
    customer_id: str | None = None

    @property
    def is_authenticated(self) -> bool:
        """What the permission classes of Django REST framework ask of a user."""
        return True
