"""What tests of files have in common."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.tests.test_uploads import client_of
from catalog.uploads import checking, work


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    """Whatever is sent is too much for a request, and is checked two rows at a time."""
    settings.VAR = tmp_path
    monkeypatch.setattr(work, "BYTES_AT_ONCE", 0)
    monkeypatch.setattr(work, "ROWS_AT_ONCE", 0)
    monkeypatch.setattr(checking, "SLICE", 2)


@pytest.fixture
def ada() -> Client:
    return client_of(User.objects.create_superuser("ada"))
