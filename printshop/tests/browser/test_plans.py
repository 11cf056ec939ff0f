"""The plans of actions on keys, operations and quotes, in a browser: readable by everybody, run by keyboard alone."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from orders.tests.test_admin_lists import make_quotes
from printshop.api.actors import Role
from printshop.api.keys import issue, revoke
from printshop.api.models import APIKey
from printshop.bulk.models import BulkOperation
from printshop.bulk.tests.test_admin_operations import a_mixed_operation
from printshop.testing import house, make_customers, make_skus
from printshop.tests.browser.screens import Screen, assert_readable

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SOME_LOOKS = (("phone", "light"), ("desktop", "dark"))


def run(page: Page, name: str, action: str) -> None:
    """Tick every row of a list and run an action, by keyboard."""
    page.goto(reverse(f"admin:{name}_changelist"))
    page.locator("#action-toggle").focus()
    page.keyboard.press("Space")
    page.locator("select[name=action]").select_option(action)
    page.locator("button[name=index]").focus()
    page.keyboard.press("Enter")


def test_it_revokes_keys_once_their_plan_was_seen(admin_screen: Screen) -> None:
    page = admin_screen.page
    for name in ("Till", "Web shop"):
        issue(house(), name, Role.OPERATOR)
    revoke(issue(house(), "Old till", Role.OPERATOR)[0])
    run(page, "api_apikey", "revoke")
    expect(page.get_by_text("2 will be revoked, 1 stays as it is")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_label("Reason").fill("Lost with the laptop")
    page.get_by_role("button", name="Revoke 2 API keys").press("Enter")
    expect(page.get_by_text("Revoked: ")).to_be_visible()
    assert not APIKey.objects.filter(revoked=False).exists()


def test_it_retries_what_failed_of_operations_once_their_plan_was_seen(admin_screen: Screen) -> None:
    page: Any = admin_screen.page
    a_mixed_operation()
    a_mixed_operation()
    run(page, "bulk_bulkoperation", "retry")
    expect(page.get_by_role("heading", name="Will be retried: 2")).to_be_visible()
    assert_readable(admin_screen, *SOME_LOOKS)
    page.get_by_role("button", name="Retry what failed of 2 bulk operations").press("Enter")
    expect(page.get_by_text("In the queue again: 2")).to_be_visible()
    assert BulkOperation.objects.exclude(parent=None).count() == 2


def test_it_orders_quotes_once_their_plan_was_seen(admin_screen: Screen) -> None:
    page = admin_screen.page
    make_skus()
    make_customers()
    make_quotes(2)
    make_quotes(1, customer=None)
    run(page, "orders_quote", "order")
    expect(page.get_by_text("2 will be ordered")).to_be_visible()
    assert_readable(admin_screen, *SOME_LOOKS)
    page.get_by_role("button", name="Order 2 quotes").press("Enter")
    expect(page.get_by_text("2 ordered, 1 refused")).to_be_visible()
