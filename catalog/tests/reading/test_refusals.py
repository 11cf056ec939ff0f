"""Files that cannot be read: each gets a sentence, quickly and in little memory, whoever made it and why."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.tests.reading.bad_files import BAD_FILES, HEADER
from catalog.tests.reading.sheets import all_rows, kept, read, workbook
from catalog.uploads.reading import Unreadable, formats, workbooks

# Files are read before any database is asked: once is enough.
pytestmark = pytest.mark.sqlite
SECONDS, MEGABYTES = 6, 200


@pytest.mark.trust(case="hostile files uploaded", expects="each refused with a sentence")
@pytest.mark.parametrize("case", BAD_FILES)
def test_it_refuses_a_file_with_a_sentence(tmp_path, case):
    name, content, expected = BAD_FILES[case]
    with pytest.raises(Unreadable) as refused:
        all_rows(kept(tmp_path, name, content))
    assert expected in str(refused.value)


PROBE = """
import json, pathlib, resource, sys, time
from catalog.uploads.reading import Unreadable, detect, rows
def megabytes(who): return resource.getrusage(who).ru_maxrss / 1024
before, slowest = megabytes(resource.RUSAGE_SELF), 0
for path in map(pathlib.Path, sys.argv[1:]):
    started = time.process_time()
    try:
        list(rows(path, detect(path, path.name.partition("-")[2])))
        sys.exit(f"{path.name} was read")
    except Unreadable:
        slowest = max(slowest, time.process_time() - started)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": slowest, "own": megabytes(resource.RUSAGE_SELF) - before,
                  "reader": megabytes(resource.RUSAGE_CHILDREN), "readers": children.ru_utime + children.ru_stime}))
"""


@pytest.mark.trust(case="hostile files, time and memory", expects="refused in under 6 seconds and 200 MB")
def test_it_refuses_every_one_of_them_in_seconds_and_little_memory(tmp_path):
    paths = [kept(tmp_path, f"{at}-{name}", content) for at, (name, content, _) in enumerate(BAD_FILES.values())]
    probe = subprocess.run([sys.executable, "-c", PROBE, *paths], capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr
    spent = json.loads(probe.stdout)
    workbooks_among = sum(name.endswith(".xlsx") for name, _, _ in BAD_FILES.values())
    assert spent["seconds"] < SECONDS
    assert spent["readers"] < SECONDS * workbooks_among
    assert max(spent["own"], spent["reader"]) < MEGABYTES


def test_the_reader_of_workbooks_needs_nothing_of_the_shop():
    """It starts without Django, whose settings and connections a reader of strangers' files has no business with."""
    probe = "import runpy, sys; runpy.run_path(sys.argv[1]); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", probe, str(workbooks.READER)], check=False).returncode == 0


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl"])
def test_it_refuses_more_rows_than_it_takes(tmp_path, monkeypatch, name):
    monkeypatch.setattr(formats, "MAX_ROWS", 2)
    contents = {"a.csv": b"id\na\nb\nc\n", "a.json": b"[{},{},{}]", "a.jsonl": b"{}\n{}\n{}\n"}
    with pytest.raises(Unreadable, match="has more than 2 rows"):
        all_rows(kept(tmp_path, name, contents[name]))


def test_it_refuses_a_file_larger_than_it_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 1_000_000)
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        all_rows(kept(tmp_path, "a.csv", b"id\n" + b"a\n" * 500_000))


def commands() -> Iterator[str]:
    """What the processes of this machine were called with."""
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield told.read_text(errors="replace")


def test_who_stops_reading_stops_the_reader_of_a_workbook(tmp_path):
    path = kept(tmp_path, "a.xlsx", workbook(["id"], *([f"sku-{n}"] for n in range(20_000))))
    found = workbooks.workbook_rows(path)
    assert next(found) == (1, ["id"])
    found.close()
    assert not [command for command in commands() if str(path) in command]


def test_rows_before_a_fault_are_given(tmp_path):
    path = kept(tmp_path, "a.csv", HEADER + b"a,b,1\n" * 1000 + b'a,"b')
    with pytest.raises(Unreadable, match="Row 1002"):
        read(path)
