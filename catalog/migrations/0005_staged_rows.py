"""What uploads would do is kept in another form. What the release before has checked is checked again."""

import django.db.models.deletion
from django.db import migrations, models

from printshop.api.schema import LeaveTable

VERDICTS = [
    ("created", "Created"),
    ("updated", "Updated"),
    ("unchanged", "Unchanged"),
    ("skipped", "Skipped"),
    ("deactivated", "Deactivated"),
    ("refused", "Refused"),
    ("open", "Open"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_uploads")]

    operations = [
        LeaveTable("UploadRow"),
        migrations.CreateModel(
            name="StagedRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "upload_id", "verdict", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("index", models.PositiveIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("reference", models.CharField(max_length=64)),
                ("verdict", models.CharField(choices=VERDICTS, max_length=12)),
                ("seen", models.DateTimeField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("errors", models.JSONField(null=True)),
                ("payload", models.JSONField(null=True)),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="catalog.upload",
                    ),
                ),
            ],
            options={"ordering": ("upload", "index")},
        ),
        migrations.CreateModel(
            name="StagedSpan",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "upload_id", "verdict", "last", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("verdict", models.CharField(choices=VERDICTS, max_length=12)),
                ("last", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("rows", models.JSONField()),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spans",
                        to="catalog.upload",
                    ),
                ),
            ],
            options={"ordering": ("upload", "last")},
        ),
    ]
