"""What is done to many operations from their list: retry what failed, call off what has not begun. The plan first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html

from printshop.api.confirming import NOTHING, Fate, PlannedAction, Said
from printshop.api.errors import sentence
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.admin.standing import with_standing
from printshop.bulk.admin.steps import may_run
from printshop.bulk.admin.undoing import actor_for
from printshop.bulk.admin.wording import list_link
from printshop.bulk.deferred.endings import FINISHED, cancel
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.operations.retrying import UNFINISHED_YET, retry
from printshop.bulk.outcomes import UNSUCCESSFUL
from printshop.bulk.running import UNFINISHED_STATES

# Each is an acceptance, or an end, of its own.
MOST = 100


def about(operation: Any) -> str:
    """Whose it is and how far it has got; that alone makes no other plan."""
    return f"{operation.actor}, {operation.standing.word}: {operation.standing.tally}"


def forbidden(recorded: BulkOperation) -> Fate:
    return Fate(refused=f"Only an administrator may do this to {recorded.name}.")


# --- Calling off -----------------------------------------------------------------------------------------------------
def judge_cancel(request: HttpRequest, chosen: Sequence[Any], at: datetime) -> list[Fate]:
    """What is not over is called off, once."""
    return [cancel_of(one) if may_run(request, one) else forbidden(one) for one in with_standing(chosen)]


def cancel_of(recorded: Any) -> Fate:
    if not recorded.standing.unfinished:
        return Fate(refused=FINISHED)
    if recorded.cancelled_at is not None:
        return NOTHING
    return Fate(["What has not begun is called off; what has begun is finished first."])


def call_off(request: HttpRequest, chosen: Sequence[BulkOperation], at: datetime) -> list[Said]:
    items = sum(cancel(one.pk) for one in chosen)
    return [(messages.SUCCESS, f"Called off: {items:,} items of {len(chosen)} operations.")]


# --- Retrying --------------------------------------------------------------------------------------------------------
def judge_retry(request: HttpRequest, chosen: Sequence[Any], at: datetime) -> list[Fate]:
    """What failed is sent again, unless that was done: of twice the same, such as new orders, one is too many."""
    keys = [one.pk for one in chosen]
    retried = set(BulkOperation.objects.filter(parent__among=keys).order_by().values_list("parent_id", flat=True))
    lost = unkept_of(chosen)
    return [
        retry_of(one, one.pk in retried, lost.get(one.pk, 0)) if may_run(request, one) else forbidden(one)
        for one in with_standing(chosen)
    ]


def unkept_of(chosen: Sequence[BulkOperation]) -> dict[Any, int]:
    """Of how many failed items nothing was kept, by operation; what went through the queue is kept as it came."""
    keys = [one.pk for one in chosen if not one.deferred]
    failed = BulkItem.objects.filter(operation__among=keys, verdict__in=UNSUCCESSFUL, payload__isnull=True)
    return dict(failed.order_by().values_list("operation").annotate(Count("pk")))


def retry_of(recorded: Any, retried: bool, lost: int) -> Fate:
    if recorded.standing.unfinished:
        return Fate(refused=UNFINISHED_YET)
    if not recorded.standing.failed:
        return NOTHING
    if retried:
        return Fate(refused="It was retried before: retry what failed of that one, or this one on its own page.")
    if lost:
        return Fate(refused=f"Of {lost:,} of its failed items nothing was kept to be sent again.")
    return Fate([f"Sent again: {recorded.standing.failed:,} of {recorded.standing.total:,} items."])


def send_again(request: HttpRequest, chosen: Sequence[BulkOperation], at: datetime) -> list[Said]:
    """Each by itself; what stands against one by now keeps the others from nothing."""
    refused = [said for one in chosen if (said := retried(request, one, at))]
    running = list_link("admin:bulk_bulkoperation_changelist", "what is under way", state=UNFINISHED_STATES)
    done = format_html("In the queue again: {}. See {}.", len(chosen) - len(refused), running)
    return [*((messages.ERROR, said) for said in refused), (messages.SUCCESS, done)]


def retried(request: HttpRequest, recorded: BulkOperation, at: datetime) -> str:
    """Retry one; what stood against it, if anything."""
    try:
        transact(lambda: retry(recorded, {}, actor=actor_for(request, recorded), at=at))
    except (Refused, Unavailable) as error:
        return f"{recorded}: {sentence(error)}"
    return ""


RETRY = PlannedAction(
    "retry",
    "Retry what failed of",
    judge_retry,
    send_again,
    done="retried",
    about=about,
    warning="Each becomes an operation of its own that names the first.",
    permission="view",
    whole=False,
    noted=False,
    most=MOST,
)
CANCEL = PlannedAction(
    "cancel",
    "Cancel",
    judge_cancel,
    call_off,
    done="called off",
    about=about,
    warning="What they did stays; it can be undone.",
    permission="view",
    whole=False,
    noted=False,
    most=MOST,
)
