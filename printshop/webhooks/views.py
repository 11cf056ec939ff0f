"""`/api/webhooks`: the endpoints of the own account."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from printshop.api.actors import ADMINS
from printshop.api.answers import answer
from printshop.api.idempotency import NOT_KEPT
from printshop.api.keys import RotationShape
from printshop.api.models import Account
from printshop.api.refusals import Fault, refuse, unknown
from printshop.api.views import NativeViewSet
from printshop.webhooks import endpoints
from printshop.webhooks.bodies import delivery_body, endpoint_body, secret_body
from printshop.webhooks.filters import DeliveryFilters
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint
from printshop.webhooks.shapes import EndpointFields, EndpointShape, NoBody, ReplayShape


def answer_secret(endpoint: Endpoint, secret: str, status: int = 200) -> HttpResponse:
    """An endpoint with its secret. Not kept for an Idempotency-Key: no stored answer may hold it."""
    response = answer(secret_body(endpoint, secret), status)
    setattr(response, NOT_KEPT, True)
    return response


class WebhookViewSet(NativeViewSet):
    """Where the shop sends what happens."""

    queryset = Endpoint.objects.order_by("created_at", "id")
    filter_backends = ()
    roles = {"*": ADMINS}

    def get_queryset(self) -> QuerySet[Endpoint]:
        return Endpoint.objects.filter(account_id=self.actor.account_id).order_by("created_at", "id")

    def find(self, text: str) -> Endpoint:
        try:
            endpoint = self.get_queryset().filter(pk=UUID(text)).first()
        except ValueError:
            endpoint = None
        if endpoint is None:
            raise unknown("WEBHOOK_NOT_FOUND", f"There is no webhook {text[:64]}.")
        return endpoint

    def list(self, request: Request) -> Response:
        return self.get_paginated_response([endpoint_body(one) for one in self.paginate_queryset(self.get_queryset())])  # type: ignore[union-attr]

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer(endpoint_body(self.find(pk)))

    def create(self, request: Request) -> HttpResponse:
        given = self.body(EndpointShape)

        def act() -> HttpResponse:
            account = Account.objects.get(pk=self.actor.account_id)
            return answer_secret(*endpoints.create(account, given, self.at), 201)

        return self.once(act)

    def partial_update(self, request: Request, pk: str) -> HttpResponse:
        given = self.body(EndpointFields)

        def act() -> HttpResponse:
            endpoint = self.find(pk)
            endpoints.change(endpoint, given)
            return answer(endpoint_body(endpoint))

        return self.once(act)

    def destroy(self, request: Request, pk: str) -> HttpResponse:
        def act() -> HttpResponse:
            endpoint = self.find(pk)
            body = endpoint_body(endpoint)
            endpoints.delete(endpoint)
            return answer(body)

        return self.once(act)

    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> HttpResponse:
        given = self.body(RotationShape)
        seconds = given.get("overlap_seconds", int(endpoints.DEFAULT_OVERLAP.total_seconds()))

        def act() -> HttpResponse:
            endpoint = self.find(pk)
            return answer_secret(endpoint, endpoints.rotate(endpoint, at=self.at, overlap=timedelta(seconds=seconds)))

        return self.once(act)

    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> HttpResponse:
        self.body(NoBody)
        return self.once(lambda: answer(delivery_body(endpoints.ping(self.find(pk), self.at))))

    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> HttpResponse:
        given = self.body(ReplayShape)
        if len(given) != 1:
            raise refuse(Fault("ONE_OF_TWO", "Name either deliveryIds or since.", "deliveryIds"))

        def act() -> HttpResponse:
            endpoint = self.find(pk)
            endpoints.check_active(endpoint)
            return answer({"replayed": endpoints.replay(chosen(endpoint, given), self.at)})

        return self.once(act)

    @action(detail=True, methods=["get"])
    def deliveries(self, request: Request, pk: str) -> Response:
        found = Delivery.objects.filter(endpoint=self.find(pk)).select_related("message").order_by("-id")
        filtered = DeliveryFilters(request.query_params, queryset=found).chosen()
        return self.get_paginated_response([delivery_body(one) for one in self.paginate_queryset(filtered)])  # type: ignore[union-attr]


def chosen(endpoint: Endpoint, given: dict[str, Any]) -> QuerySet[Delivery]:
    """The deliveries to be replayed."""
    own = Delivery.objects.filter(endpoint=endpoint)
    if "delivery_ids" in given:
        return own.filter(pk__among=given["delivery_ids"])
    return own.filter(state=DeliveryState.FAILED, created_at__gte=given["since"])
