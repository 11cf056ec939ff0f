"""`V1/bulk`: what became of a bulk, counted from its items."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, QuerySet, When
from django.http import HttpResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from printshop.api.actors import EVERYBODY, STAFF
from printshop.api.answers import answer
from printshop.api.refusals import Fault, Kind, refuse, unknown
from printshop.bulk.deferred import endings
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.operations.retrying import retry
from printshop.bulk.registry import operations
from printshop.magento import records, search, searched
from printshop.magento.edge import AsyncViewSet
from printshop.magento.queueing import accepted, check_depth
from printshop.magento.words import STATUSES

SEARCHED: Mapping[str, searched.Searched] = {
    "start_time": searched.Moment("operation__created_at"),
    "status": searched.Coded("verdict", codes=STATUSES),
    "bulk_uuid": searched.Identity("operation__uuid"),
    "topic_name": searched.Text("topic_name"),
}
# What another dialect asked for goes by the name of its operation.
TOPIC = Case(When(operation__topic="", then=F("operation__name")), default=F("operation__topic"))
ORDERING = ("-operation__created_at", "operation", "index")


class FollowingViewSet(AsyncViewSet):
    """Bulks of the account, in whatever dialect they were asked for; of a customer's key its own."""

    roles = {"*": EVERYBODY}

    def bulks(self) -> QuerySet[BulkOperation]:
        return BulkOperation.objects.visible_to(self.actor).filter(account_id=self.actor.account_id)


class BulkStatusViewSet(FollowingViewSet):
    """`V1/bulk/{uuid}`."""

    # A retry may bring every item anew.
    body_limit = settings.DEFERRED_BODY_LIMIT_BYTES

    def find(self, uuid: str) -> BulkOperation:
        """Raises `Refused` when it is unknown or another account's."""
        try:
            found = self.bulks().filter(pk=UUID(uuid)).first()
        except ValueError:
            found = None
        if found is None:
            raise unknown("BULK_NOT_FOUND", "There is no such bulk.")
        return found

    def find_to_change(self, uuid: str) -> BulkOperation:
        """The same, for a role that may ask for such a bulk."""
        found = self.find(uuid)
        operation = operations().get(found.name)
        if self.actor.role not in (operation.roles if operation else STAFF):
            raise PermissionDenied
        return found

    def status(self, request: Request, uuid: str, **scope: str) -> HttpResponse:
        bulk = self.find(uuid)
        topic = records.Topic.of(bulk.uuid, bulk.name, bulk.topic)
        rows = records.items_of(bulk, *records.BRIEF)
        return answer(records.bulk_body(bulk, [records.operation_line(topic, row) for row in rows]))

    def detailed(self, request: Request, uuid: str, **scope: str) -> HttpResponse:
        bulk = self.find(uuid)
        topic = records.Topic.of(bulk.uuid, bulk.name, bulk.topic)
        rows = records.items_of(bulk, *records.FULL)
        return answer(records.bulk_body(bulk, [records.detail_line(topic, row) for row in rows]))

    def count(self, request: Request, uuid: str, code: str, **scope: str) -> HttpResponse:
        """How many items have a status."""
        bulk = self.find(uuid)
        if code not in map(str, STATUSES):
            raise refuse(Fault("NOT_A_CHOICE", "status must be a number from 1 to 5.", "status", code[:64]))
        return answer(BulkItem.objects.filter(operation=bulk, verdict__in=sorted(STATUSES[int(code)])).count())

    def cancel(self, request: Request, uuid: str, **scope: str) -> HttpResponse:
        """Call off what has not begun; what is running finishes."""

        def act() -> HttpResponse:
            bulk = self.find_to_change(uuid)
            endings.cancel(bulk.pk)
            bulk.refresh_from_db()
            if bulk.cancelled_at is None:
                raise wrong_state("The bulk is finished; there is nothing to call off.")
            return answer(True)

        return self.once(act)

    def retry(self, request: Request, uuid: str, **scope: str) -> HttpResponse:
        """Send again what did not happen, as it was or mended: a bulk of its own."""

        body = request.data
        check_depth([body])

        def act() -> HttpResponse:
            again = retry(self.find_to_change(uuid), body, actor=self.actor, at=self.at)
            headers = {"X-Bulk-Operation": str(again.operation_id)}
            return answer(accepted(again.operation_id, again.payloads, again.rejected), 202, headers)

        return self.once(act)

    def remove(self, request: Request, uuid: str, **scope: str) -> HttpResponse:
        """Forget a finished bulk; what it did stays."""
        bulk = self.find_to_change(uuid)
        # Counted as one: what is finished does not begin again.
        if not BulkOperation.objects.over().filter(pk=bulk.pk).delete()[0]:
            raise wrong_state("The bulk is not finished yet; cancel it first, or wait.")
        return answer(True)


def wrong_state(rule: str) -> Exception:
    """What does not go with the state of a bulk."""
    return refuse(Fault("BULK_STATE", rule, kind=Kind.CONFLICT))


class SearchViewSet(FollowingViewSet):
    """`V1/bulk?searchCriteria…`: one row for each item of the account's bulks."""

    def search(self, request: Request, **scope: str) -> HttpResponse:
        criteria = search.read(request._request.GET)
        items = BulkItem.objects.filter(operation__in=self.bulks()).select_related("operation")
        found = search.wanted(items.annotate(topic_name=TOPIC), criteria, SEARCHED, ORDERING)
        return answer(search.page(found, criteria, lines))


def lines(items: Sequence[BulkItem]) -> list[Any]:
    """The rows of a search."""
    found = []
    for item in items:
        bulk = item.operation
        topic = records.Topic.of(bulk.uuid, bulk.name, bulk.topic)
        row = {name: getattr(item, name) for name in records.FULL}
        found.append({**records.detail_line(topic, row), "start_time": bulk.created_at})
    return found
