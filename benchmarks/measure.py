"""One database's part: makes the shop on the database that the settings name, then measures or profiles."""

from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.options import parse


def prepare() -> None:
    """Django with the naive loop's addresses beside the shop's, and empty tables."""
    django.setup()
    settings.ROOT_URLCONF = "benchmarks.urls"
    # The addresses of files are not measured, and a missing folder of theirs is no news.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    for alias in settings.DATABASES:
        call_command("migrate", verbosity=0, database=alias)


def main() -> None:
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks import profile, rounds
    from benchmarks.machine import machine_line
    from benchmarks.shop import CASES, Shop

    print(machine_line(connection))
    cases = {name: case for name, case in CASES.items() if name in (options.only or CASES)}
    shop = Shop.open()
    if options.profile:
        profile.show(shop, cases, options)
    else:
        rounds.show(shop, cases, options)


if __name__ == "__main__":
    main()
