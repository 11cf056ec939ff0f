"""What a call has made goes with its answer: large batches leave nothing that garbage has to be looked for."""

import gc
from collections.abc import Iterator

import pytest

from printshop.testing import KeyClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing is freed but what nobody refers to."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left_by(admin: KeyClient, count: int) -> int:
    """How many objects stay of an import of so many SKUs."""
    skus = [{"id": f"sku-{count}-{number}", "name": "A cube", "options": []} for number in range(count)]
    before = len(gc.get_objects())
    assert admin.post("/api/skus/bulk", {"skus": skus}).status_code == 200
    return len(gc.get_objects()) - before


def test_it_lets_go_of_a_batch_with_the_answer(admin: KeyClient, uncollected: None) -> None:
    left_by(admin, 2)
    assert left_by(admin, 402) - left_by(admin, 3) < 400
