"""Worker processes for tests: real ones, on the database of the test."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from printshop.api.models import Account
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.native import request_for
from printshop.bulk.models import UNFINISHED, BulkChunk, BulkItem, BulkOperation
from printshop.bulk.registry import operations
from printshop.testing import make_actor

ENTRY = "printshop.bulk.tests.deferred.entry"
BROKERS = {
    "filesystem": "filesystem://",
    "amqp": "amqp://guest:guest@127.0.0.1:5672//",
    "redis": "redis://127.0.0.1:6379/9",
}


def broker_url(name: str) -> str:
    """The URL of a broker; the test is skipped where there is none."""
    url = BROKERS[name]
    if port := urlsplit(url).port:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            pytest.skip(f"no {name} broker at 127.0.0.1:{port}")
    return url


def database_url() -> str:
    """The database of this test for another process."""
    kept = connections["default"].settings_dict
    if not kept["ENGINE"].endswith("sqlite3"):
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{kept['NAME']}").geturl()
    main, counters = Path(kept["NAME"]), Path(connections["counters"].settings_dict["NAME"])
    with suppress(FileExistsError):
        main.with_name(f"{main.stem}-counters.sqlite3").symlink_to(counters)
    return f"sqlite:///{main}"


def eventually(true: Callable[[], Any], within: float = 60, what: str = "") -> Any:
    """The first true answer. Fails the test when there is none in time."""
    deadline = time.monotonic() + within
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {within} s: {what or true}"
        time.sleep(0.03)
    return found


def queue(name: str, payloads: list[Any], *, chunk: int = 500, account: Account | None = None, **more: Any) -> UUID:
    """Queue items of a native operation under `partial`; more fields of the body by keyword."""
    operation = operations()[name]
    body = {operation.field_name: payloads, "errorPolicy": "partial", **more}
    request = request_for(operation, body, make_actor(account=account), timezone.now())
    accepted = accept(replace(request, chunk=chunk))
    # Sent to the broker of this process, where no worker listens.
    BulkChunk.objects.filter(operation_id=accepted).update(sent_at=None)
    return accepted


def queue_skus(count: int, prefix: str = "new", name: str = "A cube", **more: Any) -> UUID:
    """Queue an import of so many new SKUs."""
    skus = [{"id": f"{prefix}-{number}", "name": name} for number in range(count)]
    return queue("skus.import", skus, mode="append", **more)


def codes(item: BulkItem) -> list[str]:
    """The codes of what is wrong with an item."""
    return [error["code"] for error in item.errors or ()]


def unfinished() -> int:
    return BulkOperation.objects.filter(state__in=UNFINISHED).count()


class House:
    """Worker processes that share a database, a broker and a folder; none of them outlives the test."""

    def __init__(self, folder: Path, broker: str = "filesystem://", **variables: str) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "SKIPPED_LIST"},
            "DJANGO_SETTINGS_MODULE": "printshop.settings",
            "PRINTSHOP_VAR": str(folder),
            "BROKER_URL": broker,
            "QUEUE_NAME": f"printshop-test-{uuid4().hex}",
            "QUEUE_LEASE_SECONDS": "1",
            "QUEUE_SWEEP_SECONDS": "0.3",
            "QUEUE_HEARTBEAT_SECONDS": "0.3",
            **variables,
        }
        self.environment.setdefault("DATABASE_URL", "")

    def start(self) -> subprocess.Popen[bytes]:
        """Another worker. Its log is the file `log` in the folder."""
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", ENTRY, "work"]
            process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                # It would be deaf to Ctrl-C where the tests run in a shell's background.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        self.processes.append(process)
        return process

    def start_listening(self) -> subprocess.Popen[bytes]:
        """The same, once it is at work."""
        before = self.log().count("is at work")
        process = self.start()
        eventually(lambda: self.log().count("is at work") > before, what="a worker at work")
        return process

    def run(self, *command: str, **variables: str) -> Any:
        """What another command of the entry prints, from JSON."""
        done = subprocess.run(
            [sys.executable, "-m", ENTRY, *command],
            env={**self.environment, **variables},
            cwd=settings.BASE_DIR,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
        for process in self.processes:
            process.wait(timeout=10)


def remove_queue(house: House) -> None:
    """What a house leaves in a broker that others use too."""
    from kombu import Connection

    url, name = house.environment["BROKER_URL"], house.environment["QUEUE_NAME"]
    with suppress(OSError), Connection(url, connect_timeout=1) as connection:
        if url.startswith("amqp"):
            connection.default_channel.queue_delete(name)
        if url.startswith("redis"):
            client = connection.default_channel.client
            for key in client.scan_iter(f"{name}:*"):
                client.delete(key)
