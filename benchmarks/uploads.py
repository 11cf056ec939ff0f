"""Uploads, one database's part."""

from django.db import connection

from benchmarks.machine import machine_line
from benchmarks.measure import prepare
from benchmarks.options import parse


def main() -> None:
    options = parse()
    prepare()
    # It needs the apps to be there.
    from benchmarks import uploading

    print(machine_line(connection))
    uploading.show(options.rows)


if __name__ == "__main__":
    main()
