"""What lists of jobs can be filtered by."""

import django_filters

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.filters import ChoiceListFilter, Filters, ReferenceFilter


class JobFilters(Filters):
    """Filters of `GET /api/jobs`."""

    status = ChoiceListFilter("status", values=JobStatus.values, label="status")
    orderId = ReferenceFilter("order_id", number_in=Order.number_in)
    skuId = django_filters.CharFilter("sku_id")
    customerId = django_filters.CharFilter("order__customer_id")
    externalId = django_filters.CharFilter("order__external_id")
    ordering = django_filters.OrderingFilter(
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
