"""Files as people send them, and some that nobody should: bytes made here, byte by byte."""

import base64
import io
import struct
import zipfile
import zlib
from typing import Any

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
RELATIONS = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    b'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
MODEL = b'<?xml version="1.0"?><model unit="millimeter"><resources/><build/></model>'
PARTS = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": RELATIONS, "3D/3dmodel.model": MODEL}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png() -> bytes:
    """One red pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def gif() -> bytes:
    """The same as GIF."""
    colours, frame = b"\xff\x00\x00\x00\x00\x00", b",\x00\x00\x00\x00\x01\x00\x01\x00\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + colours + frame + b"\x02\x02D\x01\x00;"


def webp() -> bytes:
    body = b"WEBPVP8L" + struct.pack("<I", 8) + b"\x2f\x00\x00\x00\x00\x00\x00\x00"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def binary_stl(triangles: int = 2, header: bytes = b"") -> bytes:
    return header.ljust(80, b"\x00") + struct.pack("<I", triangles) + b"\x00" * 50 * triangles


def text_stl(name: str = "cube") -> bytes:
    facet = "facet normal 0 0 1\n outer loop\n" + "  vertex 0 0 0\n" * 3 + " endloop\nendfacet\n"
    return f"solid {name}\n{facet}endsolid {name}\n".encode()


def zipped(parts: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return packed.getvalue()


def threemf(**extra: bytes) -> bytes:
    return zipped({**PARTS, **extra})


def bomb(megabytes: int) -> bytes:
    """A 3MF file that is small only as long as nobody unpacks it."""
    return threemf(**{"3D/other.model": b"\x00" * (megabytes * 1_000_000)})


def lying(data: bytes, part: str, length: int) -> bytes:
    """The same zip, saying that the part unpacks to that length."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        told = struct.pack("<I", archive.getinfo(part).file_size)
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(part.encode()))
    assert data[entry + 24 : entry + 28] == told
    return data[: entry + 24] + struct.pack("<I", length) + data[entry + 28 :]


def content(data: bytes, kind: str, name: str = "cube") -> dict[str, Any]:
    """A file on the wire."""
    return {"base64_encoded_data": base64.b64encode(data).decode(), "type": kind, "name": name}
