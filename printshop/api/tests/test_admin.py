"""Access at the admin: keys shown once, rotated and revoked; logins locked; administrators only."""

import re
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from printshop.api.actors import Role
from printshop.api.keys import issue, revoke
from printshop.api.models import Account, APIKey, IdempotencyRecord
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, KeyClient, house, make_actor, make_customers, make_jobs, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db(databases="__all__")
KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


@pytest.fixture
def desk() -> Desk:
    return Desk(make_boss())


def key_fields(**fields: Any) -> dict[str, Any]:
    return {"account": house().pk, "name": "A till", "role": "operator", "customer": "", **fields}


def works(key: str) -> bool:
    return bool(KeyClient(key).get("/api/skus").status_code == 200)


def key_on(page: Any) -> str:
    found = KEY.search(page.content.decode())
    assert found is not None
    return found[0]


def test_it_shows_a_new_key_once(desk: Desk) -> None:
    assert desk.post(APIKey, "add", key_fields()).status_code == 302
    first = desk.get(APIKey)
    text = key_on(first)
    assert works(text)
    assert KEY.search(desk.get(APIKey).content.decode()) is None
    assert KEY.search(desk.get(APIKey, "change", APIKey.objects.get().pk).content.decode()) is None
    assert text not in str(list(APIKey.objects.values()))


def test_it_binds_a_customer_s_key_to_a_customer_that_exists(desk: Desk) -> None:
    make_customers()
    unknown = desk.post(APIKey, "add", key_fields(role="customer", customer="cust-009"))
    assert "There is no customer cust-009." in text_of(unknown)
    for wrong in ({"role": "customer"}, {"customer": "cust-001"}):
        page = desk.post(APIKey, "add", key_fields(**wrong))
        assert "A key of role customer is bound to a customer; no other key is." in text_of(page)
    assert not APIKey.objects.exists()
    assert desk.post(APIKey, "add", key_fields(role="customer", customer="cust-001")).status_code == 302


def test_it_rotates_a_key_after_asking(desk: Desk) -> None:
    key, old = issue(house(), "A till", Role.OPERATOR)
    page = desk.tick(APIKey, [key.pk], "rotate")
    assert "works on for a day" in text_of(page)
    assert APIKey.objects.count() == 1
    desk.press(APIKey, page)
    new = key_on(desk.get(APIKey))
    assert new != old
    assert works(new)
    assert works(old)


def test_it_revokes_a_key_after_asking(desk: Desk) -> None:
    key, text = issue(house(), "A till", Role.OPERATOR)
    page = desk.tick(APIKey, [key.pk], "revoke")
    assert works(text)
    assert "shop has no live key then." in text_of(page)
    desk.press(APIKey, page, reason="Lost")
    assert not works(text)
    assert LogEntry.objects.get().change_message == "Revoked: Lost"
    assert "Only a live key can be rotated." in text_of(desk.tick(APIKey, [key.pk], "rotate"))
    assert APIKey.objects.count() == 1


def test_it_shows_which_keys_an_action_changes_and_which_not_and_why(desk: Desk) -> None:
    live, revoked, expired = (issue(house(), name, Role.OPERATOR)[0] for name in ("till", "old", "past"))
    revoke(revoked)
    APIKey.objects.filter(pk=expired.pk).update(expiry_date=NOON)
    rotation = text_of(desk.tick(APIKey, [live.pk, revoked.pk, expired.pk], "rotate"))
    assert "1 will be rotated, 2 refused" in rotation
    page = desk.tick(APIKey, [live.pk, revoked.pk, expired.pk], "revoke")
    assert "2 will be revoked, 1 stays as it is" in text_of(page)
    assert "state: expired → revoked" in text_of(page)
    desk.press(APIKey, page)
    assert "Revoked: till" in text_of(desk.get(APIKey))
    assert not APIKey.objects.filter(revoked=False).exists()


def test_it_does_nothing_when_the_plan_is_another_one_by_now(desk: Desk) -> None:
    key, _ = issue(house(), "A till", Role.OPERATOR)
    page = desk.tick(APIKey, [key.pk], "rotate")
    revoke(key)
    answer = desk.press(APIKey, page)
    assert "This is not the plan that you were shown" in text_of(answer)
    assert "1 refused" in text_of(answer)
    assert APIKey.objects.count() == 1


def test_it_revokes_every_key_of_an_account_after_naming_them(desk: Desk) -> None:
    partner, idle = (Account.objects.create(code=code, name=code) for code in ("partner", "idle"))
    texts = [issue(partner, name, Role.OPERATOR)[1] for name in ("ERP", "Till")]
    page = desk.tick(Account, [partner.pk, idle.pk], "revoke_keys")
    assert "1 will be left without a key, 1 stays as it is" in text_of(page)
    assert "ERP" in text_of(page)
    desk.press(Account, page)
    assert not any(map(works, texts))


def test_it_plans_for_many_keys_in_as_many_statements_as_for_two(desk: Desk) -> None:
    partners = [Account.objects.create(code=f"partner-{number}", name="Partner") for number in range(8)]
    made = [issue(one, "ERP", Role.OPERATOR)[0].pk for one in partners]

    def sent(model: Any, action: str, keys: list[int]) -> int:
        with statements() as found:
            assert desk.tick(model, keys, action).status_code == 200
        return len(found)

    for model, action, keys in ((APIKey, "revoke", made), (APIKey, "rotate", made),
                                (Account, "revoke_keys", [one.pk for one in partners])):  # fmt: skip
        sent(model, action, keys[:1])
        assert sent(model, action, keys[:2]) == sent(model, action, keys)


def test_it_never_edits_a_key(desk: Desk) -> None:
    key, _ = issue(house(), "A till", Role.OPERATOR)
    assert desk.post(APIKey, "change", key_fields(role="admin"), key.pk).status_code == 403
    assert APIKey.objects.get().role == Role.OPERATOR


@pytest.mark.parametrize("model", [Account, APIKey, User, IdempotencyRecord, AccessAttempt], ids=lambda m: m.__name__)
def test_it_keeps_access_for_administrators(model: Any) -> None:
    name = model._meta.model_name
    operator = Desk(make_operator(*(f"{verb}_{name}" for verb in ("view", "add", "change", "delete"))))
    assert operator.get(model).status_code == 403
    assert operator.get(model, "add").status_code == 403
    assert url(model, "changelist") not in operator.client.get("/admin/").content.decode()


def test_it_keeps_the_answers_that_may_hold_a_key_to_itself(desk: Desk) -> None:
    record = IdempotencyRecord.objects.create(
        account=house(), key="once", status=201, body='{"key": "abcdefgh.secret"}', created_at=NOON
    )
    assert "secret" not in desk.get(IdempotencyRecord, "change", record.pk).content.decode()


def test_it_shows_operations_of_other_accounts_to_administrators_alone(desk: Desk) -> None:
    make_jobs(1)
    partner = Account.objects.create(code="partner", name="A partner")
    BulkOperation.objects.update(account=partner)
    operator = Desk(make_operator("view_bulkoperation", "view_bulkitem"))
    for model in (BulkOperation, BulkItem):
        assert "orders.create" in text_of(desk.get(model))
        assert "orders.create" not in text_of(operator.get(model)).replace("orders.create orders.", "")


def log_in(client: Client, password: str, **headers: Any) -> int:
    return int(client.post("/admin/login/", {"username": "berta", "password": password}, **headers).status_code)


def test_it_locks_a_name_out_after_five_wrong_passwords_from_one_address(desk: Desk, client: Client) -> None:
    assert [log_in(client, "wrong") for _ in range(5)] == [200] * 4 + [429]
    assert log_in(client, "a") == 429
    assert log_in(client, "a", REMOTE_ADDR="10.0.0.9") == 302
    assert connection.vendor in {"sqlite", "postgresql"}


def test_it_believes_no_forwarded_address_of_a_stranger(desk: Desk, client: Client) -> None:
    for number in range(5):
        log_in(client, "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert log_in(client, "a", HTTP_X_FORWARDED_FOR="10.0.0.99") == 429


def test_it_says_what_to_do_when_locked_out_and_an_administrator_lifts_it(desk: Desk, client: Client) -> None:
    for _ in range(4):
        log_in(client, "wrong")
    locked = client.post("/admin/login/", {"username": "berta", "password": "wrong"})
    assert "Please wait 15 minutes" in text_of(locked)
    attempt = AccessAttempt.objects.get()
    desk.post(AccessAttempt, "delete", {"post": "yes"}, attempt.pk)
    assert log_in(client, "a") == 302


def test_it_names_the_actor_of_what_a_person_does() -> None:
    from printshop.api.people import actor_of

    boss = actor_of(make_boss())
    assert (boss.role, boss.name, boss.account_id) == (Role.ADMIN, "berta", make_actor().account_id)
    assert actor_of(make_operator()).role is Role.OPERATOR
