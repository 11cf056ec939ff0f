"""What was tried, what was expected and what came of it: docs/reliability.md, made by the tests themselves.

A test, a module or a parameter says which case it is, in words of its own:

    @pytest.mark.trust(case="worker killed in a chunk", expects="every item happens, and happens once")

While `TRUST_RECORDS` names a file, each such test that runs adds a line to it (conftest.py); what it measured stands
there too when it says `record_property("figures", "…")`. `bin/trust report` writes those lines into the document.
"""

import ast
import os
import platform
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import django
import orjson
import pytest
from django.db import connection

from benchmarks.machine import computer

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "reliability.md"
HELD = "held"
NO_DATABASE = "none"
HEAD = ("Case", "Expectation", "Database", "Runs", "Outcome", "Figures", "Date", "On")
TEXT = """# What was tried, and did it hold?

Written by `bin/trust report` from what the tests recorded; do not edit. A test that stands here says its case and
expectation by the marker `trust`, and `bin/test` fails while a case has no recorded outcome.

    bin/trust suite     # the cases of bin/test
    bin/trust           # calls killed at every statement and commit
    bin/trust load      # many clients for minutes (LOAD_SECONDS); bin/trust soak: with a fault every 20 seconds
    bin/trust report    # brings this page up to date with what these have recorded

Runs are tests: one for each place at which something is killed, cut or refused. Outcome is what came of the last run of
each; where it is not "held", it says how many did not. A case that runs on one database only says so by its one row.

"""


# --- What the tests say of themselves ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, order=True)
class Case:
    """What is tried, and what has to come of it."""

    name: str
    expects: str


def said_in(source: str) -> Iterator[Case]:
    """The cases that stand in a module. Raises ValueError when one is not said in plain text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.trust"):
            words = {word.arg or "": ast.literal_eval(word.value) for word in node.keywords}
            yield Case(words["case"], words["expects"])


def known_cases() -> set[Case]:
    """Every case of the project, run or not."""
    tests = (path for path in ROOT.glob("[a-z]*/**/*.py") if "tests" in path.parts)
    sources = (path.read_text() for path in tests)
    return {case for source in sources if "mark.trust" in source for case in said_in(source)}


# --- What is written down while they run ------------------------------------------------------------------------------
def database() -> str:
    """Name and version of the database of the tests."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    # A test may have closed its connection; none is opened for this.
    number = connection.connection.info.server_version if connection.connection else 0
    return f"PostgreSQL {number // 10_000}.{number % 10_000}" if number else "PostgreSQL"


def machine() -> str:
    """Where it ran: without this line figures mean nothing."""
    return f"Python {platform.python_version()} · Django {django.get_version()} · {computer()}"


def record(item: pytest.Item, report: pytest.TestReport, uses_database: bool) -> None:
    """Add what came of a test to the file. A test that passes is written once; each part that fails is too."""
    path, marker = os.environ.get("TRUST_RECORDS"), item.get_closest_marker("trust")
    if not path or not marker or report.skipped or (report.passed and report.when != "call"):
        return
    line = {
        **marker.kwargs,
        "database": database() if uses_database else NO_DATABASE,
        "test": item.nodeid,
        "held": report.passed,
        "figures": dict(item.user_properties).get("figures", ""),
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": machine(),
    }
    # One write of one line at the end of the file: processes of tests side by side do not mix theirs.
    with Path(path).open("ab", buffering=0) as file:
        file.write(orjson.dumps(line) + b"\n")


# --- The document -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what came of a case on one database, and where."""

    case: str
    expects: str
    database: str
    runs: str
    outcome: str
    figures: str
    date: str
    machine: str

    @property
    def place(self) -> tuple[str, str]:
        """There is one row for a case on a database, of whatever version."""
        return self.case, self.database.split()[0]


def row_of(lines: list[dict[str, str]]) -> Row:
    """What came of a case on a database: the last run of each of its tests counts."""
    last = {line["test"]: line for line in lines}
    newest = max(last.values(), key=lambda line: line["at"])
    failed = sum(not line["held"] for line in last.values())
    outcome = f"{failed} did not hold" if failed else HELD
    named = max((line["database"] for line in lines), key=len)
    figures = "; ".join(dict.fromkeys(line["figures"] for line in last.values() if line["figures"]))
    date = newest["at"].split()[0]
    return Row(newest["case"], newest["expects"], named, str(len(last)), outcome, figures, date, newest["machine"])


def rows_of(records: bytes) -> list[Row]:
    grouped: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for line in map(orjson.loads, records.splitlines()):
        grouped[line["case"], line["database"].split()[0]].append(line)
    return [row_of(lines) for lines in grouped.values()]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_in(document: str) -> list[Row]:
    """The rows of the table as it stands."""
    lines = document.splitlines()
    named = dict(line.removeprefix("- ").split(": ", 1) for line in lines if line.startswith("- "))
    table = [cells(line) for line in lines if line.startswith("| ")]
    return [Row(*[*row[:-1], named[row[-1]]]) for row in table if row not in ([*HEAD], ["---"] * len(HEAD))]


def line_of(values: Iterable[str]) -> str:
    return f"| {' | '.join(values)} |"


def written(rows: Iterable[Row]) -> str:
    """The document. Machines stand under the table, each with a letter."""
    ordered = sorted(rows, key=lambda row: (row.case.lower(), row.place))
    machines = sorted({row.machine for row in ordered})
    letters = {name: chr(ord("A") + place) for place, name in enumerate(machines)}
    table = [HEAD, ["---"] * len(HEAD), *([*astuple(row)[:-1], letters[row.machine]] for row in ordered)]
    named = [f"- {letter}: {name}" for name, letter in letters.items()]
    return TEXT + "\n".join([*map(line_of, table), "", *named, ""])


def renewed(document: str, records: bytes, cases: set[Case]) -> str:
    """The document with what was recorded in place of what it said before; cases that are no more are left out."""
    rows = {row.place: row for row in [*rows_in(document), *rows_of(records)]}
    return written(row for row in rows.values() if Case(row.case, row.expects) in cases)


def report(path: Path) -> None:
    """Bring the document up to date. What is in it need not be recorded any more."""
    before = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    DOCUMENT.write_text(renewed(before, path.read_bytes(), known_cases()))
    path.unlink()


if __name__ == "__main__":
    report(Path(sys.argv[1]))
