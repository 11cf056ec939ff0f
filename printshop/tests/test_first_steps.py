"""An empty shop: every list and page opens, and says what to do first."""

import pytest
from django.contrib import admin

from catalog.models import SKU
from jobs.models import Job
from orders.models import Customer, Order
from printshop.api.models import APIKey
from printshop.bulk.models import BulkOperation
from printshop.tests.desk import Desk, make_boss, text_of, url

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def desk() -> Desk:
    return Desk(make_boss())


def test_it_opens_every_list_and_says_that_there_is_nothing_yet(desk: Desk) -> None:
    for model in admin.site._registry:
        page = desk.get(model)
        assert page.status_code == 200, model
        if not model._default_manager.exists():
            assert f"No {model._meta.verbose_name_plural} yet" in text_of(page), model


@pytest.mark.parametrize(
    ("model", "step"),
    [
        (Job, "Jobs are made when an order is paid"),
        (Order, "Say first what the shop sells"),
        (SKU, "Upload a list of what the shop sells"),
        (Customer, "Add customer"),
        (APIKey, "Add API key"),
        (BulkOperation, "Nothing was changed yet."),
    ],
)
def test_it_says_what_to_do_first(desk: Desk, model: type, step: str) -> None:
    assert step in text_of(desk.get(model))


def test_it_says_why_a_search_finds_nothing(desk: Desk) -> None:
    page = text_of(desk.client.get(url(Job, "changelist"), {"q": "nothing"}))
    assert "Nothing matches" in page
    assert "The search takes: Job or order id, SKU, customer" in page
    assert "Show all" in page
