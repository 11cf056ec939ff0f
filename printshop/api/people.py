"""People at the admin, as actors."""

from django.contrib.auth.models import AnonymousUser, User

from printshop.api.actors import Actor, Role
from printshop.api.models import Account


def role_of(user: User | AnonymousUser) -> Role:
    """A superuser is an admin, everybody else on the staff an operator."""
    return Role.ADMIN if user.is_superuser else Role.OPERATOR


def actor_of(user: User | AnonymousUser) -> Actor:
    """A member of staff, who acts for the house account; the admin lets nobody else in."""
    return Actor(
        account_id=Account.objects.get(code=Account.HOUSE).pk,
        role=role_of(user),
        name=user.get_username(),
        user_id=user.pk,
    )
