"""How files of some formats are told by their bytes.

Pictures by their signatures; STL by its count of triangles or its keywords; 3MF (3D Manufacturing Format, core
specification 1.3) as a zip whose relationships name a 3D model.
"""

import io
import re
import struct
import zipfile
import zlib

MAX_PARTS = 1_000
MAX_UNPACKED_BYTES = 200_000_000
# As much of a part as tells what it is; what the zip says of its length is not believed either.
PART_READ_BYTES = 65_536
PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, LookupError, EOFError, OSError, ValueError, RuntimeError,
          OverflowError)  # fmt: skip
STL_HEADER, STL_TRIANGLE = 84, 50
STL_WORDS = frozenset([b"solid", b"facet", b"outer", b"vertex", b"endloop", b"endfacet", b"endsolid"])
MODEL_RELATION = b"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
RELATIONSHIP = re.compile(rb"<Relationship\s[^>]{0,2000}>")
TARGET = re.compile(rb"""\sTarget\s*=\s*["']/?([^"']{1,255})["']""")


class Unfit(Exception):
    """The content cannot be kept; `code` and the text say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# --- Pictures ----------------------------------------------------------------------------------------------------
def is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")


def is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff")


def is_gif(data: bytes) -> bool:
    return data.startswith((b"GIF87a", b"GIF89a")) and len(data) > 13


def is_webp(data: bytes) -> bool:
    length = int.from_bytes(data[4:8], "little")
    known = data[8:16] in (b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X")
    return data.startswith(b"RIFF") and known and length + 8 == len(data)


# --- Models ------------------------------------------------------------------------------------------------------
def is_binary_stl(data: bytes) -> bool:
    """The only rule of this format: its length follows from the number of triangles."""
    triangles = int.from_bytes(data[80:84], "little")
    return triangles > 0 and len(data) == STL_HEADER + STL_TRIANGLE * triangles


def is_text_stl(data: bytes) -> bool:
    """Nothing but the words of the format at the beginnings of its lines, and one triangle at least."""
    if not data.lstrip().startswith(b"solid") or b"\x00" in data:
        return False
    word, triangles = b"", 0
    for word in (words[0] for line in io.BytesIO(data) if (words := line.split(None, 1))):
        if word not in STL_WORDS:
            return False
        triangles += word == b"endfacet"
    return word == b"endsolid" and triangles > 0


def is_stl(data: bytes) -> bool:
    return is_binary_stl(data) or is_text_stl(data)


def begins(archive: zipfile.ZipFile, name: str) -> bytes:
    """The first bytes of a part."""
    with archive.open(name) as part:
        return part.read(PART_READ_BYTES)


def check_parts(archive: zipfile.ZipFile) -> None:
    """Raises `Unfit` for a zip that unpacks to more than anybody should open, `BadZipFile` for a foreign packing."""
    parts = archive.infolist()
    if any(part.compress_type not in PACKINGS for part in parts):
        raise zipfile.BadZipFile
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        rule = f"at most {MAX_PARTS:,} parts and {MAX_UNPACKED_BYTES // 1_000_000} MB unpacked"
        raise Unfit("CONTENT_TOO_LARGE", f"A 3MF file may have {rule}.")


def model_part(archive: zipfile.ZipFile) -> str | None:
    """The part that the package's relationships call its 3D model."""
    relations = RELATIONSHIP.findall(begins(archive, "_rels/.rels"))
    targets = (TARGET.search(one) for one in relations if MODEL_RELATION in one)
    return next((found[1].decode("ascii", "replace") for found in targets if found), None)


def is_3mf(data: bytes) -> bool:
    """Raises `Unfit` for one that unpacks to too much."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    # Opening a zip makes an object for each of its entries: they are counted first.
    if data.count(b"PK\x01\x02") > MAX_PARTS:
        raise Unfit("CONTENT_TOO_LARGE", f"A 3MF file may have at most {MAX_PARTS:,} parts.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_parts(archive)
            part = model_part(archive)
            return part is not None and b"<model" in begins(archive, part)
    except BROKEN:
        # Broken, encrypted, packed in a way we do not read, or without the parts that make it a 3MF file.
        return False
