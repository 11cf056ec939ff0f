"""What a shop and its database log holds nothing of keys, passwords and people, whatever goes wrong."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client

from printshop.api.logs import Discretion, JSONLines, Lines
from printshop.api.reading import adapter
from printshop.tests.chatter import MARKS
from printshop.tests.clusters import own_cluster

TALKATIVE = "\nlog_statement = all\nlog_min_duration_statement = 0\nlog_min_error_statement = debug5\n"
STATUSES = {
    "made": 201, "twice": 409, "refused by the database": 503, "ordered": 201, "misshapen": 400, "unreadable": 400,
    "unknown key": 401, "asked by mail": 200, "with a password": 200, "a bad one": 400, "signed in": 200, "queued": 202,
}  # fmt: skip


def chatter(folder: Path, **environment: str) -> tuple[list[str], str]:
    """A shop in a process of its own that is talked to: what none of its logs may hold, and what it logged at DEBUG."""
    shop = {"PRINTSHOP_VAR": str(folder / "var"), "DATABASE_URL": "", "REDIS_URL": "", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "printshop.tests.chatter"],
        env=os.environ | shop, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    statuses, keys = json.loads(done.stdout)
    assert statuses == STATUSES
    return [*MARKS, *keys, *(key.partition(".")[2] for key in keys if "." in key)], done.stderr


def held(log: str, marks: list[str]) -> list[str]:
    """The lines with something in them that no log may hold."""
    return [line[:300] for line in log.splitlines() if any(mark.lower() in line.lower() for mark in marks)]


@pytest.mark.trust(case="the logs of a shop in trouble", expects="no secret and nothing of a person in them")
@pytest.mark.sqlite
def test_a_shop_on_sqlite_logs_nothing_of_people_and_secrets(db: None, tmp_path: Path) -> None:
    marks, log = chatter(tmp_path)
    assert "unforeseen" in log
    assert "blew up" in log
    assert held(log, marks) == []


@pytest.fixture
def talkative_server() -> Iterator[tuple[Path, str]]:
    """A PostgreSQL that logs all it can but for what `docs/deploy/postgresql.conf` forbids: its log and its URL."""
    with own_cluster() as cluster:
        folder = cluster.folder / "cluster"
        advice = (settings.BASE_DIR / "docs/deploy/postgresql.conf").read_text()
        with (folder / "postgresql.conf").open("a") as configuration:
            configuration.write(advice + TALKATIVE)
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
        yield folder / "log", cluster.url


@pytest.mark.trust(case="the logs of a shop in trouble", expects="no secret and nothing of a person in them")
@pytest.mark.postgresql
def test_neither_a_shop_nor_postgresql_logs_anything_of_people_and_secrets(
    db: None, talkative_server: tuple[Path, str], tmp_path: Path
) -> None:
    path, url = talkative_server
    marks, log = chatter(tmp_path, DATABASE_URL=url)
    assert "blew up" in log
    assert held(log, marks) == []
    statements = path.read_text()
    assert "INSERT INTO" in statements
    assert 'violates check constraint "unforeseen"' in statements
    assert held(statements, marks) == []


# --- The pieces ------------------------------------------------------------------------------------------------------
def record(error: Exception | None = None, *told: object) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("shop", logging.ERROR, "", 0, "It broke" + " %r" * len(told), told, exc_info)
    Discretion().filter(made)
    return made


def broken(message: str) -> IntegrityError:
    """As Django raises it, from what psycopg raised."""
    error = IntegrityError(message)
    error.__cause__ = psycopg.errors.UniqueViolation(message)
    return error


ROW = 'duplicate key value violates unique constraint "customer_email"\nDETAIL:  Key (email)=(ada@mill.example) exists.'


@pytest.mark.parametrize("formatter", [Lines(), JSONLines()])
def test_an_error_of_the_database_is_logged_without_the_row(formatter: logging.Formatter) -> None:
    for line in (formatter.format(record(broken(ROW))), formatter.format(record(None, broken(ROW)))):
        assert "customer_email" in line
        assert "ada@mill.example" not in line


def test_a_value_that_a_column_refuses_is_not_logged() -> None:
    error = psycopg.errors.InvalidTextRepresentation('invalid input syntax for type integer: "ada@mill.example"')
    assert "22P02" in Lines().format(record(error))
    assert "ada@" not in Lines().format(record(error))


def test_what_a_shape_was_given_is_not_logged() -> None:
    given = "ada@mill.example\nAda"
    with pytest.raises(ValueError, match="int_type") as raised:
        adapter(int).validate_python(given, strict=True)
    line = Lines().format(record(raised.value))
    assert "int_type" in line
    assert "ada@" not in line


def test_a_line_of_json_says_what_is_no_character() -> None:
    broken = record(ValueError("\ud800"))
    broken.msg = "caf\udce9"
    told = orjson.loads(JSONLines().format(broken))
    assert told["message"] == "caf\\udce9"
    assert "ValueError: \\ud800" in told["exception"]


def test_a_line_names_its_request(client: Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": "proxy-7"})["X-Request-ID"] == "proxy-7"
    assert orjson.loads(JSONLines().format(record()))["request"] == "proxy-7"


@pytest.mark.parametrize("made_up", ["", "a b", "a\tb", "x" * 65, "é"])
def test_a_request_is_not_called_what_could_be_mistaken(client: Client, made_up: str) -> None:
    named = client.get("/healthz", headers={"x-request-id": made_up})["X-Request-ID"]
    assert len(named) == 32
