"""Files of SKUs with faults, imported by ours and by the floor: fresh, a tenth changed, unchanged.

The section `imports` of the command. Ours is what a worker does of a file that somebody has sent: read, judge and stage
every row, then, as if confirmed at once, bring it into the catalogue. Processor time is that of this process and of the
database's server processes; wall-clock time means something on a quiet machine only. Memory is the peak of this
process during the import.
"""

import gc
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from django.core.files.base import File
from django.db import connection

from benchmarks.clocks import processor
from benchmarks.machine import field_of
from benchmarks.measure import prepare
from benchmarks.options import parse

if TYPE_CHECKING:
    from benchmarks.same import Rows
    from catalog.models import Upload

HEADER = "id,name,machineType,material,estimatedPrintTime,estimatedMaterialGrams,basePrice\n"
CASES = {"fresh": 1.5, "10 % changed": 2.0, "unchanged": 2.0}
FEW, LARGE, AIM_OF_LARGE = 400, 1_000_000, 1.7
ROW = "{:<26}{:>26}{:>26}{:>26}{:>18}{:>8}{:>7}{:>14}"
HEAD = ("", "ours: clock", "ours: client + server", "floor: client + server", "floor: clock", "ratio", "aim", "peak MB")


# --- Files ------------------------------------------------------------------------------------------------------------
def cells_of(prefix: str, number: int, price: int) -> list[str]:
    """A row that has no fault."""
    minutes, dollars = str(45 + number % 90), f"{price}.50"
    return [f"{prefix}-{number:07d}", f"Bracket {number}", "fdm_standard", "PLA", minutes, "12.5", dollars]


def spoilt(cells: list[str], before: str, kind: int) -> list[str]:
    """The same with one of four faults: a price, a machine, a time, or the id of the row before."""
    wrong = {6: "dear"}, {2: "fdm_giant"}, {4: "-5"}, {0: before}
    return [wrong[kind].get(position, cell) for position, cell in enumerate(cells)]


def rows_of(prefix: str, rows: int, price: int) -> Iterator[str]:
    """Lines of a file: each tenth has the price, each twentieth a fault."""
    before = ""
    for number in range(rows):
        cells = cells_of(prefix, number, price if number % 10 == 0 else 10 + number % 50)
        yield ",".join(spoilt(cells, before, number // 20 % 4) if number % 20 == 7 else cells) + "\n"
        before = cells[0]


@dataclass
class Catalogue:
    """What the files are about. Each import has a time of its own, an hour after the one before."""

    folder: Path
    rows: int
    serial: "count[int]" = field(default_factory=lambda: count(1))
    price: int = 100

    def list_all(self) -> None:
        """The SKUs that files change or repeat, faulty rows too."""
        from catalog.models import SKU

        at = datetime(2026, 1, 1, tzinfo=UTC)
        for first in range(0, self.rows, 10_000):
            numbers = range(first, min(first + 10_000, self.rows))
            SKU.objects.bulk_create(self.sku(number, at) for number in numbers)

    def sku(self, number: int, at: datetime) -> Any:
        from catalog.models import SKU

        sku_id, name, machine_type, material, minutes, grams, _ = cells_of("listed", number, 0)
        price = self.price if number % 10 == 0 else 10 + number % 50
        return SKU(id=sku_id, name=name, machine_type=machine_type, material=material, base_price=price * 100 + 50,
                   estimated_print_time=int(minutes), estimated_material_grams=float(grams), created_at=at,
                   updated_at=at)  # fmt: skip

    def work(self, case: str) -> "Work":
        """The next file of a kind, sent and waiting for a worker."""
        number = next(self.serial)
        self.price += case == "10 % changed"
        path = self.folder / "skus.csv"
        prefix = f"fresh{number}" if case == "fresh" else "listed"
        with path.open("w") as file:
            file.write(HEADER)
            file.writelines(rows_of(prefix, self.rows, self.price))
        return Work(path, received(path), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number))


def received(path: Path) -> "Upload":
    from django.contrib.auth.models import User

    from catalog.models import Upload
    from catalog.states import UploadState
    from catalog.uploads.receiving import made, receive

    user, _ = User.objects.get_or_create(username="benchmark", is_staff=True, is_superuser=True)
    with path.open("rb") as file:
        upload = receive(File(file), made(user.pk, path.name, "upsert", None, datetime.now(UTC)))
    Upload.objects.filter(pk=upload.pk).move(UploadState.CHECKING)
    upload.refresh_from_db()
    return upload


@dataclass(frozen=True, slots=True)
class Work:
    """One import: the file, its record, and the time it has."""

    path: Path
    upload: "Upload"
    at: datetime


# --- Contenders -------------------------------------------------------------------------------------------------------
class Contender(Protocol):
    """Somebody who imports a file, or raises."""

    def run(self, work: Work) -> None: ...


class Ours:
    """What a worker does, once when the file has come and once when it is confirmed."""

    def run(self, work: Work) -> None:
        from catalog.models import Upload
        from catalog.states import UploadState
        from catalog.uploads.applying import apply
        from catalog.uploads.checking import check
        from catalog.uploads.leases import take
        from printshop.api.people import actor_of

        upload, actor = work.upload, actor_of(work.upload.user)
        check(take(upload), actor, lambda: work.at)
        Upload.objects.filter(pk=upload.pk).move(UploadState.APPLYING, policy="partial")
        upload.refresh_from_db()
        apply(take(upload), actor, lambda: work.at)
        upload.refresh_from_db()
        if upload.state != UploadState.APPLIED:
            raise RuntimeError(f"the upload is {upload.state}: {upload.problem}{upload.changed}")


class Floor:
    """The hand-written SQL of this database."""

    def __init__(self) -> None:
        if connection.vendor == "postgresql":
            from benchmarks import floor_imports_postgresql as floor
        else:
            from benchmarks import floor_imports_sqlite as floor  # type: ignore[no-redef]
        self.floor = floor.Floor()

    def run(self, work: Work) -> None:
        from printshop.api.uuids import time_ordered_uuid
        from printshop.testing import house

        ready = {"upload_id": str(work.upload.pk), "operation_id": str(time_ordered_uuid()), "at": work.at.isoformat()}
        self.floor.run(work.path, ready | {"account_id": house().pk, "user_id": work.upload.user_id})


class Peer:
    """django-import-export, which leaves the same SKUs and nothing else."""

    def run(self, work: Work) -> None:
        from benchmarks.peer_imports import import_file

        import_file(work.path, work.at)


def peers(asked: bool) -> dict[str, Contender]:
    """Those that are installed on demand; loud where one is missing."""
    if asked:
        return {"django-import-export": Peer()}
    print("!!! django-import-export is left out: ask for it by --import-export, which installs it.", file=sys.stderr)
    return {}


# --- Measuring --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock, of this process's and of the server's processors, and the peak of this process in MB."""

    clock: float
    client: float
    server: float
    peak: int


def spent(act: Callable[[], None]) -> Spent:
    gc.collect()
    # From here on the kernel counts the peak anew (proc_pid_clear_refs(5)).
    Path("/proc/self/clear_refs").write_text("5")
    read = processor()
    start, began = read(), perf_counter()
    act()
    clock, (client, server) = perf_counter() - began, [end - at for end, at in zip(read(), start, strict=True)]
    return Spent(clock, client, server, int(field_of("/proc/self/status", "VmHWM").split()[0]) // 1024)


def left_by(contender: Contender, work: Work) -> list["Rows"]:
    """What an import puts there and takes away: rows of SKUs, and of everything else."""
    from benchmarks.same import difference, everything
    from catalog.models import SKU

    before = everything()
    contender.run(work)
    both = difference(before, everything())
    tables: list[Any] = [SKU._meta.db_table]
    skus = [Counter({row: count for row, count in each.items() if row[0] in tables}) for each in both]
    return [*skus, *(each - own for each, own in zip(both, skus, strict=True))]


def prove_same(catalogue: Catalogue, running: dict[str, Contender], peers: dict[str, Contender]) -> None:
    """Raises RuntimeError unless all leave the same rows of a small file in each case, and peers the same SKUs."""
    for case in CASES:
        ours, *others = [left_by(one, catalogue.work(case)) for one in (*running.values(), *peers.values())]
        for name, theirs in zip([*running, *peers][1:], others, strict=True):
            for mine, their in zip(ours[: 2 if name in peers else 4], theirs, strict=False):
                if mine != their:
                    raise RuntimeError(f"{case}: {name} leaves other rows than ours: {mine - their} {their - mine}")


def cell(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} ({min(seconds):.2f}) s"


def in_words(all_spent: list[Spent]) -> tuple[str, float]:
    """Client and server in words, and the median of their sum."""
    client, server = (median(getattr(one, side) for one in all_spent) for side in ("client", "server"))
    least = min(one.client + one.server for one in all_spent)
    return f"{client:.2f} + {server:.2f} ({least:.2f}) s", median(one.client + one.server for one in all_spent)


def show(case: str, rows: int, ours: list[Spent], floor: list[Spent]) -> None:
    (told, mine), (floor_told, least) = in_words(ours), in_words(floor)
    aim = AIM_OF_LARGE if rows >= LARGE and case == "fresh" else CASES[case]
    cells = [cell([one.clock for one in ours]), told, floor_told, cell([one.clock for one in floor])]
    cells += [f"{mine / least:.2f}×", f"{aim}×" if connection.vendor == "postgresql" else "–"]
    print(ROW.format(f"{rows:,} rows, {case}", *cells, f"{max(one.peak for one in ours)}"), flush=True)


def show_peer(name: str, theirs: Spent, ours: list[Spent]) -> None:
    """Once: it takes long."""
    times = (theirs.client + theirs.server) / in_words(ours)[1]
    used = f"{theirs.client:.1f} + {theirs.server:.1f} s"
    print(f"  {name}: {theirs.clock:.1f} s, {used}, {times:.1f}× ours, peak {theirs.peak} MB", flush=True)


def measure() -> None:
    """One database's part, in a process whose settings name it. The server must run on this machine."""
    options = parse()
    prepare()
    from benchmarks.machine import machine_line
    from benchmarks.stock import settle
    from printshop.api.garbage import settle as settle_garbage
    from printshop.testing import house

    settle_garbage()
    house()
    print(machine_line(connection))
    running: dict[str, Contender] = {"ours": Ours(), "floor": Floor()}
    draw = random.Random(options.seed)
    rounds = max(3, options.rounds // 5) if options.rows < LARGE else max(1, options.rounds // 25)
    with tempfile.TemporaryDirectory() as folder:
        few = Catalogue(Path(folder), FEW)
        few.list_all()
        others = peers(options.import_export)
        prove_same(few, running, others)
        from catalog.models import SKU

        SKU.objects.all()._raw_delete(connection.alias)
        catalogue = Catalogue(Path(folder), options.rows, few.serial)
        catalogue.list_all()
        print(ROW.format(*HEAD))
        for case in CASES:
            times: dict[str, list[Spent]] = {name: [] for name in running}
            for _ in range(rounds):
                settle()
                for name in draw.sample(list(running), len(running)):
                    work = catalogue.work(case)
                    times[name].append(spent(lambda one=running[name], work=work: one.run(work)))  # type: ignore[misc]
            show(case, options.rows, times["ours"], times["floor"])
            for name, peer in others.items():
                work = catalogue.work(case)
                show_peer(name, spent(lambda peer=peer, work=work: peer.run(work)), times["ours"])  # type: ignore[misc]


if __name__ == "__main__":
    measure()
