"""Files, one database's part: a catalogue is exported in each format and read back, up to the raw fields of each SKU.

Seconds are the processor's; a workbook is read by a process of its own, which is told beside ours.
"""

import resource
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse

ROWS = 100_000
ROW = "{:<28}{:>20}{:>20}"


def of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def cell(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}) s"


def show(name: str, act: Callable[[], int], rounds: int) -> None:
    """One line of the table. Raises RuntimeError when `act` does not come across every row."""
    ours, theirs = [], []
    for _ in range(rounds):
        start, start_of_children = process_time(), of_children()
        if act() != ROWS:
            raise RuntimeError(f"{name}: rows are missing")
        ours.append(process_time() - start)
        theirs.append(of_children() - start_of_children)
    print(ROW.format(name, cell(ours), cell(theirs)))


def export(path: Path) -> int:
    from catalog.exports import SKUS
    from catalog.models import SKU
    from printshop.bulk.exports.answers import FORMATS

    pages = SKUS.pages(SKU.objects.order_by("pk"))
    with path.open("wb") as file:
        file.writelines(FORMATS[path.suffix[1:]].parts(SKUS.noun, SKUS.names, pages))
    return SKU.objects.count()


def read(path: Path) -> int:
    from catalog.uploads.reading import detect, guess, raws, rows

    form = detect(path, path.name)
    return sum(1 for _ in raws(rows(path, form), form, guess(form.columns)))


def main() -> None:
    prepare()
    from benchmarks.machine import machine_line
    from printshop.testing import make_skus

    tiers = {"fine": {"multiplier": 1.5}}
    make_skus(ROWS, description="A thing, with commas\nand lines", estimated_print_time=90, quality_tiers=tiers)
    print(machine_line(connection))
    print(ROW.format(f"{ROWS:,} SKUs", "median (minimum)", "reader of workbooks"))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("csv", "jsonl", "xlsx"):
            path = Path(folder) / f"skus.{suffix}"
            show(f"{suffix}: export", partial(export, path), parse().rounds)
            show(f"{suffix}: read", partial(read, path), parse().rounds)


if __name__ == "__main__":
    main()
