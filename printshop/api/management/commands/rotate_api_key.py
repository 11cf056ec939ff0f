"""`manage.py rotate_api_key PREFIX`"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from printshop.api.keys import DEFAULT_OVERLAP, RotationShape, rotate
from printshop.api.management.looking_up import key_called, refusals_as_errors, shaped
from printshop.api.transactions import transact


class Command(BaseCommand):
    """Prints the successor's key, and nothing else, to standard output."""

    help = "Issue a successor to an API key, with the same rights, and print it. The old key works on for a while."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="what stands before the dot in the key")
        day = int(DEFAULT_OVERLAP.total_seconds())
        parser.add_argument("--overlap", type=int, default=day, help="seconds the old key works on (default: a day)")

    def handle(self, *args: Any, **options: Any) -> None:
        old = key_called(options["prefix"])
        with refusals_as_errors():
            given = shaped(RotationShape, {"overlapSeconds": options["overlap"]})
            overlap = timedelta(seconds=given["overlap_seconds"])
            key, text = transact(lambda: rotate(old, at=timezone.now(), overlap=overlap))
        self.stderr.write(
            f"{key.prefix} succeeds {old.prefix}, which works until {old.expiry_date:%Y-%m-%d %H:%M} UTC:"
        )
        self.stdout.write(text)
