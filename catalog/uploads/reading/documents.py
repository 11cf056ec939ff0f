"""Elements of JSON, one after another: a list of any length is never held as a whole."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from catalog.uploads.reading.formats import MAX_RECORD, Numbered, Unreadable
from printshop.api import strict_json
from printshop.api.refusals import Refused

BLOCK = 1 << 18
DEPTH = 16
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NO_LIST = 'The file must hold a list of SKUs, or an object {"skus": […]}.'
STRING = rb'"(?:[^"\\]++|\\.)*+"'
HEAD = re.compile(rb"\s*(?:\{\s*(" + STRING + rb")\s*:\s*)?", re.DOTALL)
EMPTY = re.compile(rb"\s*\]")


def nested(depth: int) -> bytes:
    """An object or list in which others are nested so deep at most. Brackets are paired by the parser, not here."""
    pattern = b""
    for _ in range(depth):
        pattern = rb'[{\[](?:[^{}\[\]"]++|' + STRING + (b"|" + pattern if pattern else b"") + rb")*+[}\]]"
    return pattern


# A whole element, and the comma or bracket behind it. Possessive throughout: it never tries a second way.
ELEMENT = re.compile(rb'((?:[^{}\[\]",]++|' + STRING + rb"|" + nested(DEPTH) + rb")++)([,\]])", re.DOTALL)


def json_of(content: bytes, place: str) -> Any:
    """One JSON text. Raises `Unreadable` with a sentence that begins with the place."""
    try:
        return strict_json.loads(content)
    except Refused as refused:
        fault = refused.faults[0][1]
        where = f" (at {fault.path})" if fault.path else ""
        raise Unreadable(f"{fault.message.replace('The body', place)}{where}") from refused


class Buffer:
    """The part of a file that is being looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.content, self.at, self.ended = file.read(BLOCK).removeprefix(BYTE_ORDER_MARK), 0, False

    def more(self) -> bool:
        """Let go of what was read, and take as much again as is left; whether there was any."""
        rest = self.content[self.at :]
        block = self.file.read(max(BLOCK, len(rest)))
        self.content, self.at, self.ended = rest + block, 0, not block
        return not self.ended

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The pattern at this place, which is then passed; what is longer than a record may be is never found."""
        while True:
            if found := pattern.match(self.content, self.at):
                self.at = found.end()
                return found
            if len(self.content) - self.at > MAX_RECORD or not self.more():
                return None

    def rest(self) -> bytes:
        return self.content[self.at : self.at + MAX_RECORD]


def enter_list(buffer: Buffer) -> bytes:
    """Go to the first element; what has to stand behind the list."""
    head = buffer.match(HEAD)
    key = head[1] if head else None
    if key is not None and (named := json_of(key, "A key")) != "skus":
        raise Unreadable(f"{NO_LIST} This one holds {named[:100]}; SKUs on a line each are a .jsonl file.")
    if buffer.content[buffer.at : buffer.at + 1] != b"[":
        raise Unreadable(NO_LIST)
    buffer.at += 1
    return b"" if key is None else b"}"


def leave_list(buffer: Buffer, closing: bytes) -> None:
    """Make sure that nothing stands behind the list."""
    while len(buffer.rest()) < MAX_RECORD and buffer.more():
        pass
    rest = buffer.rest().strip()
    if closing and (other := re.match(rb",\s*(" + STRING + rb")", rest, re.DOTALL)):
        named = json_of(other[1], "A key")
        raise Unreadable(f"Beside skus the file holds {named[:100]}; how to import is chosen in the form alone.")
    if rest != closing:
        raise Unreadable("The file is not valid JSON: something stands behind the list of SKUs.")


def is_too_deep(content: bytes) -> bool:
    """Whether brackets outside of texts are nested deeper than they may be."""
    level = 0
    for bracket in re.finditer(STRING + rb"|[{\[\]}]", content, re.DOTALL):
        level += bracket[0] in (b"{", b"[")
        level -= bracket[0] in (b"}", b"]")
        if level > DEPTH:
            return True
    return False


def unfinished(buffer: Buffer, number: int) -> Unreadable:
    """Why no element could be read at this place."""
    rest = buffer.rest()
    if is_too_deep(rest):
        return Unreadable(f"Element {number} is nested more than {DEPTH} levels deep.")
    if len(rest) == MAX_RECORD:
        return Unreadable(f"Element {number} is longer than {MAX_RECORD:,} bytes.")
    try:
        json_of(rest.strip() or b",", f"Element {number}")
    except Unreadable as error:
        return error
    return Unreadable("The file is not valid JSON: the list of SKUs is never closed.")


def elements(buffer: Buffer) -> Iterator[bytes]:
    """The elements of a list up to its end, uncompared with the grammar of JSON."""
    if EMPTY.match(buffer.content, buffer.at):
        buffer.match(EMPTY)
        return
    for number in count(1):
        element = buffer.match(ELEMENT)
        if element is None:
            raise unfinished(buffer, number)
        yield element[1]
        if element[2] == b"]":
            return


def json_elements(path: Path) -> Iterator[Numbered]:
    """The SKUs of a list, or of an object that holds it as `skus`; each with its number."""
    with path.open("rb") as file:
        buffer = Buffer(file)
        closing = enter_list(buffer)
        for number, element in enumerate(elements(buffer), 1):
            yield number, json_of(element, f"Element {number}")
        leave_list(buffer, closing)


def json_lines(path: Path) -> Iterator[Numbered]:
    """One SKU on each line."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_RECORD + 1), b""), 1):
            if len(line) > MAX_RECORD:
                raise Unreadable(f"Line {number} is longer than {MAX_RECORD:,} bytes.")
            line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if line.strip():
                yield number, json_of(line, f"Line {number}")
