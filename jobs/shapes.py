"""Jobs on the wire."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from printshop.api.shapes import STRICT, Reason

JobRef = Annotated[str, Field(min_length=1, max_length=64)]
Status = Literal[
    "CREATED", "VALIDATED", "SLICED", "QUEUED", "PRINTING", "POST_PROCESS", "READY", "SHIPPED", "FAILED", "CANCELLED"
]


class AdvanceTerms(TypedDict):
    """Where the jobs go; a reason is due when that is CANCELLED."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    target_status: Status
    reason: NotRequired[Reason | None]


class CancelTerms(TypedDict):
    """Why."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    reason: Reason


class PriorityTerms(TypedDict):
    """Higher numbers are printed first."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    priority: Annotated[int, Field(ge=-1000, le=1000)]


class ReprintItem(TypedDict):
    """What to print again, and how much of it: all of it when no quantity is given."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    job_id: JobRef
    quantity: NotRequired[Annotated[int, Field(ge=1, le=10_000)] | None]
