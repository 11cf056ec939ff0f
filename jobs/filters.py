"""What lists of jobs can be filtered by."""

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.filters import ChoiceListFilter, Filters, Ordering, ReferenceFilter, TextFilter


class JobFilters(Filters):
    """Filters of `GET /api/jobs`."""

    status = ChoiceListFilter("status", values=JobStatus.values)
    orderId = ReferenceFilter("order_id", number_in=Order.number_in)
    skuId = TextFilter("sku_id")
    customerId = TextFilter("order__customer_id")
    externalId = TextFilter("order__external_id")
    ordering = Ordering(
        fields={
            "id": "id",
            "created_at": "createdAt",
            "updated_at": "updatedAt",
            "priority": "priority",
            "status": "status",
        }
    )

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()
