"""Reading whatever there may be: files of any content, tables of any text, and files of any length."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.tests.reading.sheets import all_rows, kept, text_cell, with_rows
from catalog.uploads.reading import Unreadable
from catalog.uploads.reading.formats import blank

# Files are read before any database is asked: once is enough.
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.trust(
        case="files and tables of any content",
        expects="read as written, or refused with a sentence; memory does not grow with the rows",
    ),
]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")
CELLS = st.text(CHARACTERS, max_size=12)
FRAGMENTS = st.sampled_from(
    [b'"', b",", b";", b"\n", b"\r\n", b"id", b"[", b"]", b"{", b"}", b":", b"\\", b'{"id":"a"}', b'"skus"', b"null",
     b"\xff", b"\0", "ä".encode(), b" ", b"1e5", b"\xef\xbb\xbf", b"\xff\xfe"]
)  # fmt: skip
ELEMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS, inner, max_size=3),
    max_leaves=12,
)


def read_bytes(name: str, content: bytes) -> list[tuple[int, Any]]:
    with TemporaryDirectory() as folder:
        return all_rows(kept(Path(folder), name, content))


@given(
    st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl"]), st.lists(FRAGMENTS | st.binary(max_size=5)).map(b"".join)
)
@settings(max_examples=300, deadline=None)
def test_any_file_is_read_or_refused_with_a_sentence(name, content):
    with suppress(Unreadable):
        assert read_bytes(name, content)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    # What quotes no lone carriage return must end its lines with one.
    st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
)
@settings(max_examples=200, deadline=None)
def test_any_table_is_read_as_it_was_written(table, delimiter, encoding, style):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=style[0], lineterminator=style[1])
    writer.writerows([["id", "name", "material"], *table])
    expected = [(at, row) for at, row in enumerate(table, 2) if not all(map(blank, row))]
    if expected:
        assert read_bytes("a.csv", text.getvalue().encode(encoding)) == expected


@given(st.lists(ELEMENTS, min_size=1, max_size=6), st.booleans(), st.sampled_from([None, 1, "\t"]))
@settings(max_examples=200, deadline=None)
def test_any_list_of_json_is_split_as_a_parser_would(elements, wrapped, indent):
    written = json.dumps({"skus": elements} if wrapped else elements, indent=indent, ensure_ascii=False)
    assert read_bytes("a.json", written.encode()) == list(enumerate(elements, 1))


# --- Memory -----------------------------------------------------------------------------------------------------------
PROBE = """
import json, pathlib, resource, sys
from catalog.uploads.reading import detect, guess, raws, rows
def megabytes(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def count(path):
    form = detect(path, path.name)
    return sum(1 for row in raws(rows(path, form), form, guess(form.columns)))
few, many = map(pathlib.Path, sys.argv[1:])
found = count(few)
before = megabytes()
print(json.dumps([found, count(many), megabytes() - before]))
"""
FEW, MANY = 5_000, 150_000


def csv_of(count: int) -> Iterator[bytes]:
    yield b"id,name,basePrice\n"
    yield from (b"sku-%d,Thing number %d,%d.50\n" % (at, at, at) for at in range(count))


def json_of(count: int) -> Iterator[bytes]:
    yield b"["
    yield from (b'{"id":"sku-%d","name":"Thing number %d"},' % (at, at) for at in range(count))
    yield b"{}]"


def lines_of(count: int) -> Iterator[bytes]:
    return (orjson.dumps({"id": f"sku-{at}", "name": "x" * 50}) + b"\n" for at in range(count))


def workbook_of(count: int) -> Iterator[bytes]:
    cells = (text_cell(f"A{at}", f"sku-{at}") + text_cell(f"B{at}", f"Thing {at}") for at in range(2, count + 2))
    yield with_rows("".join(f"<row>{row}</row>" for row in cells))


@pytest.mark.parametrize(
    ("suffix", "content"), [("csv", csv_of), ("json", json_of), ("jsonl", lines_of), ("xlsx", workbook_of)]
)
def test_memory_does_not_grow_with_the_rows(tmp_path, suffix, content):
    paths = [kept(tmp_path, f"{count}.{suffix}", b"".join(content(count))) for count in (FEW, MANY)]
    probe = subprocess.run([sys.executable, "-c", PROBE, *paths], capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr
    few, many, grown = json.loads(probe.stdout)
    assert (few, many) == ((FEW, MANY) if suffix != "json" else (FEW + 1, MANY + 1))
    assert grown < 8
