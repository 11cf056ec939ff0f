from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "printshop.bulk"
    label = "bulk"
    verbose_name = "Bulk operations"
