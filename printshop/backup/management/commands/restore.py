"""`manage.py restore ARCHIVE`: the shop as it was when the archive was made."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from printshop.backup.archive import Refused, fingerprint
from printshop.backup.restoring import opened, restore

OTHER_KEY = (
    "The secret key is not the one of the shop that was backed up: no customer's password will fit, and everybody has"
    " to sign in again. Set SECRET_KEY to the old one, or put it into PRINTSHOP_VAR/secret_key, before anything starts."
)


class Command(BaseCommand):
    """Nothing is changed unless every checksum is right."""

    help = (
        "Restore an archive of `backup` into an empty database (--force: in place of what is there), then apply the"
        " migrations of this release."
    )
    # The database may lack every table.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument("--force", action="store_true", help="replace a database that is not empty")
        parser.add_argument("--check", action="store_true", help="only verify the archive's checksums; change nothing")

    def handle(self, *args: Any, archive: Path, force: bool, check: bool, **options: Any) -> None:
        try:
            if check:
                with opened(archive) as (manifest, _):
                    self.stdout.write(f"{archive} is whole: {len(manifest.files)} files, made at {manifest.made_at}.")
                return
            manifest, media = restore(archive, force)
        except (Refused, OSError) as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(
            f"Restored {sum(manifest.rows.values())} rows and {media} media of {manifest.made_at}."
            " Start the web servers and workers."
        )
        if manifest.key != fingerprint():
            self.stderr.write(self.style.WARNING(OTHER_KEY))
