"""Where a backup comes from, and where it goes."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from printshop.backup.archive import Refused
from printshop.backup.programs import program
from printshop.backup.tests.shops import Elsewhere, new_database
from printshop.testing import house


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> None:
    """An account, so that the database is not empty; and PostgreSQL's programs, where it is one."""
    if connection.vendor == "postgresql":
        try:
            program("pg_dump", connection.pg_version // 10_000)  # type: ignore[attr-defined]
        except Refused as refusal:
            pytest.skip(str(refusal))
    house()


@pytest.fixture
def back_up(tmp_path: Path) -> Callable[..., Path]:
    """Back up the test's own shop; the archive."""

    def make(*more: str) -> Path:
        out = StringIO()
        call_command("backup", f"--to={tmp_path / 'backups'}", *more, stdout=out)
        return Path(out.getvalue().splitlines()[-1])

    return make


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with new_database(folder) as url:
        yield Elsewhere(folder, url)
