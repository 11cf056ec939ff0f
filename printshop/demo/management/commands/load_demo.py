"""`manage.py load_demo`: fill an empty database with the demo shop."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.models import SKU
from jobs.models import Job
from orders.models import Customer, Order
from printshop.demo.load import ADMIN, KEYS, ForeignRows, counted, load

PASSWORD_FILE = "demo_password"
SHOWN = (SKU, Customer, Order, Job)


def kept_password(path: Path) -> str:
    """The password for a new demo shop, kept in a file that only its owner can read.

    PRINTSHOP_DEMO_PASSWORD sets it; without that an earlier one is used again, or one is made at random.
    """
    given = os.environ.get("PRINTSHOP_DEMO_PASSWORD", "")
    if given or not path.exists():
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(given or secrets.token_urlsafe(9))
    return path.read_text().strip()


def known_password(path: Path) -> str | None:
    """The admin's password as it was kept, or None when it is another by now."""
    admin = User.objects.filter(username=ADMIN).first()
    text = path.read_text().strip() if path.exists() else ""
    return text if admin is not None and text and admin.check_password(text) else None


class Command(BaseCommand):
    """Says what was loaded, how to log in, and which keys there are."""

    help = (
        "Load the demo shop into an empty database. Where it is loaded already nothing changes; a database that holds"
        " anything else is refused. PRINTSHOP_DEMO_PASSWORD sets the password of the demo's admin."
    )
    requires_system_checks = ()  # as in prepare_demo

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR / PASSWORD_FILE
        try:
            loaded = load(lambda: kept_password(path), timezone.now())
        except ForeignRows as refusal:
            raise CommandError(
                f"{refusal} The demo's keys are known to everybody, so it is loaded into an empty database only:"
                " set PRINTSHOP_VAR to another folder, or DATABASE_URL to another database."
            ) from None
        if loaded:
            self.stdout.write("Loaded the demo shop: " + ", ".join(counted(one.objects.count(), one) for one in SHOWN))
        else:
            self.stdout.write("The demo shop is loaded already; nothing was changed.")
        self.show_login(known_password(path))

    def show_login(self, password: str | None) -> None:
        shown = password or "(changed since; manage.py changepassword sets a new one)"
        self.stdout.write(f"Log in at /admin/ as {ADMIN}, password {shown}")
        self.stdout.write("API keys: " + ", ".join(f"{text} ({role} of {account})" for text, _, role, account in KEYS))
