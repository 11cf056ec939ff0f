"""The files of docs/deploy start what there is, and set what is read."""

import configparser
import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

FOLDER = settings.BASE_DIR / "docs" / "deploy"
UNITS = sorted([*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")])
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
READ = {*re.findall(r'env\.\w+\(\s*f?"([A-Z_]+)"', (settings.BASE_DIR / "printshop" / "settings.py").read_text())}


def unit(path: Any) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


def command_of(words: list[str]) -> str | None:
    """Which command of manage.py is run."""
    return words[words.index("manage.py") + 1] if "manage.py" in words else None


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_there_is(path):
    found = unit(path)
    if path.suffix == ".timer":
        assert found["Timer"]["OnCalendar"]
        assert path.with_suffix(".service") in UNITS
        return
    service = found["Service"]
    words = service["ExecStart"].split()
    assert words[0] == "/opt/printshop/.venv/bin/python"
    assert command_of(words) in {*get_commands()} or words[1:3] == ["-m", "waitress"]
    assert (service["User"], service["EnvironmentFile"]) == ("printshop", "/etc/printshop.env")
    # Nothing may be written elsewhere, so its own folder has to be named.
    assert service["StateDirectory"] == "printshop"


@pytest.mark.parametrize(
    "name", ["bin/_demo.py", "docs/operations.md", "docs/deploy/Dockerfile", "docs/deploy/printshop-web@.service"]
)
def test_idle_connections_keep_nobody_waiting(name):
    """Waitress by itself takes a hundred connections and lets everybody else wait until one of them is given up."""
    words = (settings.BASE_DIR / name).read_text().replace('", "', " ")
    assert "--threads=8 --connection-limit=800 --asyncore-use-poll" in words


def test_every_variable_is_read_by_the_settings():
    lines = (FOLDER / "printshop.env").read_text().splitlines()
    given = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert given <= READ
    assert COMPOSE["x-shop"]["environment"].keys() <= READ
    assert {"SECRET_KEY", "DATABASE_URL"} <= given


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_service_has_a_profile_and_a_command_that_there_is(name):
    service = COMPOSE["services"][name]
    assert service["profiles"]
    words = [*service.get("entrypoint", []), *service.get("command", [])]
    if service["image"] == "printshop":
        assert command_of(words) in {*get_commands(), None}
    for volume in service.get("volumes", []):
        source = re.sub(r"\$\{\w+:-(\w+)\}.*", r"\1", volume).partition(":")[0]
        assert source in COMPOSE["volumes"]


def test_an_image_carries_neither_the_shop_of_this_machine_nor_its_key():
    left_out = (settings.BASE_DIR / ".dockerignore").read_text().split()
    assert {".git", ".venv", "var", ".env"} <= {*left_out}
