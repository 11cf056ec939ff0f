"""What the job board asks: by what it is narrowed down, and what is to happen to the chosen jobs."""

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.models import MachineType
from jobs.board.columns import COLUMNS, TooVague, Wanted, customers_like
from jobs.models import Job
from jobs.plans.tickets import ORDER, ticket_in
from jobs.states import JobStatus

MOST_CHOSEN = 1_000
AGES = [("", "Any age"), ("1", "Older than a day"), ("3", "Older than 3 days"), ("7", "Older than a week"),
        ("30", "Older than 30 days")]  # fmt: skip
MACHINES = [("", "Any machine"), *MachineType.choices]


class BoardForm(forms.Form):
    """The filters; `materials` are those to choose from."""

    material = forms.CharField(required=False, max_length=64, widget=UnfoldAdminSelectWidget)
    machine = forms.ChoiceField(required=False, choices=MACHINES, widget=UnfoldAdminSelectWidget)
    order = forms.CharField(
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget({"placeholder": "ord-045", "autocomplete": "off"}),
    )
    customer = forms.CharField(
        required=False, max_length=254, widget=UnfoldAdminTextInputWidget({"placeholder": "Name, id or e-mail"})
    )
    age = forms.ChoiceField(required=False, choices=AGES, widget=UnfoldAdminSelectWidget)
    late = forms.BooleanField(required=False, label="Overdue orders only")

    def __init__(self, *args: Any, materials: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = sorted({*materials, *filter(None, [self.data.get("material")])})
        self.fields["material"].widget.choices = [("", "Any material"), *((one, one) for one in offered)]

    def clean_order(self) -> int | None:
        """The number of an order typed as `ord-045`, `ORD-45` or `45`."""
        text = self.cleaned_data["order"].strip()
        ticket = ticket_in(f"{ORDER}-{text}" if text.isdecimal() else text, lambda host: False)
        if text and (ticket is None or ticket.prefix != ORDER):
            raise forms.ValidationError(f"“{text}” is no order's id. An order's id looks like ord-045.")
        return ticket.number if ticket else None

    def clean_customer(self) -> list[str] | None:
        """The ids of the customers that are meant."""
        text = self.cleaned_data["customer"].strip()
        try:
            return customers_like(text) if text else None
        except TooVague as error:
            raise forms.ValidationError(str(TooVague.__doc__)) from error

    def wanted(self) -> Wanted | None:
        """What was asked for; None when it cannot be read."""
        if not self.is_valid():
            return None
        asked = self.cleaned_data
        return Wanted(
            material=asked["material"],
            machine_type=asked["machine"],
            order=asked["order"],
            customers=asked["customer"],
            older=int(asked["age"]) if asked["age"] else None,
            late=asked["late"],
        )


class ShownForm(forms.Form):
    """How many cards of each column are shown: `QUEUED=60`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update({status: forms.IntegerField(required=False, min_value=0) for status in COLUMNS})

    def shown(self) -> dict[JobStatus, int]:
        """Where it is more than at first."""
        self.is_valid()
        return {JobStatus(name): count for name, count in self.cleaned_data.items() if count}


class ChosenForm(forms.Form):
    """The chosen jobs, as a JSON list of their ids, and the action."""

    jobs = forms.JSONField()
    action = forms.CharField()

    def clean_jobs(self) -> list[str]:
        """The ids, each once."""
        jobs = self.cleaned_data["jobs"]
        if (
            not isinstance(jobs, list)
            or not jobs
            or not all(isinstance(one, str) and Job.number_in(one) for one in jobs)
        ):
            raise forms.ValidationError("Choose jobs first.")
        if len(jobs) > MOST_CHOSEN:
            raise forms.ValidationError(
                f"At most {MOST_CHOSEN:,} jobs can be changed from the board at once; the list of jobs takes more."
            )
        return list(dict.fromkeys(jobs))
