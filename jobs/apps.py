from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import bulk
        from jobs.models import Job, JobMove
        from printshop.api import tallies

        bulk.register_all()
        tallies.register(tallies.Counted("jobs", Job), tallies.Counted("moves", JobMove))
