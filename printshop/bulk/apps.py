from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "printshop.bulk"
    label = "bulk"
    verbose_name = "Bulk operations"

    def ready(self) -> None:
        from printshop.bulk.deferred import native
        from printshop.bulk.deferred.dialects import register_dialect

        register_dialect(native.NATIVE)
