"""docs/reliability.md says of every case what came of it, and says it as the tests do."""

import orjson
import pytest

from printshop.tests.trust.reliability import (
    DOCUMENT,
    HELD,
    NO_DATABASE,
    Case,
    known_cases,
    record,
    renewed,
    rows_in,
    rows_of,
    said_in,
    written,
)

KILLED = Case("worker killed", "everything happens once")
CUT = Case("connection cut", "all or nothing")
# Under another name: it is no case of the project's.
marked = pytest.mark.trust


def line(case: Case, test: str, database: str = "SQLite 3.45", *, held: bool = True, **said: str) -> bytes:
    machine = {"at": "2026-11-27 03:00", "machine": "Python 3.11 · a machine", "figures": ""}
    told = {"case": case.name, "expects": case.expects, "test": test, "database": database, "held": held}
    return orjson.dumps(told | machine | said) + b"\n"


@pytest.mark.parametrize("case", sorted(known_cases()), ids=lambda case: case.name)
def test_every_case_has_a_recorded_outcome(case: Case) -> None:
    outcomes = {row.outcome for row in rows_in(DOCUMENT.read_text()) if Case(row.case, row.expects) == case}
    assert outcomes == {HELD}, "run its tests by bin/trust, then bin/trust report"


def test_a_case_is_said_once_and_in_words_that_fit_a_table() -> None:
    cases = known_cases()
    assert len({case.name for case in cases}) == len(cases)
    assert [case for case in cases if "|" in case.name + case.expects] == []


def test_the_document_is_what_the_command_writes() -> None:
    document = DOCUMENT.read_text()
    assert written(rows_in(document)) == document


def test_the_last_run_of_each_test_counts() -> None:
    lines = [line(KILLED, "a", held=False), line(KILLED, "a"), line(KILLED, "b"), line(KILLED, "a", "PostgreSQL 16.4")]
    assert [(row.database, row.runs, row.outcome) for row in rows_of(b"".join(lines))] == [
        ("SQLite 3.45", "2", HELD),
        ("PostgreSQL 16.4", "1", HELD),
    ]
    [row] = rows_of(b"".join([*lines[1:3], line(KILLED, "b", held=False)]))
    assert (row.runs, row.outcome) == ("2", "1 did not hold")


def test_what_was_recorded_takes_the_place_of_what_was_said_before() -> None:
    before = renewed("", line(KILLED, "a") + line(CUT, "b", machine="another"), {KILLED, CUT})
    newer = line(KILLED, "a", "SQLite 3.46", figures="7 kills", at="2026-12-01 03:00")
    rows = {row.case: row for row in rows_in(renewed(before, newer, {KILLED, CUT}))}
    found = rows[KILLED.name]
    assert (found.database, found.figures, found.date) == ("SQLite 3.46", "7 kills", "2026-12-01")
    assert rows[CUT.name].machine == "another"
    assert [row.case for row in rows_in(renewed(before, newer, {CUT}))] == [CUT.name]


def test_it_reads_the_cases_that_a_module_says() -> None:
    assert list(said_in('x = pytest.mark.trust(case="connection cut", expects="all or nothing")')) == [CUT]
    with pytest.raises(ValueError, match="malformed"):
        list(said_in("x = pytest.mark.trust(case=name, expects=words)"))


@marked(case=CUT.name, expects=CUT.expects)
@pytest.mark.parametrize(
    ("when", "outcome", "held"),
    [
        ("call", "passed", [True]),
        ("setup", "failed", [False]),
        ("call", "failed", [False]),
        ("teardown", "failed", [False]),
        ("call", "skipped", []),
        ("setup", "passed", []),
    ],
)
def test_it_records_what_came_of_a_test(request, monkeypatch, tmp_path, record_property, when, outcome, held) -> None:
    records = tmp_path / "records"
    monkeypatch.setenv("TRUST_RECORDS", str(records))
    record_property("figures", "7 cuts")
    record(request.node, pytest.TestReport("", ("", 0, ""), {}, outcome, None, when), uses_database=False)
    lines = [orjson.loads(one) for one in records.read_bytes().splitlines()] if records.exists() else []
    assert [(one["held"], one["case"], one["database"], one["figures"]) for one in lines] == [
        (each, CUT.name, NO_DATABASE, "7 cuts") for each in held
    ]
