from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from catalog import bulk
        from catalog.models import SKU
        from printshop.api import tallies

        bulk.register_all()
        tallies.register(tallies.Counted("skus", SKU), tallies.Counted("active_skus", SKU, "active"))
