"""A receiver on this machine that verifies what it gets, as the documentation says to."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from printshop.api.transactions import transact
from printshop.testing import NOON, house
from printshop.webhooks.endpoints import create
from printshop.webhooks.models import Endpoint


@dataclass
class Receiver:
    """Answers with `statuses`, the last of them for ever, once it may; keeps what came."""

    statuses: list[int] = field(default_factory=lambda: [204])
    location: str = ""
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    url: str = ""
    may_answer: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"])).decode()
        self.requests.append(({name.lower(): value for name, value in handler.headers.items()}, body))
        self.may_answer.wait(60)
        handler.send_response(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])
        if self.location:
            handler.send_header("location", self.location)
        handler.send_header("content-length", "0")
        handler.end_headers()

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """The messages, each with a good signature."""
        for headers, body in self.requests:
            check(secret, headers, body)
        return [json.loads(body) for _, body in self.requests]


def check(secret: str, headers: dict[str, str], body: str) -> None:
    """The signature alone: a fixed noon is too long ago for the check of the clock."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert Webhook(secret).sign(headers["webhook-id"], at, body) in headers["webhook-signature"].split(" ")


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self)

        def log_message(self, *args: Any) -> None:
            """Quietly."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.may_answer.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def subscribed(db: None, receiver: Receiver) -> Callable[..., tuple[Endpoint, str]]:
    """An endpoint of the house at the receiver, and its secret."""

    def make(*events: str, **given: Any) -> tuple[Endpoint, str]:
        some = {"events": list(events)} if events else {}
        return transact(lambda: create(house(), {"url": receiver.url, **some, **given}, NOON))

    return make
