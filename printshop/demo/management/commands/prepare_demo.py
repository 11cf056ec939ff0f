"""`manage.py prepare_demo`: everything that `bin/demo` does before the shop opens, in one process."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand


def fingerprint() -> str:
    """Changes when a static file of the project or of a package does."""
    found = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            stat = Path(storage.path(name)).stat()
            found.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()


def collect_static() -> None:
    """As `collectstatic`, which takes seconds to compress and to hash, but only when there is something new."""
    stamp, wanted = settings.VAR / "static.sha256", fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted)


class Command(BaseCommand):
    """Migrates every database, collects static files, loads the demo shop."""

    help = "Bring the databases and static files up to date and load the demo shop."
    requires_system_checks = ()  # an everyday start should be quick; bin/lint runs them

    def handle(self, *args: Any, **options: Any) -> None:
        # On SQLite the rate limit counters have a database of their own.
        for alias in settings.DATABASES:
            call_command("migrate", verbosity=0, database=alias, skip_checks=True)
        collect_static()
        call_command("load_demo", stdout=self.stdout, stderr=self.stderr)
