"""What lists of orders and customers can be filtered by."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from orders.models import Customer, LineItem, Order
from orders.states import OrderStatus
from printshop.api.filters import ChoiceListFilter, Filters


class OrderFilters(Filters):
    """Filters of `GET /api/orders`."""

    status = ChoiceListFilter("status", values=OrderStatus.values, label="status")
    customerId = django_filters.CharFilter("customer_id")
    externalId = django_filters.CharFilter("external_id")
    skuId = django_filters.CharFilter(method="with_sku")
    overdue = django_filters.BooleanFilter(method="by_overdue")
    ordering = django_filters.OrderingFilter(
        fields={
            "id": "id",
            "created_at": "createdAt",
            "updated_at": "updatedAt",
            "total": "total",
            "due_date": "dueDate",
            "status": "status",
        }
    )

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()

    def with_sku(self, orders: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return orders.filter(Exists(LineItem.objects.filter(order=OuterRef("pk"), sku_id=value)))

    def by_overdue(self, orders: QuerySet[Order], name: str, value: bool) -> QuerySet[Order]:
        late = Order.objects.overdue(timezone.now().date())
        return orders.filter(pk__in=late.values("pk")) if value else orders.exclude(pk__in=late.values("pk"))


class CustomerFilters(Filters):
    """Filters of `GET /api/customers`."""

    externalId = django_filters.CharFilter("external_id")
    email = django_filters.CharFilter("email", "iexact")
    search = django_filters.CharFilter("name", "icontains")
    ordering = django_filters.OrderingFilter(
        fields={"id": "id", "created_at": "createdAt", "name": "name", "email": "email"}
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()
