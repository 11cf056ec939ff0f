"""Messages as files in a folder: the broker of a shop on one machine, which needs no server.

Kombu's own `filesystem` transport lets a reader take a file that is still being written, which ends the worker, and
moves what it takes through the machine's temporary folder. Here a message appears under its name once it is whole, and
taking it is one rename, so that of several workers exactly one gets it.
"""

import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings
from kombu.transport import virtual

SUFFIX = ".msg"
SHORT = 0.3


def is_stale(path: Path) -> bool:
    """Whether it is too old to mean anything, such as what a killed worker had taken."""
    return time.time() - path.stat().st_mtime > settings.QUEUE_WAKE_EXPIRES


class Channel(virtual.Channel):
    """One folder, one queue, oldest message first."""

    # What a worker had not begun when it was stopped is found by the sweep.
    do_restore = False

    @property
    def folder(self) -> Path:
        return Path(self.connection.client.transport_options["folder"])

    def waiting(self) -> list[Path]:
        """Messages from the oldest; what went stale is removed in passing, so that it never piles up."""
        found = []
        for path in sorted(self.folder.iterdir()):
            # Somebody else may take it, or remove it, at any moment.
            with suppress(FileNotFoundError):
                if is_stale(path):
                    path.unlink()
                elif path.suffix == SUFFIX:
                    found.append(path)
        return found

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        path = self.folder / f"{time.time_ns()}-{uuid4().hex}.new"
        path.write_bytes(orjson.dumps(message))
        path.rename(path.with_suffix(SUFFIX))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in self.waiting():
            with suppress(FileNotFoundError):
                taken = path.rename(path.with_suffix(".taken"))
                content = taken.read_bytes()
                taken.unlink()
                return orjson.loads(content)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self.waiting())

    def _purge(self, queue: str) -> int:
        waiting = self.waiting()
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)


class Transport(virtual.Transport):
    """Looks into the folder every `polling_interval` seconds."""

    Channel = Channel
    global_state = virtual.BrokerState()
    driver_type = driver_name = "folder"

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        # Celery would wait two seconds for a message before it notices that it is to stop.
        super().drain_events(connection, timeout=min(timeout or SHORT, SHORT))

    def driver_version(self) -> str:
        return "1"
