import pytest

from printshop.api.tests.addresses import open_shop
from printshop.testing import KeyClient


@pytest.fixture
def names(admin: KeyClient) -> dict[str, str]:
    """A shop with one of everything, by name."""
    return open_shop(admin)
