from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "printshop.api"
    label = "api"
    verbose_name = "Access"

    def ready(self) -> None:
        from printshop.api import among, fixed  # noqa: F401  (registers the lookups)
