"""Whatever stands in the body of a bulk call, in any dialect: an answer that the dialect knows, and no half-done work.

`FUZZ_EXAMPLES=500 bin/test printshop/tests/test_any_body.py -n 2` tries more, and others in every run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import SKU
from printshop.api.tests.addresses import BULK_WRITES, named, open_shop
from printshop.api.tests.test_bodies import JSON, places, replaced
from printshop.bulk.models import BulkItem
from printshop.bulk.outcomes import Verdict
from printshop.magento.routes import ROUTES
from printshop.magento.tests.asking import ENTRY, QUOTE, drain, here, make_entry, make_pages, make_quote, make_stores
from printshop.testing import KeyClient, snapshot
from printshop.tests import nasty
from printshop.tests.access.callers import everywhere
from printshop.tests.access.routes import addresses
from printshop.tests.fuzzing import tries

pytestmark = pytest.mark.django_db(databases="__all__")
# Far from what a sequence gives.
PAGE = 900_001
SKUS = {"sku-pla-black-cube": "sku-0001", "sku-pla-clip": "sku-0002"}
RETURN = "https://partner.example/receipt"
V3_ORDER = {
    "type": "report", "external_id": "order-1", "user": {"id": "reader-1", "email": "reader@mail.example"},
    "return_url": RETURN, "unit_price": 29.99, "currency_id": "USD",
    "products": [{"type": "print", "external_id": "sku-0001", "unit_price": 29.99, "currency_id": "USD",
                  "expiration_date": "2030-01-01"}],
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A bulk address with a good body, and what its dialect answers."""

    method: str
    path: str
    body: Any
    statuses: frozenset[int]
    error: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def targets() -> list[Target]:
    """The bulk addresses of all dialects."""
    native = {200, 201, 202, 400, 404, 409}
    found = [
        Target(one.method, one.path, one.body, frozenset(native), frozenset({"error", "code", "details"}))
        for one in BULK_WRITES
    ]
    found.append(
        Target(
            "POST",
            "/api/v3/orders/bulk",
            {"orders": [V3_ORDER]},
            frozenset({200, 400, 422}),
            frozenset({"message", "errors"}),
        )
    )
    found += [
        Target(
            method,
            f"/async/bulk/V1/{route.bulk_path}",
            [change.example],
            frozenset({202, 400}),
            frozenset({"message", "parameters", "errors"}),
        )
        for route in ROUTES
        for method, change in route.changes.items()
    ]
    return found


TARGETS = targets()


def test_it_knows_every_bulk_address() -> None:
    bulk = {
        str(one)
        for one in addresses()
        if one.method != "get"
        and one.template.startswith(("/api/", "/async/"))
        and "/bulk" in one.template
        and "{" not in one.template
    }
    assert bulk - {f"{one.method:6} {one.path}" for one in TARGETS} == set()


@pytest.fixture
def shop(admin: KeyClient) -> Mapping[str, str]:
    """One of everything that the bodies name."""
    names = open_shop(admin)
    SKU.objects.filter(pk="sku-0001").update(machine_type="resin")
    make_stores("main")
    make_pages(PAGE)
    make_entry(ENTRY, "sku-0001")
    make_quote(QUOTE, "sku-0001")
    ids = {"12": str(QUOTE), "7": str(ENTRY), "1": str(PAGE), "ord-001": names["unpaid"], "job-001": names["job"]}
    return names | SKUS | ids | {"job-002": names["printed"]}


RAW_MARK = "\u2063raw\u2063"


@st.composite
def mutations(draw: st.DrawFn, body: Any) -> bytes:
    """A good body with one to three things wrong: any values in any place, fields left out, added, repeated."""
    raw = ""
    for _ in range(draw(st.integers(1, 3))):
        path, value = draw(st.sampled_from(list(places(body))))
        match draw(st.sampled_from(["nasty", "any", "raw", "less", "more", "twice"])):
            case "nasty":
                body = replaced(body, path, draw(st.sampled_from((*nasty.TEXTS, *nasty.NUMBERS))))
            case "any":
                body = replaced(body, path, draw(JSON))
            case "raw":
                body, raw = replaced(body, path, RAW_MARK), draw(st.sampled_from(nasty.RAW))
            case "less" if isinstance(value, dict) and value:
                gone = draw(st.sampled_from(sorted(value)))
                body = replaced(body, path, {name: one for name, one in value.items() if name != gone})
            case "more" if isinstance(value, dict):
                body = replaced(body, path, {**value, draw(st.text(max_size=9)): draw(JSON)})
            case "twice" if isinstance(value, list):
                body = replaced(body, path, value * 2)
    return json.dumps(body).replace(json.dumps(RAW_MARK), raw).encode()


def assert_worded(target: Target, answer: Any) -> None:
    """A status of the dialect, and its one shape for errors."""
    assert answer.status_code in target.statuses, answer.content[:500]
    if answer.status_code >= 400:
        assert set(answer.json()) <= target.error
        assert {"error", "message"} & set(answer.json())


def assert_carried_out() -> None:
    """What was taken in ends, item by item, and nothing in it breaks the worker."""
    drain()
    left = BulkItem.objects.exclude(verdict=Verdict.FAILED)
    assert not left.filter(verdict=Verdict.OPEN).exists()
    codes = [fault["code"] for errors in BulkItem.objects.values_list("errors", flat=True) for fault in errors or ()]
    assert not {"INTERNAL_ERROR", "WORKER_LOST", "UNAVAILABLE"} & set(codes), codes


@pytest.mark.trust(
    case="any JSON at every bulk address", expects="an answer the dialect knows; unless it is 2xx, no row changed"
)
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_it_answers_any_body(target: Target, shop: Mapping[str, str], admin: KeyClient) -> None:
    good = here_all(named(target.body, dict(shop)), shop)
    before = snapshot()

    @tries(8)
    @given(body=mutations(good), later=st.booleans())
    def send(body: bytes, later: bool) -> None:
        headers = {**everywhere(admin.key or ""), **({"prefer": "respond-async"} if later else {})}
        with transaction.atomic():
            answer = KeyClient(None).send(target.method, target.path, body, **headers)
            assert_worded(target, answer)
            if answer.status_code == 202:
                assert_carried_out()
            elif answer.status_code >= 400:
                assert snapshot() == before
            transaction.set_rollback(True)

    send()


def here_all(value: Any, names: Mapping[str, str]) -> Any:
    """`here`, into lists too."""
    return [here_all(one, names) for one in value] if isinstance(value, list) else here(value, names)
