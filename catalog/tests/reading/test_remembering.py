"""Mappings that are found again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from catalog.uploads.remembering import remember, remembered
from printshop.testing import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> int:
    return User.objects.create_user("ada").pk


def test_a_mapping_is_found_for_files_with_the_same_columns(user):
    remember(user, ["Art.", "Price"], ["id", None], NOON)
    assert remembered(user, ["ART", "price"]) == ["id", None]
    assert remembered(user, ["Price", "Art."]) is None


def test_the_remarks_on_refused_rows_change_nothing(user):
    remember(user, ["Errors", "Art.", "Price"], [None, "id", "basePrice"], NOON)
    assert remembered(user, ["Art.", "Price", "errors"]) == ["id", "basePrice", None]


def test_the_last_word_counts(user):
    remember(user, ["a", "b"], ["id", "name"], NOON)
    remember(user, ["a", "b"], ["name", "id"], NOON + timedelta(days=1))
    assert remembered(user, ["a", "b"]) == ["name", "id"]


def test_a_mapping_is_its_users_own(user):
    remember(user, ["a"], ["id"], NOON)
    assert remembered(User.objects.create_user("bob").pk, ["a"]) is None


def test_a_field_that_is_no_more_is_passed_over(user):
    remember(user, ["a", "b"], ["id", "colour"], NOON)
    assert remembered(user, ["a", "b"]) == ["id", None]
