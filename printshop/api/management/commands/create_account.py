"""`manage.py create_account CODE NAME`"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from printshop.api.models import Account


class Command(BaseCommand):
    """Makes an account; its keys are made by `create_api_key`."""

    help = "Make an account: an integration or a storefront that will hold API keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="a short name in lower case, such as webshop")
        parser.add_argument("name", help="the name that people read")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account(code=options["code"], name=options["name"])
        try:
            account.full_clean()
        except ValidationError as error:
            faults = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
            raise CommandError(" ".join(faults)) from None
        account.save()
        self.stdout.write(f"Made the account {account.code}.")
