"""The requests of the public page that describes this dialect, sent to a demo shop as they are printed there.

`orders/tests/seeds/storefront.json` holds them: the page's own bodies with e-mail addresses filled in, the answer of
its partial success with a request that earns it, and its table of common errors.
"""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client

import orders.tests
from orders.models import Entitlement, Order, Payment

pytestmark = pytest.mark.django_db
PAGE = json.loads((Path(orders.tests.__file__).parent / "seeds" / "storefront.json").read_text())
GOOD = [request for request in PAGE if request["status"] == 200]


def send(request: dict[str, Any]) -> Any:
    """As a client sends it that copies the page."""
    kind = request["headers"]["Content-Type"]
    body = orjson.dumps(request["body"])
    return Client().generic(request["method"], request["path"], body, content_type=kind, headers=request["headers"])


def shape_of(answer: Any) -> Any:
    """An answer with numbers and uuids left out: those are the shop's own."""
    if isinstance(answer, dict):
        return {key: "…" if key in {"id", "uuid"} else shape_of(value) for key, value in answer.items()}
    return [shape_of(value) for value in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("request_", PAGE, ids=lambda request: request["title"])
def test_it_answers_as_the_page_prints(demo, request_: dict[str, Any]):
    response = send(request_)
    assert response.status_code == request_["status"], response.content.decode()
    assert response["Content-Type"] == "application/json"
    assert shape_of(response.json()) == shape_of(request_["answer"])
    assert list(response.json()) == list(request_["answer"])


def test_it_answers_the_whole_page_from_top_to_bottom(demo):
    before = Order.objects.count()
    answers = [send(request).json() for request in PAGE]
    assert [shape_of(answer) for answer in answers] == [shape_of(request["answer"]) for request in PAGE]
    made = [order for answer in answers for order in answer.get("data", {}).get("orders", ())]
    assert Order.objects.count() - before == len(made) == 15
    assert all(re.fullmatch(r"\d+", order["id"]) and str(UUID(order["uuid"])) == order["uuid"] for order in made)


def test_it_gives_access_and_books_the_money_of_what_the_page_orders(demo):
    paid, given = Payment.objects.count(), Entitlement.objects.count()
    for request in GOOD:
        send(request)
    assert Payment.objects.count() - paid == 1
    assert Entitlement.objects.count() - given == 16
    sale = Order.objects.get(external_id="PARTNER-SALE-001")
    assert (sale.total, sale.currency, sale.payments.get().status) == (2999, "USD", "settled")
    trial = Order.objects.get(external_id="TRIAL-001").entitlements.get()
    assert trial.state(trial.starts_at.date()) == "expired"


def test_it_refuses_the_page_when_it_is_sent_twice(demo):
    send(GOOD[0])
    answer = send(GOOD[0])
    assert answer.status_code == 422
    taken = {
        f"orders.{index}.external_id": [f"The orders.{index}.external_id has already been taken."] for index in (0, 1)
    }
    assert answer.json()["errors"] == taken
