"""Loading the demo shop: into an empty database, and into no other."""

from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import Page
from orders.models import Customer, Order
from printshop.api.models import Account, APIKey
from printshop.demo.load import KEYS, ForeignRows, load, restart_numbers
from printshop.testing import NOON, house, make_customers, make_skus


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    """A folder for files, of this test alone."""
    settings.VAR = tmp_path
    return tmp_path


def told() -> str:
    """What the command prints."""
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


FOREIGN = {
    "1 customer": lambda: make_customers(1),
    "2 SKUs": lambda: make_skus(2),
    "1 user": lambda: User.objects.create_user("somebody"),
    "1 API key": lambda: APIKey.objects.create_key(name="a key", role="admin", account=house()),
    "the account acme": lambda: Account.objects.create(code="acme", name="Acme"),
    "1 page": lambda: Page.objects.create(identifier="a", title="A", created_at=NOON, updated_at=NOON),
}


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("named", FOREIGN)
def test_it_refuses_a_database_that_holds_something_else(var, named):
    FOREIGN[named]()
    before = row_counts()
    with pytest.raises(CommandError, match=f"did not make: {named}[.]"):
        told()
    assert row_counts() == before
    assert not (var / "demo_password").exists()


@pytest.mark.django_db(databases="__all__")
def test_it_names_everything_it_refuses_at_once():
    customer = Customer.objects.get(pk=make_customers(1)[0])
    times = {"created_at": NOON, "updated_at": NOON}
    Order.objects.create(uuid=uuid4(), account=house(), customer=customer, subtotal=0, total=0, **times)
    with pytest.raises(ForeignRows, match="1 customer, 1 order"):
        load(lambda: "secret", NOON)


@pytest.mark.django_db(databases="__all__")
def test_it_prints_the_login_and_keeps_it_for_its_owner_alone(var, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRINTSHOP_DEMO_PASSWORD", "only-for-this-test")
    said = told()
    assert "as admin, password only-for-this-test" in said
    assert all(text in said for text, *_ in KEYS)
    assert (var / "demo_password").stat().st_mode & 0o777 == 0o600
    assert User.objects.get(username="admin").check_password("only-for-this-test")


@pytest.mark.django_db(databases="__all__")
def test_it_numbers_from_one_whatever_was_there_before():
    times = {"created_at": NOON, "updated_at": NOON}
    Page.objects.create(identifier="gone", title="Gone", **times).delete()
    restart_numbers()
    assert Page.objects.create(identifier="first", title="First", **times).pk == 1
