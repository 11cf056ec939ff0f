"""`manage.py create_api_key --account CODE --name NAME --role ROLE`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from printshop.api.actors import Role
from printshop.api.keys import KeyShape, issue
from printshop.api.management.looking_up import account_called, refusals_as_errors, shaped
from printshop.api.transactions import transact


class Command(BaseCommand):
    """Prints the new key, and nothing else, to standard output: `KEY=$(manage.py create_api_key …)`."""

    help = "Issue an API key and print it. Only a hash is kept: nobody can show the key again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="the code of the account that holds the key")
        parser.add_argument("--name", required=True, help="what the key is for; stands in histories")
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--customer", help="the id of the one customer that a key of role customer acts for")
        parser.add_argument("--expires", help="ISO 8601 with an offset, such as 2031-01-01T00:00:00Z; never by default")

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_called(options["account"])
        asked = {"name": options["name"], "role": options["role"]}
        asked |= {"customerId": options["customer"], "expiresAt": options["expires"]}
        with refusals_as_errors():
            given = shaped(KeyShape, asked)
            customer, expires_at = given["customer_id"] or "", given["expires_at"]
            key, text = transact(
                lambda: issue(account, given["name"], Role(given["role"]), customer=customer, expires_at=expires_at)
            )
        self.stderr.write(f"Made the key {key.prefix} ({key.role} of {account}); it is shown this once:")
        self.stdout.write(text)
