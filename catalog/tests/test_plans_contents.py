"""What a file is told to be by its bytes, without a database."""

import base64
import random
import zipfile
from typing import Any

import pytest

from catalog.plans import formats
from catalog.plans.contents import EXTENSIONS, Content, examined, types_of
from catalog.tests import files
from catalog.tests.files import HTML, MODEL, PARTS, RELATIONS, SVG, content
from printshop.api.refusals import Fault

LIMIT = 10_000_000
GOOD = [
    ("image", files.png(), "image/png"),
    ("image", files.jpeg(), "image/jpeg"),
    ("image", files.jpeg(), "image/jpg"),
    ("image", files.gif(), "image/gif"),
    ("image", files.webp(), "image/webp"),
    ("image", files.png(), "IMAGE/PNG"),
    ("model", files.binary_stl(), "model/stl"),
    ("model", files.binary_stl(header=b"solid says nothing"), "application/sla"),
    ("model", files.text_stl(), "model/stl"),
    ("model", files.text_stl().replace(b"\n", b"\r\n"), "application/vnd.ms-pki.stl"),
    ("model", files.threemf(), "model/3mf"),
    ("model", files.zipped(PARTS, zipfile.ZIP_STORED), "model/3mf"),
]


def look_at(data: bytes, kind: str, media_type: str, limit: int = LIMIT) -> tuple[Content | None, list[Fault]]:
    return examined(content(data, kind), media_type, limit)


def codes(data: bytes, kind: str, media_type: str, limit: int = LIMIT) -> list[tuple[str, str]]:
    found, faults = look_at(data, kind, media_type, limit)
    assert found is None
    return [(fault.path, fault.code) for fault in faults]


@pytest.mark.parametrize(("media_type", "data", "kind"), GOOD)
def test_it_takes_what_it_can_tell(media_type: str, data: bytes, kind: str):
    found, faults = look_at(data, kind, media_type)
    assert faults == []
    assert found is not None
    assert (found.data, found.name) == (data, "cube")
    assert found.content_type in types_of(media_type)
    assert EXTENSIONS[found.content_type]


@pytest.mark.parametrize(
    "data",
    [
        SVG, HTML, b"", b"GIF", b"\xff\xd8", b"%PDF-1.7", b"MZ\x90\x00", files.text_stl(), files.threemf(),
        b" " + files.png(), b"\x89PNG\r\n\x1a\n" + HTML, b"GIF89a", files.webp()[:-1], files.webp() + HTML,
        files.webp().replace(b"WEBPVP8L", b"WAVEfmt "), b"<?xml version='1.0'?>" + SVG, b"\xef\xbb\xbf" + SVG,
    ],
)  # fmt: skip
def test_it_takes_no_other_picture_whatever_it_is_said_to_be(data: bytes):
    for kind in ("image/png", "image/svg+xml", "text/html"):
        assert codes(data, kind, "image") == [("content.base64_encoded_data", "CONTENT_NOT_TAKEN")]


@pytest.mark.parametrize(
    "data",
    [
        SVG, HTML, b"", files.png(),
        files.binary_stl(0), files.binary_stl(2)[:-1], files.binary_stl(2) + b"\x00", files.binary_stl(2)[:84],
        b"solid", b"solid cube\nendsolid cube\n", files.text_stl() + HTML, files.text_stl()[:-15],
        files.text_stl().replace(b"  vertex", b"<script>"), files.text_stl("\x00"), b"solid x\n" + HTML,
        files.zipped({}), files.zipped({"a.txt": b"a"}), b"PK\x03\x04", files.threemf()[:-30],
        files.zipped({"_rels/.rels": RELATIONS}), files.zipped({"_rels/.rels": RELATIONS, "3D/3dmodel.model": HTML}),
        files.zipped({"_rels/.rels": b"<Relationships/>", "3D/3dmodel.model": MODEL}),
        files.zipped({"3D/3dmodel.model": MODEL}), files.zipped(PARTS, zipfile.ZIP_LZMA), b"#!" + files.threemf(),
        files.zipped({**PARTS, "_rels/.rels": RELATIONS.replace(b"/3D/3dmodel.model", b"/../../etc/passwd")}),
    ],
)  # fmt: skip
def test_it_takes_no_other_model_whatever_it_is_said_to_be(data: bytes):
    for kind in ("model/stl", "model/3mf"):
        assert codes(data, kind, "model") == [("content.base64_encoded_data", "CONTENT_NOT_TAKEN")]


def test_it_takes_a_type_that_differs_from_the_bytes_for_a_mistake():
    assert codes(files.png(), "image/gif", "image") == [("content.type", "CONTENT_TYPE_DIFFERS")]
    assert codes(files.text_stl(), "model/3mf", "model") == [("content.type", "CONTENT_TYPE_DIFFERS")]
    [fault] = look_at(files.png(), "text/html", "image")[1]
    assert (fault.message, fault.suggestion) == ("The content is image/png, not text/html.", "image/png")


def test_it_takes_no_picture_for_a_model_and_no_content_for_a_video():
    assert codes(files.png(), "image/png", "model") == [("content.base64_encoded_data", "CONTENT_NOT_TAKEN")]
    assert codes(files.png(), "image/png", "external-video") == [("content", "CONTENT_NOT_TAKEN")]


@pytest.mark.parametrize(
    "text", ["=", "A", "AAA", "AA\nA=", " AAAA", "AAAA=", "AA-_", "äöü=", "data:image/png;base64,AAAA", "AA==AA=="]
)
def test_it_reads_strict_base64_only(text: str):
    found, faults = examined({"base64_encoded_data": text, "type": "image/png", "name": "a"}, "image", LIMIT)
    assert (found, [fault.code for fault in faults]) == (None, ["NOT_BASE64"])


def test_it_counts_decoded_bytes_and_none_too_many():
    data = files.png()
    assert look_at(data, "image/png", "image", len(data))[1] == []
    for limit in (len(data) - 1, len(data) - 2, len(data) - 3, 0):
        assert codes(data, "image/png", "image", limit) == [("content.base64_encoded_data", "CONTENT_TOO_LARGE")]


def test_it_decodes_nothing_that_is_too_long_anyway(monkeypatch: Any):
    decoded = []
    monkeypatch.setattr(base64, "b64decode", lambda *args, **kwargs: decoded.append(args))
    assert codes(b"a" * 1000, "image/png", "image", 100)[0][1] == "CONTENT_TOO_LARGE"
    assert decoded == []


def test_it_unpacks_no_bomb(monkeypatch: Any):
    data = files.bomb(201)
    assert len(data) < 1_000_000
    opened = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args, **kwargs: opened.append(args))
    assert codes(data, "model/3mf", "model") == [("content.base64_encoded_data", "CONTENT_TOO_LARGE")]
    assert opened == []


def test_it_reads_no_more_of_a_part_than_tells_what_it_is(monkeypatch: Any):
    read = []
    original = zipfile.ZipExtFile.read

    def counted(part: zipfile.ZipExtFile, size: int = -1) -> bytes:
        read.append(len(body := original(part, size)))
        return body

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    liar = files.lying(files.threemf(**{"3D/3dmodel.model": MODEL + b" " * 50_000_000}), "3D/3dmodel.model", 1000)
    look_at(liar, "model/3mf", "model")
    assert read
    assert max(read) <= formats.PART_READ_BYTES


def test_it_opens_no_zip_of_too_many_parts(monkeypatch: Any):
    crowd = files.zipped({**PARTS, **{f"{number}": b"" for number in range(formats.MAX_PARTS)}})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert codes(crowd, "model/3mf", "model") == [("content.base64_encoded_data", "CONTENT_TOO_LARGE")]


@pytest.mark.parametrize("seed", range(4))
def test_it_has_an_answer_for_every_broken_file(seed: int):
    chance = random.Random(seed)
    for _ in range(250):
        data = bytearray(chance.choice([files.threemf(), files.zipped(PARTS, zipfile.ZIP_STORED)]))
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(4, len(data))] = chance.choice([0, 255, chance.randrange(256)])
        found, faults = look_at(bytes(data), "model/3mf", "model")
        assert (found is None) == bool(faults)
