"""The following of bulks in the reference."""

from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict

from printshop.api.actors import EVERYBODY, Role
from printshop.bulk.operations.choosing import RetryBody
from printshop.magento import search
from printshop.magento.queueing import AsyncAccepted, canonical, data_hash
from printshop.magento.records import AsyncBulk, AsyncDetail, AsyncDetailedBulk

UUID = "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55"


class AsyncFound(TypedDict):
    """One page of what a search has found: a row for each item."""

    items: list[AsyncDetail]
    search_criteria: search.AsyncCriteria
    total_count: int


@dataclass(frozen=True)
class Following:
    """A call about a bulk."""

    name: str
    method: str
    path: str
    summary: str
    answers: Any
    answer: Any
    description: str = ""
    status: int = 200
    body: Any = None
    searches: bool = False
    roles: frozenset[Role] = EVERYBODY


ITEM = {"pageId": "1"}
LINE = {"id": 0, "status": 3, "result_message": "There is no page 1.", "error_code": "PAGE_NOT_FOUND"}
DETAIL = LINE | {
    "bulk_uuid": UUID,
    "topic_name": "async.cmsPage.byPageId.delete",
    "serialized_data": canonical(ITEM),
    "result_serialized_data": None,
}
BULK = {
    "operations_list": [LINE],
    "user_type": 1,
    "bulk_id": UUID,
    "description": "async.cmsPage.byPageId.delete",
    "start_time": "2026-03-02T12:00:00Z",
    "user_id": 3,
    "operation_count": 1,
}
FOUND = {
    "items": [DETAIL | {"start_time": "2026-03-02T12:00:00Z"}],
    "search_criteria": search.EXAMPLE,
    "total_count": 1,
}
AGAIN = {
    "bulk_uuid": "0195d1e2-9a00-7b3c-8d4e-5f6a7b8c9d0e",
    "request_items": [{"id": 0, "data_hash": data_hash(ITEM), "status": "accepted"}],
    "errors": False,
}
ONE = "/V1/bulk/{uuid}"
BULKS = (
    Following("bulkStatus", "GET", f"{ONE}/status", "Show what became of a bulk", AsyncBulk, BULK,
              "Counted from its items: it is not finished while one of them is open."),
    Following("bulkDetails", "GET", f"{ONE}/detailed-status", "Show all that is known of a bulk", AsyncDetailedBulk,
              BULK | {"operations_list": [DETAIL]}),
    Following("bulkCount", "GET", f"{ONE}/operation-status/{{code}}", "Count the items of a bulk by status", int, 1),
    Following("bulkSearch", "GET", "/V1/bulk", "Search the items of all bulks", AsyncFound, FOUND, searches=True),
    Following("bulkRetry", "POST", f"{ONE}/retry", "Retry what failed of a bulk", AsyncAccepted, AGAIN,
              "A bulk of its own, of the items that did not happen, as they were or mended.", 202, RetryBody),
    Following("bulkCancel", "POST", f"{ONE}/cancel", "Cancel a bulk", bool, True,
              "What has not begun is called off; what is running finishes."),
    Following("bulkDelete", "DELETE", ONE, "Delete a finished bulk", bool, True,
              "The record of it; what it did stays."),
)  # fmt: skip
