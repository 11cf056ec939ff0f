"""The requests of the public page that describes the dialect, sent as they are printed there.

`seeds/async.json` holds them in the page's order, the e-mail addresses that it blacks out and the payloads that it
leaves out filled in, with the status of each item once the queue has run.
"""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from catalog.models import Page
from orders.models import Customer
from orders.passwords import matches
from printshop.bulk.models import BulkItem
from printshop.magento.tests.asking import (
    CUBE,
    AsyncClient,
    drain,
    make_entry,
    make_pages,
    make_quote,
    make_sku,
    make_stores,
)

SEED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "seeds" / "async.json").read_text())
HASH = set("0123456789abcdef")


@pytest.fixture
def shop(partner: AsyncClient) -> AsyncClient:
    """What the page takes for granted: two pages, a store, a picture and a cart."""
    make_stores("main", "de")
    make_sku(CUBE)
    make_entry(7, CUBE)
    make_quote(12)
    make_pages(1, 2)
    return partner


def replay(client: AsyncClient) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every request with its answer, the queue having run after each."""
    answered = []
    for request in SEED:
        answer = client.send(request["method"], request["path"], request["body"])
        assert answer.status_code == 202, (request["title"], answer.content)
        answered.append((request, answer.json()))
        drain()
    return answered


@pytest.mark.django_db(transaction=True)
def test_it_answers_the_page_from_top_to_bottom_as_printed(shop: AsyncClient):
    for request, answer in replay(shop):
        assert list(answer) == ["bulk_uuid", "request_items", "errors"]
        assert str(UUID(answer["bulk_uuid"])) == answer["bulk_uuid"]
        assert answer["errors"] is False
        assert [list(item) for item in answer["request_items"]] == [["id", "data_hash", "status"]] * len(
            request["body"]
        )
        assert [item["id"] for item in answer["request_items"]] == list(range(len(request["body"])))
        assert {item["status"] for item in answer["request_items"]} == {"accepted"}
        assert all(len(item["data_hash"]) == 64 and set(item["data_hash"]) <= HASH for item in answer["request_items"])
        assert shop.statuses(answer["bulk_uuid"]) == request["statuses"], request["title"]


@pytest.mark.django_db(transaction=True)
def test_it_makes_three_of_the_four_customers(shop: AsyncClient):
    [_, first, second, _] = shop.details(replay(shop)[0][1]["bulk_uuid"])
    assert first["status"] == 1
    assert (second["status"], second["error_code"]) == (3, "EMAIL_TAKEN")
    assert second["result_message"].endswith("has the email bmartin@example.com already.")
    emails = ["bmartin@example.com", "mshaw@example.com", "tgomez@example.com"]
    made = list(Customer.objects.order_by("email"))
    assert [customer.email for customer in made] == emails
    assert all(matches(customer, "Strong-Password") for customer in made)


@pytest.mark.django_db(transaction=True)
def test_it_keeps_no_password_that_anybody_could_read(shop: AsyncClient, caplog: pytest.LogCaptureFixture):
    uuid = replay(shop)[0][1]["bulk_uuid"]
    kept = json.dumps(
        [list(BulkItem.objects.values_list("payload", "sealed", "before", "after", "errors")), shop.details(uuid)]
    )
    assert "Strong-Password" not in kept + caplog.text
    # Sealed, it is kept only with the one that may be sent again.
    still_sealed = BulkItem.objects.exclude(sealed=None)
    assert [item.verdict for item in still_sealed.filter(operation_id=uuid)] == ["refused"]
    assert all(json.loads(one["serialized_data"])["password"] == "********" for one in shop.details(uuid))


@pytest.mark.django_db(transaction=True)
def test_it_deletes_the_two_pages_once(shop: AsyncClient):
    replay(shop)
    assert not Page.objects.exists()
    [again] = [request for request in SEED if request["method"] == "DELETE"]
    uuid = shop.later("DELETE", again["path"], again["body"])
    drain()
    assert [(one["status"], one["error_code"]) for one in shop.details(uuid)] == [(3, "PAGE_NOT_FOUND")] * 2


@pytest.mark.django_db(transaction=True)
def test_it_shows_each_store_what_the_page_made_of_its_products(shop: AsyncClient):
    replay(shop)
    seen = {
        store: [shop.get(f"/rest/{store}V1/products/seed-{number}").json()["name"] for number in (1, 3, 4)]
        for store in ("", "de/", "all/")
    }
    assert seen == {
        "": ["First of all", "Third", "Fourth"],
        "de/": ["Erstes", "Third", "Fourth"],
        "all/": ["First of all", "Third", "Fourth"],
    }
