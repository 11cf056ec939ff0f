"""Jobs in the native dialect."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import services
from jobs.filters import JobFilters
from jobs.models import Job
from jobs.serializers import job_body, move_body
from printshop.api.actors import EVERYBODY, STAFF
from printshop.api.prepared import prepared
from printshop.api.refusals import unknown
from printshop.bulk.views import EngineViewSet

BULK = "jobs-bulk"


@prepared
def job_numbered(number: Any, bound_to: Any) -> QuerySet[Job]:
    return Job.objects.bound_to(bound_to).filter(pk=number).order_by()


class JobViewSet(EngineViewSet):
    """`/api/jobs`. Most urgent first, then oldest first."""

    queryset = Job.objects.all()
    filterset_class = JobFilters
    body_of = staticmethod(job_body)
    roles = {"*": STAFF, "list": EVERYBODY, "retrieve": EVERYBODY, "history": EVERYBODY}

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.visible_to(self.actor).order_by("-priority", "id")

    def find(self, public_id: str) -> Job:
        number = Job.number_in(public_id)
        for job in job_numbered(number, self.actor.customer_id) if number is not None else ():
            return job
        raise unknown("JOB_NOT_FOUND", f"There is no job {public_id[:64]}.")

    @action(detail=True)
    def history(self, request: Request, pk: str) -> Response:
        """Every move of the job, oldest first."""
        page = self.paginate_queryset(self.find(pk).moves.order_by("id"))
        return self.get_paginated_response([move_body(move) for move in page or ()])

    @action(detail=True, methods=["post"])
    def advance(self, request: Request, pk: str) -> HttpResponse:
        return self.change_call(services.ADVANCE, pk)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        return self.change_call(services.CANCEL, pk)

    @action(detail=False, methods=["post"], url_path="bulk/advance", throttle_scope=BULK)
    def bulk_advance(self, request: Request) -> HttpResponse:
        return self.bulk_call(services.ADVANCE)

    @action(detail=False, methods=["post"], url_path="bulk/cancel", throttle_scope=BULK)
    def bulk_cancel(self, request: Request) -> HttpResponse:
        return self.bulk_call(services.CANCEL)

    @action(detail=False, methods=["post"], url_path="bulk/prioritize", throttle_scope=BULK)
    def bulk_prioritize(self, request: Request) -> HttpResponse:
        return self.bulk_call(services.PRIORITIZE)

    @action(detail=False, methods=["post"], url_path="bulk/reprint", throttle_scope=BULK)
    def bulk_reprint(self, request: Request) -> HttpResponse:
        return self.bulk_call(services.REPRINT, 201)
