"""A storefront before a small catalogue, and the demo shop for what is replayed as printed."""

import pytest

from orders.v3.tests.storefront import Storefront, make_catalogue, storefront
from printshop.tests.conftest import demo, shared

__all__ = ["demo", "shared", "shop"]


@pytest.fixture
def shop(db: None) -> Storefront:
    """A storefront of the account `partner`."""
    make_catalogue()
    return storefront()
