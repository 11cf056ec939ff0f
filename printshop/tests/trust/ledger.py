"""What a client knows of its requests: written down before each is sent and after each is answered.

Whatever is killed meanwhile, the ledger says which requests were acknowledged, which were refused, and of which nobody
knows what became of them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes

    @property
    def said(self) -> Any:
        return orjson.loads(self.body)


class Send(Protocol):
    """Sends a request with an idempotency key. Raises OSError when there is no answer."""

    def __call__(self, path: str, body: Any, key: str) -> Answer:
        """The answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, and its answer where there was one."""

    key: str
    path: str
    body: Any
    answer: Answer | None = None

    @property
    def is_acknowledged(self) -> bool:
        return self.answer is not None and self.answer.status < 300


class Ledger:
    """The requests of one client, in a file of JSON lines that survives whoever writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, line: dict[str, Any]) -> None:
        with self.path.open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def post(self, send: Send, path: str, body: Any, key: str) -> Answer | None:
        """Send a request, or send it again; None when there was no answer."""
        self.write({"key": key, "path": path, "body": body})
        try:
            answer = send(path, body, key)
        except OSError:
            return None
        self.write({"key": key, "status": answer.status, "answer": answer.body.decode()})
        return answer

    def entries(self) -> Iterator[Entry]:
        """Each request once, with the last answer to it."""
        asked: dict[str, dict[str, Any]] = {}
        answers: dict[str, Answer] = {}
        for line in map(orjson.loads, self.path.read_bytes().splitlines() if self.path.exists() else []):
            if "path" in line:
                asked.setdefault(line["key"], line)
            else:
                answers[line["key"]] = Answer(line["status"], line["answer"].encode())
        for key, line in asked.items():
            yield Entry(key, line["path"], line["body"], answers.get(key))
