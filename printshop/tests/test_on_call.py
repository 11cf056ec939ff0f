"""What the person on call reads is true: alarms use figures that exist, and each has its paragraph."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from printshop.bulk.deferred.heartbeats import Totals, beat

DOCS = settings.BASE_DIR / "docs"
ON_CALL = (DOCS / "on-call.md").read_text()
RULES: list[dict[str, Any]] = yaml.safe_load((DOCS / "deploy" / "alerts.yaml").read_text())["groups"][0]["rules"]
SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created")


def figures(client: Any) -> dict[str, set[str]]:
    """The names of all samples of a shop in which something has happened, with their labels."""
    done = Totals()
    done.add_chunk(1, {"INTERNAL_ERROR": 1})
    beat("a-machine:1", done)
    client.get("/healthz")
    response = client.get("/metrics", headers={"Authorization": "Bearer a-token"})
    families = text_string_to_metric_families(response.content.decode())
    return {sample.name: {*sample.labels} for family in families for sample in family.samples}


@pytest.fixture
def told(db: None, client: Any, settings: Settings) -> dict[str, set[str]]:
    settings.METRICS_TOKEN = "a-token"
    return figures(client)


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_asks_for_figures_that_there_are(told, rule):
    asked = re.findall(r"(printshop_\w+)(?:\{([^}]*)\})?", rule["expr"])
    for name, labels in asked:
        assert name in told, name
        assert {*re.findall(r"(\w+)[=!]", labels)} <= told[name]
    assert asked or "up{" in rule["expr"]
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_each_alarm_has_its_paragraph_and_each_paragraph_its_alarm():
    headings = re.findall(r"^## (Printshop\w+)$", ON_CALL, re.M)
    assert headings == [rule["alert"] for rule in RULES]


@pytest.mark.django_db(databases="__all__")
def test_every_figure_is_explained(told):
    explained = (DOCS / "deploy.md").read_text()
    families = {name.removesuffix(next((end for end in SUFFIXES if name.endswith(end)), "")) for name in told}
    assert {name for name in families if name not in explained} == set()


def test_it_names_commands_that_there_are():
    named = {*re.findall(r"manage\.py (\w+)", ON_CALL)} | {*re.findall(r"`(revoke_api_key) ", ON_CALL)}
    assert named <= {*get_commands()}
    assert {"queue_status", "migrate", "revoke_api_key", "rotate_api_key"} <= named


def test_its_lines_of_the_log_are_written_somewhere():
    lines = re.findall(r"^\| `(.+?)` \|", ON_CALL.partition("## Lines in the log")[2], re.M)
    said = " ".join(
        path.read_text() for path in (settings.BASE_DIR / "printshop").rglob("*.py") if "tests" not in path.parts
    )
    for line in lines:
        for words in re.split(r"…|[A-Z]{4,}|\(|\)", line.replace("INTERNAL_ERROR", "code, details")):
            assert words.strip(" .:") in said, line
    assert len(lines) == 9


def test_its_links_lead_somewhere():
    headings = {
        re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in re.findall(r"^## (.+)$", ON_CALL, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", ON_CALL):
        page, _, part = target.partition("#")
        assert not page or (DOCS / page).exists(), target
        assert not part or part in headings, target
