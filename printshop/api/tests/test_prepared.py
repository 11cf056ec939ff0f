"""Querysets compiled once: the same rows as the ORM's, whatever the values."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet

from catalog.models import SKU
from orders.models import Customer
from printshop.api.models import Account
from printshop.api.prepared import prepared
from printshop.testing import NOON, house, make_customers, make_skus, statements

pytestmark = pytest.mark.django_db
FIELDS = ("pk", "name", "quality_tiers", "active", "created_at")


@prepared
def listed(ids: Any, since: Any) -> QuerySet[SKU, Any]:
    return SKU.objects.known(ids).filter(created_at__gt=since).order_by("pk").values_list(*FIELDS)


@prepared
def locked(ids: Any) -> QuerySet[SKU, Any]:
    return SKU.objects.known(ids).locked().values_list("pk")


@prepared
def visible(bound_to: Any) -> QuerySet[Customer, Any]:
    return Customer.objects.bound_to(bound_to).order_by("pk").values_list("pk")


@prepared
def accounts(code: Any) -> QuerySet[Account]:
    return Account.objects.filter(code=code)


def test_it_gives_the_rows_of_the_queryset_with_documents_and_times_read():
    ids = make_skus(3, quality_tiers={"fine": {"multiplier": 1.5}})
    since = NOON - timedelta(seconds=1)
    expected = list(SKU.objects.filter(pk__in=ids[:2]).order_by("pk").values_list(*FIELDS))
    assert [tuple(row) for row in listed(ids[:2], since)] == expected
    assert expected[0][2] == {"fine": {"multiplier": 1.5}}


def test_it_meets_other_values_with_the_same_statement():
    ids = make_skus(3)
    since = NOON - timedelta(seconds=1)
    with statements() as first:
        assert len(listed(ids, since)) == 3
    with statements() as second:
        assert listed([], since) == []
        assert listed(["none"], since) == []
        assert listed(ids, NOON) == []
    assert len(first) == 1
    assert len(second) == 3


def test_it_asks_another_question_where_a_value_is_missing():
    one, two = make_customers(2)
    assert [row[0] for row in visible(None)] == [one, two]
    assert [row[0] for row in visible(two)] == [two]
    assert [row[0] for row in visible(None)] == [one, two]


def test_it_makes_objects_of_a_queryset_of_objects():
    account = house()
    assert accounts(account.code) == [account]
    assert accounts("nobody") == []


@pytest.mark.postgresql
def test_it_locks_what_the_queryset_locks():
    ids = make_skus(2)
    with transaction.atomic(), statements() as sent:
        assert [row[0] for row in locked(ids)] == ids
    assert "FOR NO KEY UPDATE" in sent[0]
