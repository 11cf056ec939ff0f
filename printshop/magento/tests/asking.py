"""What the tests of the dialect share: a client with a Bearer key, the queue's end, and a shop for every example."""

import base64
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from catalog.models import SKU, Media, Page, Store
from jobs.states import JobStatus
from orders.models import Quote, QuoteItem
from printshop.api.models import Account
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.magento.routes import ROUTES, Route
from printshop.testing import (
    NOON,
    KeyClient,
    Role,
    house,
    key_client,
    make_customers,
    make_jobs,
    make_orders,
    make_skus,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)).decode()
CUBE = "sku-pla-black-cube"
# Far from what a sequence gives.
QUOTE, ENTRY = 900_012, 900_007


class AsyncClient:
    """A client that shows its key as a Bearer token; paths are given as they stand in the table."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.key is not None:
            headers.setdefault("authorization", f"Bearer {self.key}")
        return KeyClient(None).send(method, path, body, **headers)

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def later(self, method: str, path: str, body: Any) -> str:
        """The uuid of a bulk that was accepted as a whole."""
        answer = self.send(method, path, body)
        assert (answer.status_code, answer.json().get("errors")) == (202, False), answer.content
        return str(answer.json()["bulk_uuid"])

    def details(self, uuid: str) -> list[Any]:
        answer = self.get(f"/rest/V1/bulk/{uuid}/detailed-status")
        assert answer.status_code == 200, answer.content
        found: list[Any] = answer.json()["operations_list"]
        return found

    def statuses(self, uuid: str) -> list[int]:
        return [one["status"] for one in self.details(uuid)]


def client_of(role: Role = Role.ADMIN, customer: str = "", account: Account | None = None) -> AsyncClient:
    return AsyncClient(key_client(role, customer, account).key)


def drain() -> int:
    """Carry out everything that waits; how many chunks that were."""
    count = 0
    while carry_out_next():
        count += 1
    return count


def make_stores(*codes: str) -> None:
    """Stores, the first of them the default one."""
    Store.objects.bulk_create([Store(code=code, name=code, default=code == codes[0]) for code in codes])


def make_pages(*numbers: int) -> None:
    """Pages with these ids."""
    stamps = {"created_at": NOON, "updated_at": NOON}
    Page.objects.bulk_create(
        [Page(id=number, identifier=f"page-{number}", title=f"Page {number}", **stamps) for number in numbers]
    )


def make_entry(number: int, sku: str) -> None:
    """A media entry with this id."""
    Media.objects.create(
        id=number, uuid=uuid4(), sku_id=sku, media_type="external-video", url="https://shop.example/v", position=1,
        created_at=NOON, updated_at=NOON,
    )  # fmt: skip


def make_quote(number: int, *skus: str) -> None:
    """An open quote with this id, one of each SKU in it."""
    stamps = {"created_at": NOON, "updated_at": NOON}
    Quote.objects.create(id=number, uuid=uuid4(), account=house(), **stamps)
    QuoteItem.objects.bulk_create(
        [
            QuoteItem(uuid=uuid4(), quote_id=number, sku_id=sku, quantity=1, name="A cube", unit_price=490, total=490)
            for sku in skus
        ]
    )


def make_sku(sku_id: str, **fields: Any) -> None:
    SKU.objects.create(id=sku_id, name="A thing", base_price=320, created_at=NOON, updated_at=NOON, **fields)


def shop_for(route: Route, method: str) -> Mapping[str, str]:
    """A shop in which the example of a call can be carried out; what its ids are called here."""
    make_stores("main", "de")
    make_sku(CUBE)
    if route.path != "products":
        make_sku("sku-pla-clip")
    make_customers()
    make_pages(1) if "page" in route.path.lower() and route.params else None
    make_entry(ENTRY, CUBE)
    make_quote(QUOTE, *([CUBE] if route.path.endswith("order") else []))
    here = {"12": str(QUOTE), "7": str(ENTRY), "ord-001": make_orders(sku=CUBE)[0]}
    if route.path.startswith("jobs"):
        here |= zip(("job-001", "job-002"), make_jobs(2, JobStatus.PRINTING, sku=CUBE), strict=True)
    if route.path == "customers/:customerId" and method == "DELETE":
        # Who has orders cannot be deleted.
        here["cust-001"] = make_customers(prefix="unknown")[0]
    return here


def here(value: Any, names: Mapping[str, str]) -> Any:
    """An example with the ids of this shop."""
    if isinstance(value, dict):
        return {key: here(inner, names) for key, inner in value.items()}
    return names.get(value, value) if isinstance(value, str) else value


CHANGES = [(route, method) for route in ROUTES for method in route.changes]
LOOKS = [route for route in ROUTES if route.looks]

__all__ = ["CHANGES", "CUBE", "LOOKS", "PNG", "AsyncClient", "client_of", "drain", "make_skus"]
