"""Clients of the dialect, one for each role."""

import pytest

from printshop.magento.tests.asking import AsyncClient, client_of
from printshop.testing import Role


@pytest.fixture
def partner(db: None) -> AsyncClient:
    """An ERP system: an admin's key."""
    return client_of(Role.ADMIN)


@pytest.fixture
def clerk(db: None) -> AsyncClient:
    """An operator's key."""
    return client_of(Role.OPERATOR)
