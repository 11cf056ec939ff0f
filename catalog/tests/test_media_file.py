"""`GET /media/…`: the files that entries show."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from catalog.models import Media
from catalog.serializers import media_body
from catalog.services.media import CREATE, EDIT
from catalog.tests import files
from catalog.tests.files import content
from catalog.tests.test_media import act, entry
from printshop.testing import make_skus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def shown(data: bytes, kind: str, name: str = "cube", media_type: str = "image") -> tuple[Media, str]:
    """A new entry and the address of its file."""
    make_skus()
    act(CREATE, entry(mediaType=media_type, content=content(data, kind, name)))
    made = Media.objects.get()
    return made, media_body(made)["file"]


def test_it_shows_a_picture_as_what_it_is_and_nothing_more(client: Client) -> None:
    _, address = shown(files.png(), "image/png", "cube.html")
    answer = client.get(address)
    assert (answer.status_code, answer.getvalue()) == (200, files.png())
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(files.png()))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Content-Disposition"] == 'inline; filename="cube.png"'


@pytest.mark.parametrize(
    ("data", "kind", "name", "saved"),
    [
        (files.text_stl(), "model/stl", "evil.html", "evil.stl"),
        (files.threemf(), "model/3mf", 'a"b.3mf', 'a\\"b.3mf'),
    ],
)
def test_it_hands_models_out_to_be_saved(client: Client, data: bytes, kind: str, name: str, saved: str) -> None:
    _, address = shown(data, kind, name, "model")
    answer = client.get(address)
    assert (answer["Content-Type"], answer.getvalue()) == (kind, data)
    assert answer["Content-Disposition"] == f'attachment; filename="{saved}"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_it_hides_what_is_disabled_gone_or_lost(client: Client) -> None:
    made, address = shown(files.png(), "image/png")
    where = {"id": made.pk, "skuId": made.sku_id}
    act(EDIT, {**where, "disabled": True})
    assert client.get(address).status_code == 404
    act(EDIT, {**where, "disabled": False})
    assert client.get(address).status_code == 200
    Path(made.file.path).unlink()
    assert client.get(address).status_code == 404
    act(EDIT, {**where, "url": "https://pictures.example/1.png"})
    assert client.get(address).status_code == 404


def test_it_opens_nothing_that_no_entry_names(client: Client, folder: Path) -> None:
    shown(files.png(), "image/png")
    stray = f"catalog/{'0' * 32}.png"
    Path(folder, stray).write_bytes(files.png())
    Path(folder.parent, "secret_key").write_text("secret")
    for path in (stray, "../secret_key", "catalog/../../secret_key", "%2e%2e/secret_key", "catalog/%00.png", "catalog/",
                 "", "catalog", f"catalog/{'0' * 32}.png%00", f"/catalog/{'0' * 32}.png"):  # fmt: skip
        assert client.get(f"/media/{path}").status_code == 404, path


def test_it_only_reads(client: Client) -> None:
    _, address = shown(files.png(), "image/png")
    assert client.head(address).status_code == 200
    for method in (client.post, client.put, client.delete):
        assert method(address).status_code == 405
