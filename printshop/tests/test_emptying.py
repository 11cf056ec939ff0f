"""After a test that commits, the next one finds what it would find first."""

import pytest

from catalog.models import SKU
from printshop.api.models import Account
from printshop.testing import house, make_skus
from printshop.tests.emptying import empty

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_it_leaves_what_migrations_have_made_and_nothing_else() -> None:
    before = list(Account.objects.values())
    house().delete()
    make_skus(3)
    empty("default")
    assert list(Account.objects.values()) == before != []
    assert not SKU.objects.exists()
