"""The encoding of a text: what its byte order mark says, else UTF-8, else Windows-1252 where nothing else is possible.

The whole file is decoded once, a block at a time, so that nothing is found out in the middle of an import.
"""

import codecs
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from catalog.uploads.reading.formats import Unreadable

BLOCK = 1 << 20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


class Undecodable(Exception):
    """Bytes that the encoding does not have: the line where they stand, and whether others before it were more than
    ASCII."""

    def __init__(self, line: int, beyond_ascii: bool) -> None:
        super().__init__(line)
        self.line, self.beyond_ascii = line, beyond_ascii


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, BLOCK), b"")


def decode(path: Path, encoding: str) -> None:
    """Decode a file and keep nothing. Raises `Undecodable`, and `Unreadable` where a NUL character stands."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, beyond_ascii, ended = 1, False, False
    source = blocks(path)
    while not ended:
        block = next(source, b"")
        ended = not block
        try:
            text = decoder.decode(block, ended)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "ignore")
            raise Undecodable(line + before.count("\n"), beyond_ascii or not before.isascii()) from error
        if "\0" in text:
            line += text[: text.index("\0")].count("\n")
            raise Unreadable(f"Line {line} holds a NUL character; the file is damaged or not a text.")
        line += text.count("\n")
        beyond_ascii = beyond_ascii or not text.isascii()


def expected(head: bytes) -> str:
    """The encoding that the first bytes speak for."""
    if head.startswith(UTF_32):
        raise Unreadable("The file is encoded in UTF-32; save it as UTF-8.")
    if head.startswith(UTF_16):
        return "utf-16"
    if b"\0" in head:
        raise Unreadable("The file seems to be UTF-16 or UTF-32 without a byte order mark; save it as UTF-8.")
    return "utf-8-sig"


def encoding_of(path: Path) -> str:
    """The encoding in which the whole of a text can be read. Raises `Unreadable`."""
    with path.open("rb") as file:
        encoding = expected(file.read(4))
    try:
        decode(path, encoding)
    except Undecodable as error:
        # A text that was UTF-8 so far is damaged; it did not turn into another one.
        if encoding != "utf-8-sig" or error.beyond_ascii:
            raise Unreadable(f"Line {error.line} is not {NAMES[encoding]}, as which the file begins.") from error
        encoding = "cp1252"
        try:
            decode(path, encoding)
        except Undecodable as again:
            raise Unreadable(
                f"Line {again.line} is neither UTF-8 nor Windows-1252; save the file as “CSV UTF-8”."
            ) from again
    return encoding
