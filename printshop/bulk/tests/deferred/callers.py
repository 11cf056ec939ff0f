"""What the tests of the queue share: a call that may wait, its end, and who stands by to carry it out."""

from typing import Any

from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.heartbeats import Totals, beat
from printshop.testing import KeyClient

HERE = "/api/bulk-operations"
LATER = "respond-async"


def later(client: KeyClient, path: str, body: Any, **headers: str) -> str:
    """The operation that a bulk call becomes when it may wait."""
    answer = client.post(path, body, prefer=LATER, **headers)
    assert answer.status_code == 202, answer.content
    return str(answer.json()["id"])


def drain() -> int:
    """Carry out everything that waits; how many chunks that were."""
    count = 0
    while carry_out_next():
        count += 1
    return count


def shown(client: KeyClient, operation: str) -> Any:
    """The operation as it stands."""
    answer = client.get(f"{HERE}/{operation}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def items_of(client: KeyClient, operation: str, query: str = "") -> list[Any]:
    found: list[Any] = client.get(f"{HERE}/{operation}/items?limit=500{query}").json()["results"]
    return found


def start_worker() -> None:
    """A worker that has just said that it lives."""
    beat("a worker", Totals())


def codes_of(item: Any) -> list[str]:
    return [error["code"] for error in item["errors"]]
