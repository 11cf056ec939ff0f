"""A shop somewhere else, on the same kind of database: where backups of the test's own shop are restored."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection

from catalog.services.media import CREATE
from catalog.tests import files
from printshop.api.reading import read_items
from printshop.backup.engines import PASSING
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import Policy
from printshop.testing import NOON, make_actor

Rows = dict[str, Counter[str]]


@dataclass(frozen=True)
class Elsewhere:
    """Another folder and another database, both empty at first."""

    folder: Path
    url: str

    def manage(self, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A command of manage.py there."""
        environment = {**os.environ, "PRINTSHOP_VAR": str(self.folder), "DATABASE_URL": self.url, **variables}
        arguments = [sys.executable, "manage.py", *command]
        return subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True)

    def query(self, statement: str) -> list[Any]:
        with opened(self.url) as database:
            return list(database.execute(statement))

    def rows(self) -> Rows:
        return rows_of(self.url)

    def media(self) -> dict[str, bytes]:
        return contents(self.folder / "media")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def opened(url: str) -> Iterator[Any]:
    """A plain connection, which knows nothing of Django."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            yield database
            database.commit()
    else:
        with psycopg.connect(url) as server:
            yield server


def own_url() -> str:
    """The database of this test."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def rows_of(url: str) -> Rows:
    """Every row of every table, as the database's own types."""
    names = connection.introspection.table_names()
    with opened(url) as database:
        return {
            name: Counter(map(repr, database.execute(f'SELECT * FROM "{name}"')))
            for name in names
            if name not in PASSING
        }


@contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """The URL of a database without a table, of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'shop.sqlite3'}"
        return
    name = f"restored_{uuid4().hex}"
    server = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}")
        yield server._replace(path=f"/{name}").geturl()
        maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")


def add_picture(label: str) -> None:
    """Another picture of the first SKU, with a file."""
    content = files.content(files.png(), "image/png", "cube.png")
    raw = {"skuId": "sku-0001", "mediaType": "image", "label": label, "content": content}
    run(CREATE, Batch(read_items(CREATE.item, [raw]), {}, make_actor(), NOON, Policy.ATOMIC))
