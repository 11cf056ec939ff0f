from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApiConfig(AppConfig):
    name = "printshop.api"
    label = "api"
    verbose_name = "Access"

    def ready(self) -> None:
        from printshop.api import among, fixed, tallies  # noqa: F401  (registers the lookups)

        post_migrate.connect(tallies.keep_triggers, sender=self)
