"""`Idempotency-Key`: what was done once is answered again, not done again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Order
from printshop.api.actors import Role
from printshop.api.models import Account, APIKey, IdempotencyRecord
from printshop.api.tests.addresses import ORDER, named
from printshop.testing import KeyClient, key_client, make_jobs, make_orders, snapshot

pytestmark = pytest.mark.django_db
REPLAYED = "Idempotency-Replayed"
BODY = {"orders": [{**ORDER, "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}]}


@pytest.fixture
def shop() -> str:
    """The id of an unpaid order."""
    return make_orders()[0]


def test_it_gives_the_first_answer_again(admin: KeyClient, shop: str) -> None:
    first = admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    rows = snapshot()
    again = admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again["X-Bulk-Operation"] == first["X-Bulk-Operation"]
    assert (first.get(REPLAYED), again[REPLAYED]) == (None, "true")
    assert snapshot() == rows


def test_it_takes_a_key_quoted_or_bare(admin: KeyClient, shop: str) -> None:
    first = admin.post("/api/orders/bulk", BODY, idempotency_key='"one"')
    assert admin.post("/api/orders/bulk", BODY, idempotency_key="one").content == first.content


@pytest.mark.parametrize("other", ["body", "path"])
def test_it_refuses_a_key_used_for_something_else(other: str, admin: KeyClient, shop: str) -> None:
    admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    rows = snapshot()
    path, body = ("/api/orders/bulk", {**BODY, "errorPolicy": "atomic"}) if other == "body" else ("/api/orders", BODY)
    answer = admin.post(path, body, idempotency_key="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert snapshot() == rows


def test_it_keeps_no_refusal(admin: KeyClient, shop: str) -> None:
    wrong = {"orders": [{**BODY["orders"][0], "customerId": "cust-002"}]}
    assert admin.post("/api/orders/bulk", wrong, idempotency_key="one").status_code == 400
    assert not IdempotencyRecord.objects.exists()
    assert admin.post("/api/orders/bulk", BODY, idempotency_key="one").status_code == 201


@pytest.mark.parametrize("path", ["/api/orders/bulk", "/api/skus/bulk"])
@pytest.mark.parametrize("kept", [False, True])
def test_it_reads_the_body_whatever_became_of_the_key(admin: KeyClient, shop: str, path: str, kept: bool) -> None:
    if kept:
        admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    rows = snapshot()
    answer = admin.post(path, b'{"orders": [', idempotency_key="one")
    assert (answer.status_code, answer.json()["details"]["errors"][0]["code"]) == (400, "INVALID_JSON")
    assert snapshot() == rows
    assert admin.post("/api/orders/bulk", BODY, idempotency_key="one").status_code == 201


def test_it_keeps_no_dry_run(admin: KeyClient, shop: str) -> None:
    rows = snapshot()
    assert admin.post("/api/orders/bulk", {**BODY, "dryRun": True}, idempotency_key="one").status_code == 200
    assert snapshot() == rows
    assert admin.post("/api/orders/bulk", BODY, idempotency_key="one").status_code == 201


def test_it_forgets_after_a_day(admin: KeyClient, shop: str) -> None:
    admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert REPLAYED in admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    other = {"orders": BODY["orders"] * 2}
    later = admin.post("/api/orders/bulk", other, idempotency_key="one")
    assert (later.status_code, later.json()["created"]) == (201, 2)
    # The new answer took the place of the old one.
    assert admin.post("/api/orders/bulk", other, idempotency_key="one").content == later.content


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "\x7f", "a" * 256, '"', '""', '"a', "\t"])
def test_it_refuses_a_bad_key(key: str, admin: KeyClient, shop: str) -> None:
    rows = snapshot()
    answer = admin.post("/api/orders/bulk", BODY, idempotency_key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_IDEMPOTENCY_KEY")
    assert snapshot() == rows


@pytest.mark.parametrize(
    "key", ["a", "!", "~", 'a"b', "a" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324", '"' + "b" * 255 + '"']
)
def test_it_takes_any_visible_key(key: str, admin: KeyClient, shop: str) -> None:
    first, again = (admin.post("/api/orders/bulk", BODY, idempotency_key=key) for _ in range(2))
    assert (first.status_code, again.content) == (201, first.content)


def test_it_keeps_accounts_apart(admin: KeyClient, shop: str) -> None:
    partner = key_client(Role.ADMIN, account=Account.objects.create(code="partner", name="Partner"))
    first = admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    other = partner.post("/api/orders/bulk", BODY, idempotency_key="one")
    assert (other.status_code, REPLAYED in other) == (201, False)
    assert other.content != first.content


def test_it_answers_the_account_whatever_key_it_shows(admin: KeyClient, operator: KeyClient, shop: str) -> None:
    first = admin.post("/api/orders/bulk", BODY, idempotency_key="one")
    assert operator.post("/api/orders/bulk", BODY, idempotency_key="one").content == first.content


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/orders", BODY["orders"][0]),
        ("/api/orders/{order}/pay", {}),
        ("/api/orders/{order}/cancel", {"reason": "x"}),
        ("/api/orders/{paid}/refund", {"amount": 1, "reason": "x"}),
        ("/api/orders/bulk/pay", {"orderIds": ["{order}"]}),
        ("/api/jobs/{job}/advance", {"targetStatus": "VALIDATED"}),
        ("/api/jobs/bulk/advance", {"jobIds": ["{job}"], "targetStatus": "VALIDATED"}),
        ("/api/skus", {"id": "sku-new", "name": "New"}),
        ("/api/skus/bulk", {"skus": [{"id": "sku-new", "name": "New"}]}),
        ("/api/customers", {"name": "Ada"}),
    ],
)
def test_it_works_on_every_post(path: str, body: Any, admin: KeyClient, shop: str) -> None:
    (job,) = make_jobs()
    names = {"order": shop, "job": job, "paid": Order.objects.get(status="paid").reference}
    path, body = named(path, names), named(body, names)
    first = admin.post(path, body, idempotency_key="one")
    assert first.status_code in {200, 201}, first.content
    rows = snapshot()
    again = admin.post(path, body, idempotency_key="one")
    assert (again.status_code, again.content, again[REPLAYED]) == (first.status_code, first.content, "true")
    assert snapshot() == rows


def test_it_does_not_matter_to_other_methods(admin: KeyClient, shop: str) -> None:
    for key in "one", "not good":
        assert admin.patch("/api/skus/sku-0001", {"name": "New"}, idempotency_key=key).status_code == 200
        assert admin.delete("/api/skus/sku-0001", idempotency_key=key).status_code == 200
    assert not IdempotencyRecord.objects.exists()


def test_it_never_keeps_the_text_of_a_key(admin: KeyClient) -> None:
    wanted = {"name": "Till", "role": "operator"}
    first = admin.post("/api/auth/api-keys", wanted, idempotency_key="one")
    assert first.status_code == 201
    assert not IdempotencyRecord.objects.exists()
    assert not APIKey.objects.filter(hashed_key__contains=first.json()["key"].partition(".")[2]).exists()
