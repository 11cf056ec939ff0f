from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "printshop.bulk"
    label = "bulk"
    verbose_name = "Bulk operations"

    def ready(self) -> None:
        from printshop.api import tallies
        from printshop.bulk.deferred import native
        from printshop.bulk.deferred.dialects import register_dialect
        from printshop.bulk.models import BulkOperation

        register_dialect(native.NATIVE)
        tallies.register(tallies.Counted("operations", BulkOperation))
