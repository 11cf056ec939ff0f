"""What lists of SKUs can be filtered by."""

from django.db.models import Q, QuerySet

from catalog.models import SKU, Kind, MachineType
from printshop.api.filters import ChoiceListFilter, Filters, Ordering, TextFilter, TruthFilter


class SKUFilters(Filters):
    """Filters of `GET /api/skus`: active ones only, unless `includeInactive=true`."""

    includeInactive = TruthFilter(method="with_inactive")
    machineType = ChoiceListFilter("machine_type", values=MachineType.values)
    kind = ChoiceListFilter("kind", values=Kind.values)
    material = TextFilter("material", "iexact")
    search = TextFilter(method="by_words")
    ordering = Ordering(
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
