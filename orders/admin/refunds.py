"""The form of a refund."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from printshop.bulk.confirm import ReasonForm


class RefundForm(ReasonForm):
    """Why, and how much of each order goes back."""

    shapes_the_plan = True
    amount = forms.DecimalField(
        label="Amount of each",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="In major units, such as 12.50. Leave empty to give back all that is left.",
    )

    def terms(self) -> dict[str, Any]:
        """As the API would send it: the amount is a JSON number."""
        found = super().terms()
        return found | {"amount": float(found["amount"])} if "amount" in found else found
