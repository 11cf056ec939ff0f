"""What an action asks for beside its rows."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from pydantic.alias_generators import to_camel
from unfold.widgets import UnfoldAdminTextareaWidget


class TermsForm(forms.Form):
    """What an action asks for beside its rows; `rows` are the chosen ones, for fields that depend on them.

    Its fields are named as the operation's terms are (`target_status`), their values are as the API would send them.
    `of_each_item` names those that the API has within each item. `shapes_the_plan` says whether another answer makes
    another plan, which the page then offers to show.
    """

    shapes_the_plan = False
    of_each_item: tuple[str, ...] = ()

    def __init__(self, *args: Any, rows: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows

    def given(self) -> dict[str, Any]:
        """The answers as far as they can be read: what was sent, or what stands in the fields before anything is."""
        found = self.cleaned_data if self.is_bound else {name: self[name].initial for name in self.fields}
        return {name: value for name, value in found.items() if value not in ("", None)}

    def terms(self) -> dict[str, Any]:
        """What holds for all items."""
        return {name: value for name, value in self.given().items() if name not in self.of_each_item}

    def within_items(self) -> dict[str, Any]:
        """What is said in each item."""
        return {to_camel(name): value for name, value in self.given().items() if name in self.of_each_item}


class ReasonForm(TermsForm):
    """Why; it is kept with the operation."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 2}))
