"""Rows of .xlsx workbooks, read by a process with limits of its own that hands them on one by one."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import orjson

from catalog.uploads.reading.formats import MAX_COLUMNS, MAX_WORKBOOK_ROWS, Broken, Numbered, Unreadable

READER = Path(__file__).with_name("workbook_reader.py")
# The status with which the reader says that its last words are for people.
REFUSED = 2
TOO_MUCH = "The workbook needs too much memory or time to be read; save it as CSV."


def numbered(number: int, cells: list[Any], broken: dict[str, str]) -> Numbered:
    """A row as it came through the pipe."""
    for position, rule in broken.items():
        cells[int(position)] = Broken(rule)
    return number, cells


def workbook_rows(path: Path, tell: Callable[[int], object] = int) -> Generator[Numbered]:
    """The rows of the first visible sheet, less the blank ones. Who stops asking stops the reader too.

    `tell` is told the number of the last row before the first is given.
    """
    command = [sys.executable, "-I", str(READER), str(path), str(MAX_WORKBOOK_ROWS + 1), str(MAX_COLUMNS)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as reader,
    ):
        assert reader.stdout is not None
        try:
            tell(int(reader.stdout.readline() or 0))
            for line in reader.stdout:
                yield numbered(*orjson.loads(line))
        except BaseException:
            reader.kill()
            raise
        if status := reader.wait():
            said.seek(0)
            raise Unreadable(said.read().decode().strip() if status == REFUSED else TOO_MUCH)
