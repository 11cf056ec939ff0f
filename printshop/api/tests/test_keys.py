"""`/api/auth/api-keys`: issued once, shown once, revoked at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_api_key import crypto

from printshop.api.actors import Role
from printshop.api.models import Account, APIKey
from printshop.testing import KeyClient, key_client, make_customers, snapshot

pytestmark = pytest.mark.django_db
KEYS = "/api/auth/api-keys"


def issued(admin: KeyClient, **wanted: Any) -> dict[str, Any]:
    answer = admin.post(KEYS, {"name": "Till", "role": "operator", **wanted})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def works(text: str) -> bool:
    return bool(KeyClient(text).get("/api/skus").status_code == 200)


def test_it_shows_a_new_key_in_full_and_never_again(admin: KeyClient) -> None:
    body = issued(admin)
    assert list(body) == ["id", "name", "role", "account", "customerId", "expiresAt", "revoked", "createdAt", "key"]
    assert (body["name"], body["role"], body["account"], body["revoked"]) == ("Till", "operator", "shop", False)
    assert works(body["key"])
    listed = admin.get(KEYS)
    assert body["id"] in [key["id"] for key in listed.json()["results"]]
    assert body["key"].encode() not in listed.content
    assert "key" not in listed.json()["results"][0]


def test_it_stores_only_a_hash(admin: KeyClient) -> None:
    text = issued(admin)["key"]
    assert text not in str(snapshot())
    assert text.partition(".")[2] not in str(snapshot())


def test_it_compares_hashes_in_constant_time(admin: KeyClient, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def watched(kept: str, shown: str) -> bool:
        compared.append(kept == shown)
        return constant_time_compare(kept, shown)

    monkeypatch.setattr(crypto, "constant_time_compare", watched)
    prefix = str(admin.key).partition(".")[0]
    assert [works(text) for text in (str(admin.key), f"{prefix}.wrong", f"{prefix}.", prefix)] == [True, *[False] * 3]
    assert compared == [True, *[False] * 3]


def test_it_binds_a_customer_key_to_its_customer(admin: KeyClient) -> None:
    make_customers(2)
    body = issued(admin, role="customer", customerId="cust-002")
    assert body["customerId"] == "cust-002"
    assert KeyClient(body["key"]).get("/api/orders").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "path", "code"),
    [
        ({}, "name", "REQUIRED"),
        ({"name": ""}, "name", "TOO_SHORT"),
        ({"name": "a" * 51}, "name", "TOO_LONG"),
        ({"name": "a\nb"}, "name", "NOT_PRINTABLE"),
        ({"role": "boss"}, "role", "NOT_A_CHOICE"),
        ({"role": "customer"}, "customerId", "CUSTOMER_AND_ROLE"),
        ({"customerId": "cust-001"}, "customerId", "CUSTOMER_AND_ROLE"),
        ({"role": "customer", "customerId": "cust-999"}, "customerId", "CUSTOMER_NOT_FOUND"),
        ({"expiresAt": "soon"}, "expiresAt", "NOT_A_TIME"),
        ({"expiresAt": "2099-01-01"}, "expiresAt", "NOT_A_TIME"),
        ({"expiresAt": "0001-01-01T00:00:00+14:00"}, "expiresAt", "NOT_A_TIME"),
        ({"expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt", "NOT_A_TIME"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt", "OUT_OF_RANGE"),
        ({"expiresAt": 4_000_000_000}, "expiresAt", "NOT_A_TIME"),
        ({"revoked": True}, "revoked", "UNKNOWN_FIELD"),
    ],
)
def test_it_issues_no_key_that_makes_no_sense(wanted: dict[str, Any], path: str, code: str, admin: KeyClient) -> None:
    make_customers()
    body = {"role": "operator", **wanted}
    if path != "name":
        body["name"] = "Till"
    before = snapshot()
    answer = admin.post(KEYS, body)
    assert answer.status_code == 400
    assert [(fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]] == [(path, code)]
    assert snapshot() == before


def test_it_ends_a_revoked_key_at_once(admin: KeyClient) -> None:
    body = issued(admin)
    for _ in range(2):
        answer = admin.delete(f"{KEYS}/{body['id']}")
        assert (answer.status_code, answer.json()["revoked"]) == (200, True)
    refused = KeyClient(body["key"]).get("/api/skus")
    assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_API_KEY")


def test_it_ends_a_key_when_it_expires(admin: KeyClient) -> None:
    body = issued(admin, expiresAt=(timezone.now() + timedelta(hours=1)).isoformat())
    assert works(body["key"])
    APIKey.objects.filter(prefix=body["id"]).update(expiry_date=timezone.now() - timedelta(seconds=1))
    assert not works(body["key"])


def test_it_rotates_with_an_overlap(admin: KeyClient) -> None:
    old = issued(admin)
    answer = admin.post(f"{KEYS}/{old['id']}/rotate", {"overlapSeconds": 3600})
    new = answer.json()
    assert answer.status_code == 201
    assert (new["name"], new["role"], new["expiresAt"]) == (old["name"], old["role"], None)
    assert works(old["key"])
    assert works(new["key"])
    left = APIKey.objects.get(prefix=old["id"]).expiry_date - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    APIKey.objects.filter(prefix=old["id"]).update(expiry_date=timezone.now() - timedelta(seconds=1))
    assert (works(old["key"]), works(new["key"])) == (False, True)


def test_it_rotates_with_a_day_of_overlap_unless_told(admin: KeyClient) -> None:
    old = issued(admin)
    assert admin.post(f"{KEYS}/{old['id']}/rotate").status_code == 201
    assert APIKey.objects.get(prefix=old["id"]).expiry_date - timezone.now() > timedelta(hours=23)


def test_it_never_prolongs_a_key_by_rotation(admin: KeyClient) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    old = issued(admin, expiresAt=soon.isoformat())
    new = admin.post(f"{KEYS}/{old['id']}/rotate").json()
    ends = APIKey.objects.filter(prefix__in=[old["id"], new["id"]]).values_list("expiry_date", flat=True)
    assert list(ends) == [soon, soon]


def test_it_ends_the_old_key_at_once_without_an_overlap(admin: KeyClient) -> None:
    old = issued(admin)
    assert admin.post(f"{KEYS}/{old['id']}/rotate", {"overlapSeconds": 0}).status_code == 201
    assert not works(old["key"])


@pytest.mark.parametrize("seconds", [-1, 30 * 86_400 + 1, 1.5, "60", True, None])
def test_it_refuses_an_odd_overlap(seconds: Any, admin: KeyClient) -> None:
    old = issued(admin)
    before = snapshot()
    answer = admin.post(f"{KEYS}/{old['id']}/rotate", {"overlapSeconds": seconds})
    assert (answer.status_code, answer.json()["details"]["errors"][0]["path"]) == (400, "overlapSeconds")
    assert snapshot() == before


def test_it_rotates_live_keys_only(admin: KeyClient) -> None:
    old = issued(admin)
    admin.delete(f"{KEYS}/{old['id']}")
    answer = admin.post(f"{KEYS}/{old['id']}/rotate")
    assert (answer.status_code, answer.json()["code"]) == (409, "KEY_NOT_LIVE")


def test_it_keeps_accounts_apart(admin: KeyClient) -> None:
    partner = key_client(Role.ADMIN, account=Account.objects.create(code="partner", name="Partner"))
    body = issued(admin)
    assert body["id"] not in [key["id"] for key in partner.get(KEYS).json()["results"]]
    for send in (
        lambda key_id: partner.delete(f"{KEYS}/{key_id}"),
        lambda key_id: partner.post(f"{KEYS}/{key_id}/rotate"),
    ):
        foreign, unknown = send(body["id"]), send("unknown1")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content.replace(body["id"].encode(), b"unknown1") == unknown.content
    assert works(body["key"])


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CUSTOMER])
def test_it_is_for_admins(role: Role, admin: KeyClient) -> None:
    make_customers()
    client = key_client(role, "cust-001" if role is Role.CUSTOMER else "")
    body = issued(admin)
    before = snapshot()
    calls = [
        client.get(KEYS),
        client.post(KEYS, {"name": "Mine", "role": "admin"}),
        client.delete(f"{KEYS}/{body['id']}"),
        client.post(f"{KEYS}/{body['id']}/rotate"),
    ]
    assert [answer.status_code for answer in calls] == [403] * 4
    assert snapshot() == before
