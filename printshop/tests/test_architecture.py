"""The rule of imports and rooms, enforced by walking the syntax trees.

`faults_in(root)` is the rule; the tests below apply it to this project, and to small trees that break it on purpose.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# From the top: a room may import itself and what stands after it.
ROOMS = ("jobs", "orders", "catalog", "printshop.webhooks", "printshop.bulk", "printshop.api")
APPS = ("jobs", "orders", "catalog")
PURE = {"states", "plans"}
PAGES = {"admin", "uploads", "board", "scanning", "printing", "shipping"}
LAST = {"serializers", "views", "bulk", "urls", "filters", "openapi", "forms"} | PAGES
# An app's layers, lowest first. What stands in none of them (shapes, references) minds the last group only.
LAYERS = (PURE, {"models"}, {"services"}, LAST)
FORBIDDEN_NAMES = {"utils", "helpers", "core", "common", "mixins", "managers"}
CLOCKS = {"now", "today", "utcnow", "localtime", "localdate"}
IMPURE_ROOTS = ("django.conf", "django.utils.timezone", "django.http", "time", "random", "rest_framework")
MODEL_OF_MOVES = "JobMove"
WRITERS = {"insert", "update", "create", "bulk_create", "get_or_create", "update_or_create",
           "bulk_update"}  # fmt: skip


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, and what it says."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(), str(self.path))

    @property
    def outside_rule(self) -> bool:
        """Tests, benchmarks and what stands at the top of the checkout may import anything."""
        parts = self.name.split(".")
        return "tests" in parts or parts[0] in {"benchmarks", "conftest", "manage", "bin"}

    @property
    def is_edge(self) -> bool:
        return at_edge(self.name)

    @property
    def room(self) -> str | None:
        return in_any(self.name, ROOMS)

    @property
    def layer(self) -> int | None:
        return layer_of(self.name)


def in_any(name: str, places: tuple[str, ...]) -> str | None:
    """The place that a dotted name stands in."""
    return next((place for place in places if name == place or name.startswith(f"{place}.")), None)


def at_edge(name: str) -> bool:
    """Whether a dotted name belongs to the composition root: settings, urls, dashboard, testing, the demo and so on."""
    return name.startswith("printshop.") and in_any(name, ROOMS) is None


def layer_of(name: str) -> int | None:
    """Which of an app's layers a dotted name stands in."""
    app, _, rest = name.partition(".")
    if app not in APPS:
        return None
    return next((number for number, layer in enumerate(LAYERS) if rest.split(".")[0] in layer), None)


def modules_of(root: Path) -> list[Module]:
    """Every source file below the root, virtual environments and hidden folders left out."""
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if any(part.startswith(".") or part in {"var", "node_modules"} for part in parts):
            continue
        found.append(Module(".".join(parts).removesuffix(".__init__"), path))
    return found


def imports_of(module: Module, known: set[str]) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, with lines; `from a import b` is `a.b` unless `a` is a file."""
    package = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, [above, node.module]))
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (base if base in known and full not in known else full), node.lineno


def import_fault(module: Module, target: str) -> str | None:
    """Why this module may not import that one."""
    if at_edge(target):
        return "nobody imports the edge"
    here, there = module.room, in_any(target, ROOMS)
    if here is None or there is None:
        return None
    if ROOMS.index(there) < ROOMS.index(here):
        return f"imports run {' -> '.join(ROOMS)}"
    mine, other = module.layer, layer_of(target)
    if other == len(LAYERS) - 1 and mine != other and not module.name.endswith(".apps"):
        return "nothing imports the last group"
    if mine is not None and other is not None and other > mine:
        return "imports inside an app run from the last group down to states and plans"
    return None


def purity_faults(module: Module, known: set[str]) -> Iterator[tuple[str, int]]:
    """What a plan or a table of states may not know: rows, settings, requests, the clock."""
    for target, line in imports_of(module, known):
        parts = target.split(".")
        if in_any(target, IMPURE_ROOTS) or ({"models", "services"} & set(parts) and parts[0] != "django"):
            yield f"a pure module imports {target}", line
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db"):
            foreign = [alias.name for alias in node.names if alias.name not in {"TextChoices", "IntegerChoices"}]
            if foreign:
                yield f"a pure module imports {', '.join(foreign)} of {node.module}", node.lineno
        if isinstance(node, ast.Import) and any(alias.name.startswith("django.db") for alias in node.names):
            yield "a pure module imports django.db", node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield "a pure module reads the clock", node.lineno


def names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def writes_moves(call: ast.Call) -> bool:
    """`writer.insert(JobMove, …)`, `JobMove.objects.create(…)`, `JobMove(…)`."""
    if isinstance(call.func, ast.Name):
        return call.func.id == MODEL_OF_MOVES
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITERS:
        return False
    return MODEL_OF_MOVES in names_in(call.func) or any(
        isinstance(argument, ast.Name) and argument.id == MODEL_OF_MOVES for argument in call.args
    )


def writers_of_moves(modules: list[Module]) -> set[str]:
    """The functions that add to a job's history, which is where a job's status is written."""
    return {
        f"{module.name}.{function.name}"
        for module in modules
        if not module.outside_rule and ".migrations." not in module.name
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.Call) and writes_moves(node) for node in ast.walk(function))
    }


def name_faults(module: Module) -> Iterator[str]:
    for part in FORBIDDEN_NAMES & set(module.name.split(".")):
        yield f"{module.name}: nothing is named {part}"
    if module.name == "printshop" and module.path.read_text():
        yield "printshop: __init__.py stays empty"


def faults_in(root: Path) -> list[str]:
    """Every breach of the rule in a tree, as `module:line: why`."""
    modules = modules_of(root)
    known = {module.name for module in modules}
    faults = [fault for module in modules for fault in name_faults(module)]
    for module in modules:
        if module.outside_rule:
            continue
        if not module.is_edge:
            faults += [
                f"{module.name}:{line}: imports {target}; {why}"
                for target, line in imports_of(module, known)
                if (why := import_fault(module, target))
            ]
        if module.layer == 0:
            faults += [f"{module.name}:{line}: {why}" for why, line in purity_faults(module, known)]
    return faults


# --- This project ----------------------------------------------------------------------------------------------------
def test_it_keeps_the_rule_of_imports_and_rooms():
    assert faults_in(ROOT) == []


def test_it_sees_the_whole_project():
    names = {module.name for module in modules_of(ROOT)}
    assert {"jobs.plans", "orders.plans.creation", "catalog.models", "printshop.bulk.engine", "printshop.api"} <= names
    assert {room for room in ROOMS if (ROOT / room.replace(".", "/")).is_dir()} <= {
        module.room for module in modules_of(ROOT)
    }


def test_it_writes_a_jobs_status_in_one_place_only():
    assert writers_of_moves(modules_of(ROOT)) == {
        "jobs.services.write_moves",
        # Blanks what people wrote; no status, no time, no name.
        "jobs.erasing.forget_reasons",
    }


# --- Trees that break it ---------------------------------------------------------------------------------------------
def plant(root: Path, **files: str) -> Path:
    """Source files under the root, named `jobs__plans` for jobs/plans.py."""
    for name, text in files.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("importer", "line", "imported"),
    [
        ("orders__models", "from jobs.models import Job", "jobs__models"),
        ("catalog__services", "import orders.services", "orders__services"),
        ("catalog__services", "from orders import services", "orders__services"),
        ("printshop__bulk__engine", "from catalog.models import SKU", "catalog__models"),
        ("printshop__api__views", "from printshop.bulk import engine", "printshop__bulk__engine"),
        ("printshop__api__views", "from ..bulk import engine", "printshop__bulk__engine"),
        (
            "printshop__bulk__engine",
            "def f():\n    from printshop.webhooks import outbox",
            "printshop__webhooks__outbox",
        ),
        ("jobs__views", "from printshop.demo import loader", "printshop__demo__loader"),
        ("jobs__views", "from printshop import settings", "printshop__settings"),
        ("orders__services", "from printshop.testing import NOON", "printshop__testing"),
        ("orders__v3__views", "import printshop.magento.routes", "printshop__magento__routes"),
        ("orders__services", "from orders.serializers import order_body", "orders__serializers"),
        ("orders__services", "from orders import views", "orders__views"),
        ("orders__shapes", "from orders import filters", "orders__filters"),
        ("jobs__services__moving", "from orders.forms import Form", "orders__forms"),
        ("catalog__models", "from catalog import services", "catalog__services"),
        ("catalog__models", "from .admin import SKUAdmin", "catalog__admin"),
    ],
)
def test_it_finds_an_import_against_the_rule(tmp_path: Path, importer: str, line: str, imported: str):
    [fault] = faults_in(plant(tmp_path, **{importer: line, imported: ""}))
    assert fault.startswith(importer.replace("__", "."))
    assert imported.replace("__", ".") in fault


@pytest.mark.parametrize(
    "line",
    [
        "from jobs.models import Job",
        "from orders import services",
        "import catalog.models",
        "from django.db import connection",
        "from django.db import models",
        "import django.db.models",
        "from django.conf import settings",
        "from django.utils import timezone",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nday = datetime.date.today()",
        "import time",
        "from printshop.api.models import Account",
    ],
)
@pytest.mark.parametrize("module", ["jobs__states", "jobs__plans", "orders__plans__creation"])
def test_it_finds_an_impure_plan(tmp_path: Path, module: str, line: str):
    plant(tmp_path, **{module: line}, jobs__models="", orders__services="", catalog__models="")
    assert any(fault.startswith(f"{module.replace('__', '.')}:") for fault in faults_in(tmp_path))


def test_it_allows_what_the_rule_allows(tmp_path: Path):
    plant(
        tmp_path,
        jobs__states="from django.db.models import TextChoices",
        jobs__plans="from datetime import datetime\nfrom jobs.states import S\nfrom catalog.plans.imports import Row",
        jobs__models="from orders.models import Order\nfrom jobs.states import S",
        jobs__services="from jobs import plans\nfrom jobs.models import Job\nfrom printshop.bulk import engine",
        jobs__views="from jobs.services import ADVANCE\nfrom orders.serializers import body\nfrom jobs import filters",
        jobs__filters="", orders__serializers="", orders__models="", catalog__plans="", printshop__bulk__engine="",
        jobs__apps="def ready():\n    from jobs import bulk", jobs__bulk="from jobs.services import ADVANCE",
        jobs__tests__test_it="from printshop.testing import NOON", printshop__testing="from jobs.models import Job",
        printshop__magento__views="from printshop.magento import routes\nfrom jobs import services",
        printshop__magento__routes="",
    )  # fmt: skip
    assert faults_in(tmp_path) == []


@pytest.mark.parametrize("name", sorted(FORBIDDEN_NAMES))
def test_it_finds_a_drawer_for_everything(tmp_path: Path, name: str):
    assert faults_in(plant(tmp_path, **{f"orders__{name}": ""})) == [f"orders.{name}: nothing is named {name}"]
    assert len(faults_in(plant(tmp_path, **{f"orders__{name}__one": ""}))) == 2


def test_it_finds_code_in_the_root_package(tmp_path: Path):
    plant(tmp_path, printshop__wsgi="")
    (tmp_path / "printshop" / "__init__.py").write_text("x = 1")
    assert faults_in(tmp_path) == ["printshop: __init__.py stays empty"]


@pytest.mark.parametrize(
    "call",
    [
        "writer.insert(JobMove, rows)",
        "JobMove(job=job).save()",
        "JobMove.objects.create(job=job)",
        "JobMove.objects.bulk_create([])",
        "JobMove.objects.filter(pk=1).update(reason='')",
    ],
)
def test_it_finds_a_second_place_that_writes_history(tmp_path: Path, call: str):
    plant(
        tmp_path, orders__services=f"def sneak():\n    {call}", jobs__services="def look():\n    JobMove.objects.get()"
    )
    assert writers_of_moves(modules_of(tmp_path)) == {"orders.services.sneak"}
