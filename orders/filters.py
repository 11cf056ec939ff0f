"""What lists of orders and customers can be filtered by."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from orders.models import Customer, LineItem, Order
from orders.states import OrderStatus
from printshop.api.filters import ChoiceListFilter, Filters, Ordering, TextFilter, TruthFilter


class OrderFilters(Filters):
    """Filters of `GET /api/orders`."""

    status = ChoiceListFilter("status", values=OrderStatus.values)
    customerId = TextFilter("customer_id")
    externalId = TextFilter("external_id")
    skuId = TextFilter(method="with_sku")
    overdue = TruthFilter(method="by_overdue")
    ordering = Ordering(
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

    externalId = TextFilter("external_id")
    email = TextFilter(method="with_email")
    search = TextFilter("name", "icontains")
    ordering = Ordering(fields={"id": "id", "created_at": "createdAt", "name": "name", "email": "email"})

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def with_email(self, customers: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        # Addresses are kept in lower case.
        return customers.filter(email=value.lower())
