"""Real workers deliver, beside their queue; what one of them had in hand when it was killed arrives all the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from printshop.bulk.tests.deferred.workers import House, database_url, eventually, queue_skus, unfinished
from printshop.testing import make_orders
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint
from printshop.webhooks.tests.conftest import Receiver

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.trust(
        case="worker killed while it sends a webhook", expects="the message arrives all the same, under the same id"
    ),
]


@pytest.fixture
def shop(receiver: Receiver, tmp_path: Path) -> Iterator[House]:
    """Workers that can open the secrets of this process and may post to this machine."""
    shared = {"SECRET_KEY": settings.SECRET_KEY, "WEBHOOK_ALLOW_PRIVATE": "on", "WEBHOOK_SWEEP_SECONDS": "0.2"}
    house = House(tmp_path, DATABASE_URL=database_url(), **shared)
    yield house
    house.close()


def delivered() -> int:
    return Delivery.objects.filter(state=DeliveryState.DELIVERED).count()


def test_what_a_killed_worker_had_in_hand_arrives_with_the_same_id(
    shop: House, receiver: Receiver, subscribed: Callable[..., Any]
):
    """The receiver has it already and has not answered: it comes twice, and can be known again."""
    endpoint, secret = subscribed("order.created")
    make_orders(2)
    receiver.may_answer.clear()
    worker = shop.start()
    eventually(lambda: receiver.requests, what="a delivery that is on its way")
    queue_skus(1)
    eventually(lambda: not unfinished(), what="the queue beside it")
    worker.kill()
    worker.wait(10)
    receiver.may_answer.set()
    assert delivered() == 0
    # So long that the lease of the one that was lost is over.
    Endpoint.objects.filter(pk=endpoint.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    shop.start()
    eventually(lambda: delivered() == 2, what="both messages")
    first, again, second = (headers["webhook-id"] for headers, _ in receiver.requests)
    assert first == again != second
    assert len(receiver.verified(secret)) == 3
