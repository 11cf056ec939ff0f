from django.apps import AppConfig


class MagentoConfig(AppConfig):
    name = "printshop.magento"
    label = "magento"
    verbose_name = "The async dialect"

    def ready(self) -> None:
        from printshop.bulk.deferred.dialects import register_dialect
        from printshop.magento.reading import DIALECT

        register_dialect(DIALECT)
