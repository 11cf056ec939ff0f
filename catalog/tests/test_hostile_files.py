"""Files that nobody should send, sent through the real form and API to a real server: refused, and nothing is left."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import orjson
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from catalog.tests import files
from catalog.tests.reading.bad_files import BAD_FILES
from catalog.tests.test_uploads import FORM, client_of
from printshop.bulk.tests.deferred.workers import House, database_url
from printshop.testing import Role, key_client, make_skus, snapshot
from printshop.tests.desk import text_of
from printshop.tests.serving import Answer, WebServer

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SECONDS, MEGABYTES = 6, 200
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    house = House(tmp_path_factory.mktemp("shop"), DATABASE_URL=database_url())
    yield WebServer(house)
    house.close()


class Form:
    """The upload form in a browser in which somebody has signed in."""

    def __init__(self, server: WebServer, client: Client) -> None:
        self.server = server
        session = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        page = server.send("GET", FORM, cookie=session)
        found = TOKEN.search(page.content)
        assert found is not None
        self.token = found[1].decode()
        self.cookies = f"{session}; {page.headers['set-cookie'].partition(';')[0]}"

    def send(self, name: str, content: bytes) -> Answer:
        fields = {"file": SimpleUploadedFile(name, content), "mode": "upsert", "csrfmiddlewaretoken": self.token}
        body = encode_multipart(BOUNDARY, fields)
        return self.server.send("POST", FORM, body, cookie=self.cookies, content_type=MULTIPART_CONTENT)


def is_refused(server: WebServer, send: Callable[[], Answer], sentence: str) -> bool:
    """Whether something is answered in time, in little memory, and with a 400 that says why."""
    with server.spending() as spent:
        answer = send()
    said = answer.status == 400 and sentence in text_of(answer)
    return said and spent.seconds < SECONDS and spent.megabytes < MEGABYTES


# Files are read before any database is asked: once is enough.
@pytest.mark.sqlite
@pytest.mark.trust(
    case="hostile files sent to a running server",
    expects="refused with a sentence in under 6 s of processor time and 200 MB; nothing kept",
)
def test_the_form_refuses_every_bad_file_quickly_in_little_memory_and_keeps_nothing(server: WebServer) -> None:
    form = Form(server, client_of(User.objects.create_superuser("ada")))
    before = snapshot()
    for case, (name, content, sentence) in BAD_FILES.items():
        assert is_refused(server, partial(form.send, name, content), sentence), case
    assert snapshot() == before
    assert list((server.house.folder / "uploads").iterdir()) == []


def many_parts() -> bytes:
    return files.threemf(**{f"part-{number}": b"" for number in range(5_000)})


def encrypted() -> bytes:
    """A 3MF file that says of each part that it needs a password."""
    content = bytearray(files.threemf())
    for found in re.finditer(b"PK\x01\x02", bytes(content)):
        content[found.start() + 8] |= 1
    return bytes(content)


NO_PICTURE, NO_MODEL = "must be a PNG, JPEG, GIF or WebP picture", "must be an STL or 3MF model"
TOO_MUCH = "at most 1,000 parts and 200 MB unpacked"
BAD_MEDIA: dict[str, tuple[str, bytes, str, str]] = {
    "no bytes": ("image", b"", "image/png", NO_PICTURE),
    "a page": ("image", files.HTML, "image/png", NO_PICTURE),
    "a drawing with a script": ("image", files.SVG, "image/svg+xml", NO_PICTURE),
    "a picture renamed": ("image", files.png(), "image/gif", "The content is image/png"),
    "a picture for a model": ("model", files.png(), "model/stl", NO_MODEL),
    "a bomb": ("model", files.bomb(300), "model/3mf", TOO_MUCH),
    "a length that lies": ("model", files.lying(files.threemf(), "3D/3dmodel.model", 2**31), "model/3mf", TOO_MUCH),
    "many parts": ("model", many_parts(), "model/3mf", "at most 1,000 parts"),
    "encrypted": ("model", encrypted(), "model/3mf", NO_MODEL),
    "triangles by the billion": ("model", files.binary_stl()[:80] + b"\xff" * 104, "model/stl", NO_MODEL),
    "text far too long": ("model", b"solid x\n" * 150_000, "model/stl", NO_MODEL),
}  # fmt: skip


def send_media(server: WebServer, key: str | None, kind: str, data: bytes, content_type: str) -> Answer:
    """A file for a SKU, over the API."""
    body = orjson.dumps({"entry": {"media_type": kind, "label": "x", "content": files.content(data, content_type)}})
    sent = {"authorization": f"Bearer {key}", "content_type": "application/json"}
    return server.send("POST", "/rest/V1/products/sku-0001/media", body, **sent)


@pytest.mark.trust(
    case="hostile pictures and models sent to a running server",
    expects="refused with a sentence in under 6 s of processor time and 200 MB; nothing kept",
)
def test_the_api_refuses_every_bad_picture_and_model_likewise(server: WebServer) -> None:
    make_skus()
    key = key_client(Role.ADMIN).key
    before = snapshot()
    server.send("GET", "/rest/V1/products/sku-0001/media", authorization=f"Bearer {key}")
    for case, (kind, data, content_type, sentence) in BAD_MEDIA.items():
        assert is_refused(server, partial(send_media, server, key, kind, data, content_type), sentence), case
    assert snapshot() == before
    assert not (server.house.folder / "media").exists()


def test_nobody_unpacks_what_an_archive_hides(server: WebServer) -> None:
    """That a part unpacks to more than it says shows only when it is unpacked, which is for whoever asked for it."""
    make_skus()
    key, bomb = key_client(Role.ADMIN).key, files.lying(files.bomb(300), "3D/other.model", 100)
    with server.spending() as spent:
        answer = send_media(server, key, "model", bomb, "model/3mf")
        shown = server.send("GET", orjson.loads(answer.content)["file"])
    assert (shown.content, shown.headers["content-disposition"].partition(";")[0]) == (bomb, "attachment")
    assert (spent.seconds < SECONDS, spent.megabytes < MEGABYTES) == (True, True)
