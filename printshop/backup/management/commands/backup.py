"""`manage.py backup`: the whole shop in one file, while it runs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from printshop.backup.archive import Refused
from printshop.backup.making import make, prune


class Command(BaseCommand):
    """Prints the path of the archive, alone on the last line."""

    help = (
        "Back up the database and the media into one archive, with a manifest of checksums and row counts. The shop may"
        " run meanwhile. The secret key is not in it: keep it somewhere else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.VAR / "backups"
        parser.add_argument("--to", type=Path, default=default, help=f"the folder (default: {default})")
        parser.add_argument(
            "--keep", type=int, help="delete all but so many of the newest archives there, this one counted"
        )

    def handle(self, *args: Any, to: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep must be at least 1.")
        try:
            archive, manifest = make(to, timezone.now())
        except (Refused, OSError) as fault:
            raise CommandError(str(fault)) from None
        media = len(manifest.files) - 1
        self.stdout.write(f"Backed up {sum(manifest.rows.values())} rows and {media} media.")
        for old in prune(to, keep) if keep else ():
            self.stdout.write(f"Deleted {old}")
        self.stdout.write(str(archive))
