"""A PostgreSQL of its own, for tests that stop it or take its room away."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from printshop.settings import database

# A process that ends loses nothing that it has written: only a power cut would.
OPTIONS = "-c fsync=off"


def maker() -> Any:
    """What `bin/test` makes its own server with."""
    folder = str(Path(settings.BASE_DIR, "bin"))
    if folder not in sys.path:
        sys.path.append(folder)
    import _postgresql

    return _postgresql


class Cluster:
    """A server at `url`. Its largest files are its tables: a segment of its log has one megabyte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            maker().make(folder, "--wal-segsize=1")
        except RuntimeError as fault:
            pytest.skip(f"no PostgreSQL of our own: {str(fault)[:200]}")
        self.start()

    def start(self) -> None:
        self.url: str = maker().serve(self.folder, OPTIONS).replace("/printshop?", "/postgres?")

    def stop(self) -> None:
        """At once, as a crash would: nobody is let finish."""
        maker().stop(self.folder)

    def migrate(self, environment: dict[str, str]) -> None:
        manage = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(manage, env=environment, cwd=settings.BASE_DIR, check=True)

    def files(self) -> Iterator[Path]:
        return (path for path in (self.folder / "cluster").rglob("*") if path.is_file())

    def limit(self, size: int | None) -> None:
        """No file may grow beyond that size in bytes, or all may again."""
        postmaster = (self.folder / "cluster/postmaster.pid").read_text().split()[0]
        backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        # The postmaster first: whoever it starts meanwhile has the limit already.
        for pid in (postmaster, *backends):
            limit_files(pid, size, **maker().UNPRIVILEGED)


def limit_files(pid: int | str, size: int | None, **whose: Any) -> None:
    """A process can write no file beyond a size, as on a full disk; without one it has room again.

    By the command, since even root may have to be the user whose process it is.
    """
    limit = "unlimited" if size is None else size
    subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={limit}:"], check=True, **whose)


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    with TemporaryDirectory() as folder:
        # The user that runs it for root has to pass through, which pytest's own folders forbid.
        Path(folder).chmod(0o711)
        cluster = Cluster(Path(folder))
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def shop_at(url: str) -> Iterator[None]:
    """The models are those of another database meanwhile."""
    ours = connections["default"]
    there = database(url)
    there["OPTIONS"].pop("pool")
    connections["default"] = type(ours)({**ours.settings_dict, **there}, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = ours
