"""Uploads of many rows through a real web server and a real worker: from the file to the preview, and to the catalogue.

One row in twenty is faulty, one in ten of the others changes a SKU or makes one, the rest say what is known already;
in the last file every row changes its SKU.
Orders are posted all the while; the longest of them is what a customer waited. Memory is the peak of each process.
"""

import http.client
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from benchmarks.draining import until, workers
from benchmarks.machine import field_of
from benchmarks.ports import answers, free_port
from catalog.models import SKU, Upload
from catalog.states import BUSY
from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.testing import house, make_customers, make_skus

FORM = "/admin/catalog/sku/upload/"
BOUNDARY = "benchmark-boundary"
WITHIN = 1_800
ROW = "{:<44}{:>12}{:>14}{:>14}{:>12}{:>18}"


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    """A web server as the demo starts it; its port and process."""
    port = free_port()
    command = ["waitress", f"--listen=127.0.0.1:{port}", "--threads=8", "printshop.wsgi:application"]
    environment = {**os.environ, "RATE_LIMITS": "off", "ALLOWED_HOSTS": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), 30, "the web server did not start")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def peak(pid: int) -> int:
    """The most memory that a process has had, in MB."""
    return int(field_of(f"/proc/{pid}/status", "VmHWM").split()[0]) // 1024


def worker_pid() -> int:
    found = subprocess.run(["pgrep", "-n", "-f", "manage.py run_worker"], capture_output=True, text=True, check=True)
    return int(found.stdout)


# --- Files ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Kind:
    """A file: its mode, and which of its rows are as the catalogue has them, have another price or are faulty."""

    title: str
    mode: str
    price: Callable[[int], str]


def known_price(number: int) -> str:
    return f"{10 + number % 50}.50"


def dearer_each_tenth(number: int) -> str:
    return known_price(number) if number % 10 else f"{60 + number % 50}.50"


# A replace happens whole or not at all, so its files have no faults.
KINDS = (
    Kind("upsert", "upsert", lambda number: "dear" if number % 20 == 7 else dearer_each_tenth(number)),
    Kind("replace", "replace", dearer_each_tenth),
    Kind("replace, all changed", "replace", lambda number: f"{110 + number % 50}.50"),
)


def line(number: int, price: str) -> str:
    return f"sku-{number:07d},Bracket {number},fdm_standard,PLA,{45 + number % 90},12.5,{price}\n"


def write_file(path: Path, rows: int, kind: Kind) -> int:
    """The file; its size in MB."""
    with path.open("w") as file:
        file.write("id,name,machineType,material,estimatedPrintTime,estimatedMaterialGrams,basePrice\n")
        # What customers order stays in the catalogue.
        file.write("sold-0001,A cube,,,,,\n")
        file.writelines(line(number, kind.price(number)) for number in range(rows - 1))
    return path.stat().st_size // 1_000_000


def known_skus(rows: int) -> None:
    """The catalogue before: all but the last twentieth of the file."""
    fields = {"machine_type": "fdm_standard", "material": "PLA", "estimated_material_grams": 12.5}
    for first in range(0, rows - rows // 20, 20_000):
        numbers = range(first, min(first + 20_000, rows - rows // 20))
        made = make_skus(1, prefix=f"pattern-{first}", **fields)
        pattern = SKU.objects.get(pk=made[0])
        SKU.objects.bulk_create(copy_of(pattern, number) for number in numbers)


def copy_of(pattern: SKU, number: int) -> SKU:
    values = {one.attname: getattr(pattern, one.attname) for one in SKU._meta.concrete_fields}
    own = {"id": f"sku-{number:07d}", "name": f"Bracket {number}", "estimated_print_time": 45 + number % 90}
    return SKU(**{**values, **own, "base_price": 1050 + number % 50 * 100})


# --- A person at a browser --------------------------------------------------------------------------------------------
@dataclass
class Person:
    """Somebody signed in."""

    port: int
    cookies: str

    @classmethod
    def signed_in(cls, port: int) -> "Person":
        user, _ = User.objects.get_or_create(username="benchmark", is_staff=True, is_superuser=True)
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.create()
        token = secrets.token_hex(16)
        return cls(port, f"sessionid={session.session_key}; csrftoken={token}")

    def send(self, path: str, body: Any, content_type: str, length: int) -> str:
        """Post a form; where it leads."""
        connected = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN)
        token = self.cookies.rpartition("=")[2]
        headers = {"Cookie": self.cookies, "X-CSRFToken": token, "Content-Type": content_type}
        connected.request("POST", path, body, {**headers, "Content-Length": str(length)})
        answer = connected.getresponse()
        answer.read()
        if answer.status != 302:
            raise RuntimeError(f"{path} answered {answer.status}")
        return answer.headers["Location"]

    def upload(self, path: Path, mode: str) -> UUID:
        """Choose a file; the upload's reference."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="mode"\r\n\r\n{mode}\r\n--{BOUNDARY}\r\n'
            f'Content-Disposition: form-data; name="file"; filename="{path.name}"\r\nContent-Type: text/csv\r\n\r\n'
        ).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def pieces() -> Iterator[bytes]:
            yield head
            with path.open("rb") as file:
                yield from iter(lambda: file.read(1 << 16), b"")
            yield tail

        length = len(head) + path.stat().st_size + len(tail)
        return UUID(self.send(FORM, pieces(), f"multipart/form-data; boundary={BOUNDARY}", length).split("/")[-2])

    def confirm(self, upload: Upload) -> None:
        assert upload.checked_from is not None
        plan = upload.checked_from.isoformat().replace("+", "%2B")
        body = f"plan={plan}&policy=partial&typed={upload.counts.get('deactivated', 0)}".encode()
        self.send(f"{FORM}{upload.pk}/", body, "application/x-www-form-urlencoded", len(body))


@dataclass
class Customers:
    """Orders, one after another, for as long as it lasts; how long each took."""

    port: int
    secret: str
    waits: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        order = {"customerId": "cust-001", "lineItems": [{"skuId": "sold-0001", "quantity": 1}]}
        body = orjson.dumps({"orders": [order]})
        headers = {"X-API-Key": self.secret, "Content-Type": "application/json"}
        while not self.over.is_set():
            began = time.perf_counter()
            connected = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connected.request("POST", "/api/orders/bulk", body, headers)
            if (answer := connected.getresponse()).status != 201:
                raise RuntimeError(f"an order was answered {answer.status}")
            connected.close()
            self.waits.append(time.perf_counter() - began)
            time.sleep(0.05)

    @contextmanager
    def ordering(self) -> Iterator[None]:
        thread = threading.Thread(target=self.go_on)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()


def settled(reference: UUID) -> Upload:
    """The upload, once nobody has to do anything about it but the person."""
    seen: Callable[[], bool] = lambda: Upload.objects.get(pk=reference).state not in BUSY  # noqa: E731
    until(seen, WITHIN, "the upload did not come to an end")
    return Upload.objects.get(pk=reference)


def measure(rows: int, kind: Kind, port: int, pids: tuple[int, int], secret: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "skus.csv")
        size = write_file(path, rows, kind)
        person, customers = Person.signed_in(port), Customers(port, secret)
        with customers.ordering():
            began = time.perf_counter()
            upload = settled(person.upload(path, kind.mode))
            previewed = time.perf_counter()
            person.confirm(upload)
            done = settled(upload.pk)
            applied = time.perf_counter()
    if done.state != "applied":
        raise RuntimeError(f"the upload is {done.state}: {done.problem} {done.changed}")
    took = f"{previewed - began:.1f} s", f"{applied - previewed:.1f} s"
    memory = "/".join(f"{peak(pid)}" for pid in pids)
    longest = f"{max(customers.waits) * 1000:,.0f} ms of {len(customers.waits):,}"
    print(ROW.format(f"{rows:,} rows, {kind.title}", *took, memory, f"{size} MB", longest))


def show(rows: int) -> None:
    print(ROW.format("", "to preview", "to catalogue", "MB web/worker", "file", "longest order"))
    make_customers()
    make_skus(1, prefix="sold")
    _, secret = issue(house(), "benchmark", Role.ADMIN)
    known_skus(rows)
    with web() as (port, web_pid), workers(1):
        for kind in KINDS:
            measure(rows, kind, port, (web_pid, worker_pid()), secret)
