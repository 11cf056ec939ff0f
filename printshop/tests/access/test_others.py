"""What is somebody else's is answered exactly like what does not exist: same bytes, same headers, same work."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import transaction

from printshop.api.actors import Role
from printshop.testing import KeyClient, key_client, statements
from printshop.tests.access.callers import Shown, keys_shown, knock, people
from printshop.tests.access.routes import Address, addresses, furnish

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(case="what belongs to others", expects="answered exactly like what does not exist"),
]
# Ids of things that nobody has, as long as those that the shop has.
NOTHING = {
    "orders": "ord-987", "v3:orders": "987", "jobs": "job-987", "skus": "sku-9876", "products": "sku-9876",
    "customers": "cust-987", "users": "cust-987", "carts": "987654", "cmsPage": "9", "entryId": "987654",
    "api-keys": "Zz9Zz9Zz", "bulk-operations": "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55",
    "bulk": "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55", "webhooks": "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55",
}  # fmt: skip
OF_EACH_REQUEST = {"X-Request-ID", "Date"}
Shop = tuple[dict[str, str], dict[str, Shown]]


@pytest.fixture(scope="module")
def shop(shared: AbstractContextManager[None]) -> Iterator[Shop]:
    """A shop whose things belong to one account and customer; keys of others."""
    with shared:
        people()
        names = furnish(key_client(Role.ADMIN))
        keys = keys_shown()
        yield names, {who: keys[who] for who in ("cust-2", "other")}


def asked(address: Address, path: str, shown: Shown) -> tuple[Any, int]:
    """The answer and how many statements it took."""
    with transaction.atomic(), statements() as sent:
        answer = knock(address, path, shown)
        transaction.set_rollback(True)
    return answer, len(sent)


def told(answer: Any, ids: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    """All that an answer tells, the ids that were asked for taken out."""
    body = answer.getvalue()
    for one in sorted({one for one in ids.values() if len(one) > 2}, key=len, reverse=True):
        body = body.replace(f'"{one}"'.encode(), b'"..."').replace(f" {one}.".encode(), b" ....")
        body = body.replace(f":{one},".encode(), b':"...",')
    headers = {name: value for name, value in answer.items() if name not in OF_EACH_REQUEST | {"Content-Length"}}
    return answer.status_code, body, headers


def test_it_is_as_if_it_were_not_there(shop: Shop) -> None:
    names, callers = shop
    compared = 0
    for address in (one for one in addresses() if "{" in one.template and not one.template.startswith("/admin/")):
        for who, shown in callers.items():
            theirs, work = asked(address, address.path(names), shown)
            if theirs.status_code != 404:
                continue
            unknown, same_work = asked(address, address.path(names | NOTHING), shown)
            assert told(theirs, names) == told(unknown, NOTHING), (address, who)
            assert work == same_work, (address, who)
            compared += 1
    assert compared > 40


def test_ids_inside_a_batch_are_no_better(shop: Shop) -> None:
    names, callers = shop
    client = KeyClient(None)
    for policy in ("atomic", "partial"):
        answers = []
        for known in (names, NOTHING):
            body = {"orderIds": [known["orders"]], "reason": "x", "errorPolicy": policy}
            answer = client.post("/api/orders/bulk/cancel", body, **callers["cust-2"])
            answers.append(told(answer, known))
        assert answers[0] == answers[1]
        assert answers[0][0] == (404 if policy == "atomic" else 400)
