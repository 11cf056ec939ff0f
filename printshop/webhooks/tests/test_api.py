"""`/api/webhooks`, and the same in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from printshop.testing import NOON, KeyClient, Role, house, key_client, make_orders
from printshop.webhooks.couriers import deliver
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint
from printshop.webhooks.tests.conftest import Receiver

pytestmark = pytest.mark.django_db
URL = "https://shop.example/hooks"


def made(admin: KeyClient, **body: Any) -> dict[str, Any]:
    response = admin.post("/api/webhooks", {"url": URL, **body})
    assert response.status_code == 201, response.content
    return dict(response.json())


def test_it_makes_an_endpoint_and_shows_its_secret_once(admin: KeyClient):
    first = made(admin, events=["order.paid"], description="ERP")
    assert first["secret"].startswith("whsec_")
    shown = admin.get(f"/api/webhooks/{first['id']}").json()
    assert shown == {name: value for name, value in first.items() if name != "secret"}
    assert admin.get("/api/webhooks").json()["results"] == [shown]


def test_it_never_keeps_an_answer_with_a_secret(admin: KeyClient):
    first = admin.post("/api/webhooks", {"url": URL}, idempotency_key="once").json()
    second = admin.post("/api/webhooks", {"url": URL}, idempotency_key="once").json()
    assert first["secret"] != second["secret"]


@pytest.mark.parametrize(
    ("body", "path"),
    [({"url": "http://shop.example/"}, "url"), ({"url": "https://127.1/"}, "url"), ({}, "url"),
     ({"url": URL, "events": ["order.eaten"]}, "events"), ({"url": URL, "accounts": "some"}, "accounts"),
     ({"url": URL, "secret": "mine"}, "secret")],
)  # fmt: skip
def test_it_refuses_what_cannot_be_an_endpoint(admin: KeyClient, body: Any, path: str):
    response = admin.post("/api/webhooks", body)
    assert response.status_code == 400
    assert response.json()["details"]["errors"][0]["path"].split(".")[0] == path


def test_it_is_for_admins_and_their_own_account(admin: KeyClient, operator: KeyClient):
    from printshop.api.models import Account

    endpoint = made(admin)
    assert operator.get("/api/webhooks").status_code == 403
    stranger = key_client(Role.ADMIN, account=Account.objects.create(code="partner", name="P"))
    assert stranger.get(f"/api/webhooks/{endpoint['id']}").status_code == 404
    assert admin.get("/api/webhooks/nonsense").status_code == 404


def test_it_changes_switches_and_deletes(admin: KeyClient):
    address = f"/api/webhooks/{made(admin)['id']}"
    assert admin.patch(address, {"events": ["*"], "accounts": "own"}).json()["accounts"] == "own"
    assert admin.post(f"{address}/test").json()["state"] == "waiting"
    off = admin.patch(address, {"active": False}).json()
    assert (off["active"], off["reason"]) == (False, "Switched off by hand.")
    assert admin.post(f"{address}/test").status_code == 409
    [delivery] = admin.get(f"{address}/deliveries?state=failed").json()["results"]
    assert delivery["error"] == "The endpoint was switched off."
    assert admin.get(f"{address}/deliveries?state=eaten").status_code == 400
    admin.patch(address, {"active": True})
    assert admin.post(f"{address}/replay", {"deliveryIds": [delivery["id"]]}).json() == {"replayed": 1}
    assert admin.post(f"{address}/replay", {"deliveryIds": [delivery["id"]]}).json() == {"replayed": 0}
    assert admin.post(f"{address}/replay", {}).status_code == 400
    assert admin.delete(address).status_code == 200
    assert admin.get(address).status_code == 404
    assert not Delivery.objects.exists()


def test_it_replays_what_failed_since(admin: KeyClient):
    address = f"/api/webhooks/{made(admin)['id']}"
    make_orders(2)
    Delivery.objects.update(state=DeliveryState.FAILED)
    assert admin.post(f"{address}/replay", {"since": "2026-03-02T12:00:01Z"}).json() == {"replayed": 0}
    assert admin.post(f"{address}/replay", {"since": NOON.isoformat()}).json() == {"replayed": 3}


def test_it_rotates(admin: KeyClient):
    endpoint = made(admin)
    again = admin.post(f"/api/webhooks/{endpoint['id']}/rotate", {"overlapSeconds": 60}).json()
    assert again["id"] == endpoint["id"]
    assert again["secret"] != endpoint["secret"]


def test_an_account_has_so_many_and_no_more(admin: KeyClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("printshop.webhooks.endpoints.MOST", 1)
    made(admin)
    assert admin.post("/api/webhooks", {"url": URL}).json()["code"] == "TOO_MANY_WEBHOOKS"


def test_a_person_reads_at_the_form_that_there_is_no_room(admin_client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("printshop.webhooks.endpoints.MOST", 1)
    sent = {"account": house().pk, "url": URL, "types": '["*"]', "everything": "on"}
    address = reverse("admin:webhooks_endpoint_add")
    assert admin_client.post(address, sent).status_code == 302
    page = admin_client.post(address, sent)
    assert (page.status_code, Endpoint.objects.count()) == (200, 1)
    assert "An account has at most 1 webhooks." in page.content.decode()


# --- The admin -------------------------------------------------------------------------------------------------------
def act(client: Client, model: str, action: str, row: Any) -> str:
    """Tick a row, choose an action, look at the page, confirm; what is said afterwards."""
    address = reverse(f"admin:webhooks_{model}_changelist")
    sent = {"action": action, "_selected_action": [str(row.pk)]}
    page = client.post(address, sent)
    assert page.status_code == 200
    assert "Back, do nothing" in page.content.decode()
    carried = {"rows": f'["{row.pk}"]', "plan": page.context["plan"], "step": "confirm"}
    return client.post(address, {**sent, **carried}, follow=True).content.decode()


def test_a_person_makes_tries_and_replays(admin_client: Client, receiver: Receiver):
    from printshop.testing import house

    sent = {"account": house().pk, "url": receiver.url, "types": '["*"]', "everything": "on", "description": ""}
    said = admin_client.post(reverse("admin:webhooks_endpoint_add"), sent, follow=True).content.decode()
    assert "whsec_" in said
    endpoint = Endpoint.objects.get()
    assert "on their way: 1" in act(admin_client, "endpoint", "ping", endpoint)
    receiver.statuses = [410, 200]
    assert deliver(endpoint.pk) == 1
    assert "Answered 410." in admin_client.get(reverse("admin:webhooks_endpoint_changelist")).content.decode()
    act(admin_client, "endpoint", "switch_on", endpoint)
    assert "sent again: 1" in act(admin_client, "endpoint", "replay_failed", endpoint)
    assert deliver(endpoint.pk) == 1
    [delivery] = Delivery.objects.all()
    page = admin_client.get(reverse("admin:webhooks_delivery_change", args=[delivery.pk])).content.decode()
    assert delivery.message.reference in page
    assert "sent again: 1" in act(admin_client, "delivery", "replay", delivery)
    said = act(admin_client, "endpoint", "rotate", endpoint)
    assert "whsec_" in said
    page = admin_client.get(reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])).content.decode()
    assert "whsec_" not in page
