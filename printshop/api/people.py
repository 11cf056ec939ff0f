"""People at the admin, as actors."""

from django.contrib.auth.models import User

from printshop.api.actors import Actor, Role
from printshop.api.models import Account


def actor_of(user: User) -> Actor:
    """A member of staff acts for the house account: a superuser as admin, everybody else as operator."""
    return Actor(
        account_id=Account.objects.get(code=Account.HOUSE).pk,
        role=Role.ADMIN if user.is_superuser else Role.OPERATOR,
        name=user.get_username(),
        user_id=user.pk,
    )
