from django.db import migrations, models

from printshop.api.schema import AddIndexOnline


class Migration(migrations.Migration):
    """The list of jobs in its own order: it sorted all jobs there ever were."""

    atomic = False

    dependencies = [("jobs", "0002_days_work")]

    operations = [
        AddIndexOnline(model_name="job", index=models.Index(fields=["-priority", "id"], name="job_priority")),
    ]
