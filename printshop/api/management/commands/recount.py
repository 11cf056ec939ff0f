"""`manage.py recount`: the lengths of lists, worked out anew."""

from typing import Any

from django.core.management.base import BaseCommand

from printshop.api.tallies import known, recount


class Command(BaseCommand):
    """Harms nothing, and may run while the shop is at work."""

    help = "Count the long lists anew, after rows were written with triggers switched off."

    def handle(self, *args: Any, **options: Any) -> None:
        found = recount()
        for one in found:
            self.stdout.write(f"{one.name}: {known(one.rows()):,}")
        if not found:
            self.stdout.write("Nothing to do: this database counts its lists whenever somebody asks.")
