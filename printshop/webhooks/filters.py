"""What deliveries can be filtered by."""

from typing import Any

from django.db.models import QuerySet

from printshop.api.filters import ChoiceListFilter, Filters, TextFilter
from printshop.webhooks.models import Delivery, DeliveryState


class DeliveryFilters(Filters):
    """`state`, `event`, `createdAfter`, `createdBefore`."""

    state = ChoiceListFilter("state", values=DeliveryState.values)
    event = TextFilter("message__type")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()

    def chosen(self) -> QuerySet[Any]:
        """The deliveries. Raises `Refused` for a value that cannot be meant."""
        self.is_valid()
        return self.qs
