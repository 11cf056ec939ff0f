"""What lists of SKUs can be filtered by."""

import django_filters
from django.db.models import Q, QuerySet

from catalog.models import SKU, Kind, MachineType
from printshop.api.filters import ChoiceListFilter, Filters


class SKUFilters(Filters):
    """Filters of `GET /api/skus`: active ones only, unless `includeInactive=true`."""

    includeInactive = django_filters.BooleanFilter(method="with_inactive")
    machineType = ChoiceListFilter("machine_type", values=MachineType.values, label="machineType")
    kind = ChoiceListFilter("kind", values=Kind.values, label="kind")
    material = django_filters.CharFilter("material", "iexact")
    search = django_filters.CharFilter(method="by_words")
    ordering = django_filters.OrderingFilter(
        fields={
            "id": "id",
            "name": "name",
            "base_price": "basePrice",
            "created_at": "createdAt",
            "updated_at": "updatedAt",
        }
    )

    class Meta:
        model = SKU
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[SKU]) -> QuerySet[SKU]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("includeInactive") else found.filter(active=True)

    def with_inactive(self, skus: QuerySet[SKU], name: str, value: bool) -> QuerySet[SKU]:
        return skus

    def by_words(self, skus: QuerySet[SKU], name: str, value: str) -> QuerySet[SKU]:
        return skus.filter(Q(pk__icontains=value) | Q(name__icontains=value) | Q(description__icontains=value))
