"""The web server that the shop is deployed with, in a process of its own on the database of a test."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from printshop.bulk.tests.deferred.workers import ENTRY, House, eventually

LISTENING = re.compile(r"Serving on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with names in lower case, and content."""

    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(slots=True)
class Spent:
    """Processor time, and by how much memory grew at most."""

    seconds: float = 0
    megabytes: float = 0


class WebServer:
    """A server that shares folder, database and environment with the workers of a house, which ends it."""

    def __init__(self, house: House) -> None:
        self.house, self.log = house, house.folder / f"web-{len(house.processes)}"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", ENTRY, "serve"]
            self.process = subprocess.Popen(
                command, env=house.environment, cwd=settings.BASE_DIR, stdout=log, stderr=log
            )
        house.processes.append(self.process)

    @property
    def port(self) -> int:
        """Where it listens, once it does."""

        def told() -> Any:
            assert self.process.poll() is None, self.log.read_text()
            return LISTENING.search(self.log.read_text())

        return int(eventually(told, what="a web server")[1])

    def send(self, method: str, path: str, body: bytes | None = None, source: str = "", **headers: str) -> Answer:
        """An answer, on a connection of its own, from an address of this machine; headers as `x_api_key=…`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(source, 0))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    @contextmanager
    def spending(self) -> Iterator[Spent]:
        """What it spends meanwhile, as Linux tells it (proc(5)): complete afterwards."""
        spent = Spent()
        (self.told / "clear_refs").write_text("5")
        seconds, kilobytes = self.seconds, self.kilobytes
        yield spent
        spent.seconds, spent.megabytes = self.seconds - seconds, (self.kilobytes - kilobytes) / 1000

    @property
    def told(self) -> Path:
        return Path(f"/proc/{self.process.pid}")

    @property
    def seconds(self) -> float:
        """Processor time so far, that of ended children too."""
        fields = (self.told / "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    @property
    def kilobytes(self) -> int:
        """The most memory since `clear_refs`."""
        found = re.search(r"VmHWM:\s*(\d+)", (self.told / "status").read_text())
        assert found is not None
        return int(found[1])
