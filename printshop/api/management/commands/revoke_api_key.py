"""`manage.py revoke_api_key PREFIX`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from printshop.api.keys import revoke
from printshop.api.management.looking_up import key_called


class Command(BaseCommand):
    """Revoking a revoked key is harmless."""

    help = "End an API key at once and for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="what stands before the dot in the key")

    def handle(self, *args: Any, **options: Any) -> None:
        key = key_called(options["prefix"])
        revoke(key)
        self.stdout.write(f"Revoked the key {key.prefix} ({key.name}, {key.role} of {key.account}).")
