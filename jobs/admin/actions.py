"""What can be done to jobs from the admin: an operation for the ticked rows, once its plan was seen."""

from collections import Counter
from typing import Any, cast

from django import forms
from django.db.models import Count
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from jobs.models import Job
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT
from jobs.states import NEXT, JobStatus
from orders.models import Order
from orders.references import reference
from printshop.bulk.confirm import ConfirmedAction, ReasonForm, TermsForm


def reachable(statuses: dict[str, int]) -> Counter[JobStatus]:
    """How many jobs of these statuses each next status is open to; cancelling has an action of its own."""
    found: Counter[JobStatus] = Counter()
    for status, count in statuses.items():
        for target in NEXT[JobStatus(status)] - {JobStatus.CANCELLED}:
            found[target] += count
    return found


class AdvanceForm(TermsForm):
    """Where to; offered is what at least one of the jobs can become, first what most of them can."""

    shapes_the_plan = True
    target_status = forms.ChoiceField(label="New status", widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextInputWidget, help_text="Say why when a print failed."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = dict(self.rows.order_by().values_list("status").annotate(Count("pk")))
        open_to = reachable(counts)
        order = list(JobStatus)
        targets = sorted(
            open_to, key=lambda target: (target == JobStatus.FAILED, -open_to[target], order.index(target))
        )
        field = cast(forms.ChoiceField, self.fields["target_status"])
        field.choices = [(target, f"{target} – {open_to[target]} can") for target in targets]
        field.initial = targets[0] if targets else None


class PriorityForm(TermsForm):
    """How urgent."""

    shapes_the_plan = True
    priority = forms.IntegerField(
        initial=0,
        min_value=-1000,
        max_value=1000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Higher numbers are printed first; jobs begin at 0.",
    )


class ReprintForm(ReasonForm):
    """Why, and how much of each job."""

    shapes_the_plan = True
    of_each_item = ("quantity",)
    quantity = forms.IntegerField(
        label="Quantity of each",
        required=False,
        min_value=1,
        max_value=10_000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Leave empty to print as many again as each job has.",
    )


def about(job: Job) -> str:
    return f"{job.quantity} × {job.sku_id}, {reference(Order.PREFIX, job.order_id)}"


def reference_of(number: int) -> str:
    return reference(Job.PREFIX, number)


ACTIONS = (
    ConfirmedAction(
        "advance", "Advance", ADVANCE, item_of=reference_of, about=about, form=AdvanceForm, icon="arrow_forward"
    ),
    ConfirmedAction("cancel", "Cancel", CANCEL, item_of=reference_of, about=about, form=ReasonForm, icon="block"),
    ConfirmedAction(
        "prioritize",
        "Prioritize",
        PRIORITIZE,
        item_of=reference_of,
        about=about,
        form=PriorityForm,
        icon="priority_high",
    ),
    ConfirmedAction(
        "reprint",
        "Reprint",
        REPRINT,
        item_of=lambda number: {"jobId": reference_of(number)},
        about=about,
        form=ReprintForm,
        done="printed again",
        icon="replay",
    ),
)
