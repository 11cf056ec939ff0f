"""The requests of the public page that describes the async bulk dialect, sent to a demo shop as they are printed there.

The page names a picture and a cart by placeholders: the test makes one of each through the same dialect.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from orders.models import Customer
from printshop.magento.tests.asking import CUBE, AsyncClient, drain

SEED = json.loads((Path(__file__).parents[1] / "magento" / "tests" / "seeds" / "async.json").read_text())
PARTNER = AsyncClient("your-api-token")


def made(path: str, body: Any) -> Any:
    answer = PARTNER.send("POST", path, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def names(demo: None, db: None) -> dict[str, str]:
    """What the page's placeholders stand for in this shop."""
    entry = {"media_type": "external-video", "label": "Turning", "url": "https://shop.example/cube.mp4"}
    picture = made(f"/V1/products/{CUBE}/media", {"entry": entry})
    return {"entryId": str(picture["id"]), "quoteId": str(made("/V1/carts", {}))}


def filled(item: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {key: names.get(key, value) for key, value in item.items()}


@pytest.mark.django_db(databases="__all__")
def test_it_answers_the_page_on_a_demo_shop(names: dict[str, str]):
    for request in SEED:
        body = [filled(item, names) for item in request["body"]]
        answer = PARTNER.send(request["method"], request["path"], body)
        assert (answer.status_code, answer.json()["errors"]) == (202, False), request["title"]
        assert [item["status"] for item in answer.json()["request_items"]] == ["accepted"] * len(body)
        drain()
        assert PARTNER.statuses(answer.json()["bulk_uuid"]) == request["statuses"], request["title"]
    assert Customer.objects.filter(email="bmartin@example.com").count() == 1
    assert PARTNER.get("/rest/de/V1/products/seed-1").json()["name"] == "Erstes"
    assert PARTNER.get("/rest/V1/cmsPage/1").status_code == 404
