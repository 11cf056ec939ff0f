"""What a release of 22 November 2026 had queued is carried out by this one.

`seeds/queued-2026-11-22.json` holds the rows that it wrote for one call of every kind, as they stood in its tables; ids
that a shop gives are put in by name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalog.models import SKU
from printshop.api.actors import Role
from printshop.api.tests.addresses import BULK_WRITES, named, open_shop
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation
from printshop.magento.tests.asking import CHANGES, drain, here, shop_for
from printshop.magento.tests.test_routes import happened
from printshop.testing import house, key_client, make_skus

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(case="queue of an older release", expects="carried out as if it had been asked for today"),
]
CASES: Mapping[str, Any] = orjson.loads((Path(__file__).parent / "seeds/queued-2026-11-22.json").read_bytes())
TOPICS = {route.topic(method): (route, method) for route, method in CHANGES}


def put_back(case: Mapping[str, Any], payload_of: Any) -> BulkOperation:
    """The rows as the old release left them; who asked has deleted their key since."""
    account = house()
    operation = BulkOperation.objects.create(account=account, **case["operation"])
    BulkChunk.objects.bulk_create(BulkChunk(account=account, **row) for row in case["chunks"])
    BulkItem.objects.bulk_create(BulkItem(**row | {"payload": payload_of(row["payload"])}) for row in case["items"])
    operation.refresh_from_db()
    return operation


def carried_out(operation: BulkOperation) -> None:
    """Whatever waits is done, and nothing of it has failed."""
    assert drain() >= 1
    verdicts = set(operation.items.values_list("verdict", flat=True))
    assert verdicts <= {"created", "updated"}, list(operation.items.values_list("errors", flat=True))
    operation.refresh_from_db()
    assert operation.state == "finished"


def test_it_knows_one_of_every_kind() -> None:
    assert set(CASES) == {*TOPICS, *(write.path for write in BULK_WRITES), "upload"}


@pytest.mark.parametrize("topic", TOPICS)
def test_it_carries_out_a_call_of_the_async_dialect(topic: str) -> None:
    names = shop_for(*TOPICS[topic])
    operation = put_back(CASES[topic], lambda payload: here(payload, names))
    assert not happened(topic, names)
    carried_out(operation)
    assert happened(topic, names)


@pytest.mark.parametrize("path", [write.path for write in BULK_WRITES])
def test_it_carries_out_a_native_call(path: str) -> None:
    names = open_shop(key_client(Role.ADMIN))
    carried_out(put_back(CASES[path], lambda payload: named(payload, names)))


def test_it_carries_out_a_file() -> None:
    make_skus(1)
    carried_out(put_back(CASES["upload"], lambda payload: payload))
    assert dict(SKU.objects.values_list("pk", "name")) == {"sku-0001": "Another", "from-a-file": "A ball"}
