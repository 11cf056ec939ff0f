"""Files of products: sent in base64, told by their bytes, kept here; addresses are kept as they are."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Media
from printshop.magento.tests.asking import CUBE, PNG, AsyncClient, drain, make_sku

MEDIA = f"/rest/V1/products/{CUBE}/media"


@pytest.fixture(autouse=True)
def shop(partner: AsyncClient, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    make_sku(CUBE)


def picture(**more: Any) -> dict[str, Any]:
    content = {"base64_encoded_data": PNG, "type": "image/png", "name": "cube.png"}
    return {"media_type": "image", "label": "Front", "types": ["image"], "content": content, **more}


def test_it_keeps_a_picture_and_shows_where(partner: AsyncClient):
    made = partner.send("POST", MEDIA, {"entry": picture()}).json()
    assert (made["media_type"], made["label"], made["position"]) == ("image", "Front", 1)
    assert made["file"].startswith("/media/")
    assert "url" not in made
    assert partner.get(MEDIA).json() == [made]
    # What was read can be sent back.
    assert partner.send("PUT", f"{MEDIA}/{made['id']}", {"entry": made | {"position": 3}}).json()["position"] == 3
    assert partner.send("DELETE", f"{MEDIA}/{made['id']}").json() is True
    assert partner.get(MEDIA).json() == []


def test_it_names_what_is_wrong_with_a_file(partner: AsyncClient):
    content = {"base64_encoded_data": PNG, "type": "image/gif", "name": "cube.gif"}
    answer = partner.send("POST", MEDIA, {"entry": picture(content=content)})
    assert answer.status_code == 400
    assert answer.json()["parameters"]["fieldName"] == "content.type"
    both = partner.send("POST", MEDIA, {"entry": picture(url="https://shop.example/a.png")})
    assert (both.status_code, both.json()["parameters"]["code"]) == (400, "URL_OR_CONTENT")


def test_it_keeps_entries_to_their_product(partner: AsyncClient):
    make_sku("sphere")
    made = partner.send("POST", MEDIA, {"entry": picture()}).json()
    for method, body in (("GET", None), ("PUT", {"entry": {"label": "x"}}), ("DELETE", None)):
        assert partner.send(method, f"/rest/V1/products/sphere/media/{made['id']}", body).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_it_keeps_pictures_that_come_in_bulk(partner: AsyncClient):
    sent = [{"sku": CUBE, "entry": picture(label=label)} for label in ("Front", "Back")]
    sent.append({"sku": CUBE, "entry": picture(content={"base64_encoded_data": "?", "type": "x", "name": "y"})})
    uuid = partner.later("POST", "/rest/async/bulk/V1/products/bySku/media", sent)
    drain()
    assert partner.statuses(uuid) == [1, 1, 3]
    assert list(Media.objects.values_list("label", "position")) == [("Front", 1), ("Back", 2)]
