"""Those who are asked over the API: the whole stack in process.

The clock covers everything from the WSGI call to the last byte, and the database connection given back.
"""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

from benchmarks.shop import Shop, Work
from printshop.wsgi import application

PATHS = {"orders": "/api/orders/bulk", "jobs": "/api/jobs/bulk/advance", "skus": "/api/skus/bulk"}
PLAIN_PATHS = {noun: f"/plain/{noun}" for noun in PATHS}
NAIVE_PATHS = {noun: f"/naive/{noun}" for noun in PATHS}


class Caller:
    """Sends a call as a server would hand it over; `paths` says where."""

    def __init__(self, shop: Shop, paths: dict[str, str]) -> None:
        self.paths = paths
        self.environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/json",
            "HTTP_X_API_KEY": shop.secret,
            "REMOTE_ADDR": "127.0.0.1",
        }
        setup_testing_defaults(self.environ)

    def request(self, work: Work) -> dict[str, Any]:
        return {
            **self.environ,
            "PATH_INFO": work.path or self.paths[work.noun],
            "CONTENT_LENGTH": str(len(work.body)),
            "HTTP_IDEMPOTENCY_KEY": work.idempotency_key,
            "wsgi.input": io.BytesIO(work.body),
        }

    def run(self, work: Work) -> bytes:
        """The body of the answer. Raises RuntimeError unless it is a success."""
        answered: list[str] = []
        response = application(self.request(work), lambda status, *rest: answered.append(status))  # type: ignore[arg-type]
        body = b"".join(response)
        response.close()
        if not answered[0].startswith("2"):
            raise RuntimeError(f"{work.path or self.paths[work.noun]} answered {answered[0]}: {body[:500]!r}")
        return body
