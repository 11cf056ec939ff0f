"""Issuing, rotating and revoking API keys, and the endpoints for it."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NotRequired

from django.http import HttpResponse
from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from printshop.api.actors import ADMINS, Role
from printshop.api.answers import answer
from printshop.api.idempotency import NOT_KEPT
from printshop.api.models import Account, APIKey
from printshop.api.refusals import Fault, Kind, refuse, unknown
from printshop.api.shapes import STRICT, Id, one_of, printable
from printshop.api.views import NativeViewSet

DEFAULT_OVERLAP = timedelta(hours=24)
NOT_LIVE = "Only a live key can be rotated."


@dataclass
class Customers:
    """Where the kernel learns which customers exist; the app that has them sets `known`."""

    known: Callable[[Iterable[str]], Set[str]] = lambda ids: set()


customers = Customers()


def save_new(key: APIKey) -> str:
    """Give the key its text, store the hash of it, and hand the text over: nobody can ask for it again."""
    text = APIKey.objects.assign_key(key)
    key.save()
    return text


def issue(
    account: Account, name: str, role: Role, *, customer: str = "", expires_at: datetime | None = None
) -> tuple[APIKey, str]:
    """A new key and its full text, which is not kept. Raises `Refused` for a role and customer that do not fit."""
    if (role is Role.CUSTOMER) != bool(customer):
        raise refuse(
            Fault("CUSTOMER_AND_ROLE", "A key of role customer names its customerId; no other key does.", "customerId")
        )
    if customer and customer not in customers.known([customer]):
        raise refuse(Fault("CUSTOMER_NOT_FOUND", f"There is no customer {customer}.", "customerId", customer))
    key = APIKey(account=account, name=name, role=role, customer=customer, expiry_date=expires_at)
    return key, save_new(key)


def rotate(key: APIKey, *, at: datetime, overlap: timedelta = DEFAULT_OVERLAP) -> tuple[APIKey, str]:
    """A successor with the same rights; the old key works on for `overlap`, unless it ends sooner anyway."""
    if not key.is_live:
        raise refuse(Fault("KEY_NOT_LIVE", NOT_LIVE, "id", key.prefix, kind=Kind.CONFLICT))
    successor = APIKey(
        account=key.account, name=key.name, role=key.role, customer=key.customer, expiry_date=key.expiry_date
    )
    text = save_new(successor)
    key.expiry_date = min(filter(None, (at + overlap, key.expiry_date)))
    key.save(update_fields=["expiry_date"])
    return successor, text


def revoke(*keys: APIKey) -> None:
    """End keys at once, for good."""
    APIKey.objects.filter(pk__among=[key.pk for key in keys]).update(revoked=True)
    for key in keys:
        key.revoked = True


def iso_time(value: object) -> object:
    """Times travel as text."""
    if not isinstance(value, str):
        return value
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError):
        raise PydanticCustomError("datetime_parsing", "must be a time in ISO 8601") from None


class KeyShape(TypedDict):
    """A key to be issued."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    name: Annotated[
        str, Field(min_length=1, max_length=50), BeforeValidator(lambda v: printable(v) if isinstance(v, str) else v)
    ]
    role: Literal["customer", "operator", "admin"]
    customer_id: NotRequired[Id | None]
    expires_at: NotRequired[Annotated[AwareDatetime, BeforeValidator(iso_time)] | None]


class RotationShape(TypedDict):
    """How long the old key works on, in seconds: a day unless told, at most 30."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    overlap_seconds: NotRequired[Annotated[int, Field(ge=0, le=30 * 86_400)]]


class KeyBody(TypedDict):
    """A key without its text, which is kept nowhere."""

    id: str
    name: str
    role: Annotated[str, one_of(Role)]
    account: str
    customerId: str | None
    expiresAt: datetime | None
    revoked: bool
    createdAt: datetime


class IssuedKeyBody(KeyBody):
    """A new key with its text, `key`: what goes into the header X-API-Key."""

    key: str


def key_body(key: APIKey) -> KeyBody:
    return {
        "id": key.prefix,
        "name": key.name,
        "role": key.role,
        "account": key.account.code,
        "customerId": key.customer or None,
        "expiresAt": key.expiry_date,
        "revoked": key.revoked,
        "createdAt": key.created,
    }


def issued_body(key: APIKey, text: str) -> IssuedKeyBody:
    """Shown once, in the answer that made the key."""
    return {**key_body(key), "key": text}


def answer_issued(key: APIKey, text: str) -> HttpResponse:
    """201 with a new key in full. Not kept for an Idempotency-Key: the text of a key is stored nowhere."""
    response = answer(issued_body(key, text), 201)
    setattr(response, NOT_KEPT, True)
    return response


class APIKeyViewSet(NativeViewSet):
    """`/api/auth/api-keys`: the keys of the own account."""

    queryset = APIKey.objects.select_related("account").order_by("-created", "-id")
    filter_backends = ()
    roles = {"*": ADMINS}

    def find(self, prefix: str) -> APIKey:
        key = self.get_queryset().filter(account_id=self.actor.account_id, prefix=prefix).first()
        if key is None:
            raise unknown("API_KEY_NOT_FOUND", f"There is no API key {prefix[:64]}.")
        return key

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset().filter(account_id=self.actor.account_id))
        return self.get_paginated_response([key_body(key) for key in page or ()])

    def create(self, request: Request) -> HttpResponse:
        given = self.body(KeyShape)
        expires_at = given.get("expires_at")
        if expires_at is not None and expires_at <= self.at:
            raise refuse(Fault("OUT_OF_RANGE", "expiresAt must lie in the future.", "expiresAt"))

        def act() -> HttpResponse:
            key, text = issue(
                Account.objects.get(pk=self.actor.account_id),
                given["name"],
                Role(given["role"]),
                customer=given.get("customer_id") or "",
                expires_at=expires_at,
            )
            return answer_issued(key, text)

        return self.once(act)

    def destroy(self, request: Request, pk: str) -> HttpResponse:
        def act() -> HttpResponse:
            key = self.find(pk)
            revoke(key)
            return answer(key_body(key))

        return self.once(act)

    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> HttpResponse:
        overlap = self.body(RotationShape).get("overlap_seconds", int(DEFAULT_OVERLAP.total_seconds()))

        def act() -> HttpResponse:
            key, text = rotate(self.find(pk), at=self.at, overlap=timedelta(seconds=overlap))
            return answer_issued(key, text)

        return self.once(act)
