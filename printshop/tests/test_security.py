"""SECURITY.md names a test for each protection; the tests are there."""

import ast
import re

import pytest
from django.conf import settings

TEXT = (settings.BASE_DIR / "SECURITY.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)
THREATS = [
    line for line in TEXT.partition("shown by |")[2].partition("\n## ")[0].splitlines() if line.startswith("| ")
][1:]


@pytest.mark.parametrize("threat", THREATS, ids=lambda line: line.split("|")[1].strip()[:60])
def test_each_threat_has_a_protection_and_a_test(threat):
    what, protection, shown = (cell.strip() for cell in threat.strip("|").split("|"))
    assert what
    assert protection
    assert "::test_" in shown


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[f"{path}::{name}" for path, name in NAMED])
def test_it_names_tests_that_there_are(path, name):
    tree = ast.parse((settings.BASE_DIR / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
