"""`POST /api/skus/bulk`."""

from typing import Any

import pytest

from catalog.models import SKU
from printshop.testing import KeyClient, make_orders, make_skus, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/skus/bulk"


def cube(sku: str = "sku-0001", **fields: Any) -> dict[str, Any]:
    return {"id": sku, "name": "A cube", **fields}


def counts(answer: Any) -> dict[str, int]:
    return {name: value for name, value in answer.json().items() if isinstance(value, int) and value}


def faults_of(answer: Any) -> list[tuple[int | None, str, str]]:
    return [(fault.get("index"), fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]]


def test_it_creates_updates_and_leaves_alone(admin: KeyClient) -> None:
    make_skus(2)
    answer = admin.post(BULK, {"skus": [cube("new"), cube("sku-0002", basePrice=13), cube("sku-0001", basePrice=12.5)]})
    assert answer.status_code == 200
    assert answer.json() == {
        "mode": "upsert",
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "skipped": 0,
        "deactivated": 0,
        "failed": 0,
        "skus": [
            {"id": "new", "result": "created"},
            {"id": "sku-0002", "result": "updated"},
            {"id": "sku-0001", "result": "unchanged"},
        ],
    }


def test_it_does_not_touch_what_is_equal(admin: KeyClient) -> None:
    admin.post(BULK, {"skus": [cube("a", basePrice=1.5, options=[{"key": "k", "label": "K", "type": "number"}])]})
    stamped = SKU.objects.get().updated_at
    again = admin.post(
        BULK, {"skus": [cube("a", basePrice=1.50, options=[{"key": "k", "label": "K", "type": "number"}])]}
    )
    assert counts(again) == {"unchanged": 1}
    assert SKU.objects.get().updated_at == stamped


def test_it_keeps_what_is_left_out_and_clears_with_null(admin: KeyClient) -> None:
    whole: dict[str, Any] = {"description": "Tall", "material": "PLA", "machineType": "resin", "estimatedPrintTime": 9,
             "estimatedMaterialGrams": 1.5, "qualityTiers": {"fine": {"multiplier": 2}},
             "options": [{"key": "k", "label": "K", "type": "boolean"}]}  # fmt: skip
    admin.post(BULK, {"skus": [cube(basePrice=5, **whole)]})
    admin.post(BULK, {"skus": [{"id": "sku-0001", "name": "Renamed"}]})
    body = admin.get("/api/skus/sku-0001").json()
    assert {name: body[name] for name in whole} == whole
    admin.post(BULK, {"skus": [{"id": "sku-0001", **dict.fromkeys(whole)}]})
    body = admin.get("/api/skus/sku-0001").json()
    empty: dict[str, Any] = {**dict.fromkeys(whole), "qualityTiers": {}, "options": []}
    assert {name: body[name] for name in whole} == empty
    assert (body["name"], body["basePrice"]) == ("Renamed", 5)


@pytest.mark.parametrize("field", ["name", "kind", "basePrice", "currency", "active"])
def test_it_clears_nothing_that_must_stand(field: str, admin: KeyClient) -> None:
    make_skus()
    answer = admin.post(BULK, {"skus": [{"id": "sku-0001", field: None}]})
    assert answer.status_code == 400
    assert [path for _, path, _ in faults_of(answer)] == [field]


def test_it_appends_only_what_is_new(admin: KeyClient) -> None:
    make_skus()
    answer = admin.post(BULK, {"skus": [cube(basePrice=99), cube("new")], "mode": "append"})
    assert (answer.json()["mode"], counts(answer)) == ("append", {"created": 1, "skipped": 1})
    assert [line["result"] for line in answer.json()["skus"]] == ["skipped", "created"]
    assert SKU.objects.get(pk="sku-0001").base_price == 1250


def test_it_replaces_the_catalogue(admin: KeyClient) -> None:
    make_skus(3)
    make_skus(1, prefix="old", active=False)
    make_skus(1, prefix="gone", active=False)
    answer = admin.post(BULK, {"skus": [cube(basePrice=12.5), cube("old-0001"), cube("new")], "mode": "replace"})
    assert counts(answer) == {"created": 1, "updated": 1, "unchanged": 1, "deactivated": 2}
    assert [line["id"] for line in answer.json()["skus"]] == ["sku-0001", "old-0001", "new"]
    assert set(SKU.objects.active().values_list("pk", flat=True)) == {"sku-0001", "old-0001", "new"}
    again = admin.post(BULK, {"skus": [cube(basePrice=12.5), cube("old-0001"), cube("new")], "mode": "replace"})
    assert counts(again) == {"unchanged": 3}
    items = admin.get(f"/api/bulk-operations/{answer['X-Bulk-Operation']}/items?result=deactivated").json()["results"]
    assert [(item["index"], item["id"]) for item in items] == [(3, "sku-0002"), (4, "sku-0003")]


def test_it_changes_no_order_that_was_made_before(admin: KeyClient) -> None:
    (order,) = make_orders()
    before = admin.get(f"/api/orders/{order}").content
    admin.post(BULK, {"skus": [cube("new")], "mode": "replace"})
    assert admin.get(f"/api/orders/{order}").content == before


def test_it_switches_off_no_more_than_allowed(admin: KeyClient) -> None:
    make_skus(3)
    before = snapshot()
    answer = admin.post(BULK, {"skus": [cube()], "mode": "replace", "maxDeactivate": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_DEACTIVATIONS")
    assert faults_of(answer) == [(None, "maxDeactivate", "TOO_MANY_DEACTIVATIONS")]
    assert snapshot() == before
    assert admin.post(BULK, {"skus": [cube()], "mode": "replace", "maxDeactivate": 2}).status_code == 200


def test_it_replaces_by_active_skus_only(admin: KeyClient) -> None:
    answer = admin.post(BULK, {"skus": [cube(active=False)], "mode": "replace"})
    assert (answer.status_code, faults_of(answer)) == (400, [(0, "active", "INACTIVE_IN_REPLACE")])
    assert admin.post(BULK, {"skus": [cube(active=True)], "mode": "replace"}).status_code == 200


def test_it_replaces_whole_or_not_at_all(admin: KeyClient) -> None:
    make_skus(2)
    before = snapshot()
    wanted = [{"id": "sku-0001", "basePrice": -1}, cube("sku-0002", basePrice=9)]
    for dry_run in True, False:
        body = {"skus": wanted, "mode": "replace", "errorPolicy": "partial", "dryRun": dry_run}
        answer = admin.post(BULK, body)
        assert answer.status_code == 400
        assert set(faults_of(answer)) == {(0, "basePrice", "MONEY_RANGE"), (None, "errorPolicy", "REPLACE_IS_WHOLE")}
    assert snapshot() == before
    good = admin.post(BULK, {"skus": [cube(basePrice=12.5)], "mode": "replace", "errorPolicy": "partial"})
    assert counts(good) == {"unchanged": 1, "deactivated": 1}


def test_it_refuses_an_id_that_stands_there_twice(admin: KeyClient) -> None:
    answer = admin.post(BULK, {"skus": [cube("a"), cube("b"), cube("a"), cube("a")]})
    assert (answer.status_code, faults_of(answer)) == (400, [(2, "id", "DUPLICATE_ID"), (3, "id", "DUPLICATE_ID")])
    message = answer.json()["details"]["errors"][0]["message"]
    assert message == "SKU a stands in this import twice, at index 0 and index 2."
    assert not SKU.objects.exists()


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"id": "a b"}, "id", "NOT_AN_ID"),
        ({"id": ""}, "id", "NOT_AN_ID"),
        ({"id": "-a"}, "id", "NOT_AN_ID"),
        ({"id": "a" * 65}, "id", "NOT_AN_ID"),
        ({"id": "\u0661"}, "id", "NOT_AN_ID"),
        ({"name": ""}, "name", "TOO_SHORT"),
        ({"name": " "}, "name", "BLANK"),
        ({"name": "a" * 256}, "name", "TOO_LONG"),
        ({"kind": "thing"}, "kind", "NOT_A_CHOICE"),
        ({"machineType": "lathe"}, "machineType", "NOT_A_CHOICE"),
        ({"kind": "content", "machineType": "resin"}, "machineType", "MACHINE_TYPE_OF_PRINTS_ONLY"),
        ({"material": "a" * 65}, "material", "TOO_LONG"),
        ({"estimatedPrintTime": -1}, "estimatedPrintTime", "OUT_OF_RANGE"),
        ({"estimatedPrintTime": 1.5}, "estimatedPrintTime", "NOT_AN_INTEGER"),
        ({"basePrice": 0.001}, "basePrice", "MONEY_DECIMALS"),
        ({"basePrice": -1}, "basePrice", "MONEY_RANGE"),
        ({"basePrice": "12"}, "basePrice", "MONEY_TYPE"),
        ({"currency": "JPY"}, "currency", "CURRENCY"),
        ({"currency": "usd"}, "currency", "CURRENCY"),
        ({"currency": "XXX"}, "currency", "CURRENCY"),
        ({"qualityTiers": {"best": {"multiplier": 1}}}, "qualityTiers.best", "UNKNOWN_FIELD"),
        ({"qualityTiers": {"fine": {"multiplier": 0}}}, "qualityTiers.fine.multiplier", "OUT_OF_RANGE"),
        ({"qualityTiers": {"fine": {}}}, "qualityTiers.fine.multiplier", "REQUIRED"),
        ({"options": [{"key": "k", "label": "K", "type": "colour"}]}, "options.0.type", "NOT_A_CHOICE"),
        ({"options": [{"key": "k", "label": "K", "type": "select"}]}, "options", "OPTION_CHOICES"),
        ({"options": [{"key": "quality", "label": "K", "type": "boolean"}]}, "options", "OPTION_KEYS"),
        ({"options": [{"key": "k", "label": "K", "type": "boolean"}] * 2}, "options", "OPTION_KEYS"),
        ({"active": 1}, "active", "NOT_A_BOOLEAN"),
        ({"sku": "a"}, "sku", "UNKNOWN_FIELD"),
        ({"createdAt": "2026-01-01"}, "createdAt", "UNKNOWN_FIELD"),
        ({"base_price": 1}, "base_price", "UNKNOWN_FIELD"),
    ],
)
def test_it_names_the_fault_of_a_field(fields: dict[str, Any], path: str, code: str, admin: KeyClient) -> None:
    answer = admin.post(BULK, {"skus": [cube("good"), {**cube("bad"), **fields}]})
    assert (answer.status_code, faults_of(answer)) == (400, [(1, path, code)])
    assert not SKU.objects.exists()


def test_it_judges_what_survives_a_fault_of_shape(admin: KeyClient) -> None:
    make_skus()
    wanted = [
        {"id": "sku-0001", "name": None, "kind": "content", "machineType": "resin"},
        {"id": "new", "basePrice": True},
    ]
    answer = admin.post(BULK, {"skus": [*wanted, {"id": "sku-0001", "active": "no"}]})
    assert set(faults_of(answer)) == {
        (0, "name", "NOT_TEXT"),
        (0, "machineType", "MACHINE_TYPE_OF_PRINTS_ONLY"),
        (1, "name", "REQUIRED"),
        (1, "basePrice", "MONEY_TYPE"),
        (2, "active", "NOT_A_BOOLEAN"),
        (2, "id", "DUPLICATE_ID"),
    }


def test_it_imports_the_good_ones_when_asked_to(admin: KeyClient) -> None:
    answer = admin.post(BULK, {"skus": [{"id": "a"}, cube("b"), cube("b")], "errorPolicy": "partial"})
    assert (answer.status_code, counts(answer)) == (200, {"created": 1, "failed": 2})
    assert [(fault["index"], fault["code"]) for fault in answer.json()["errors"]] == [
        (0, "REQUIRED"),
        (2, "DUPLICATE_ID"),
    ]
    assert list(SKU.objects.values_list("pk", flat=True)) == ["b"]


def test_it_shows_what_would_change(admin: KeyClient) -> None:
    make_skus(2)
    before = snapshot()
    answer = admin.post(BULK, {"skus": [cube(basePrice=13.75), cube("new")], "mode": "replace", "dryRun": True})
    body = answer.json()
    assert (body["dryRun"], body["created"], body["updated"], body["deactivated"]) == (True, 1, 1, 1)
    changed, new, gone = body["items"]
    assert changed["changes"] == {"basePrice": [12.5, 13.75]}
    assert new["changes"] == {"name": [None, "A cube"], "active": [None, True]}
    assert (gone["index"], gone["id"], gone["changes"]) == (None, "sku-0002", {"active": [True, False]})
    assert snapshot() == before


def test_it_takes_five_hundred(admin: KeyClient) -> None:
    assert counts(admin.post(BULK, {"skus": [cube(f"s{number}") for number in range(500)]})) == {"created": 500}
    answer = admin.post(BULK, {"skus": [7] * 501})
    assert (answer.status_code, answer.json()["code"]) == (400, "TOO_MANY_ITEMS")


@pytest.mark.parametrize("mode", ["delete", "create", "edit", "", None, 1])
def test_it_knows_three_modes(mode: Any, admin: KeyClient) -> None:
    answer = admin.post(BULK, {"skus": [cube()], "mode": mode})
    assert answer.status_code == 400
    assert [path for _, path, _ in faults_of(answer)] == ["mode"]
    assert not SKU.objects.exists()


def test_it_is_for_admins(operator: KeyClient, customer: KeyClient) -> None:
    for client in operator, customer:
        assert client.post(BULK, {"skus": [cube()]}).status_code == 403
    assert not SKU.objects.exists()
