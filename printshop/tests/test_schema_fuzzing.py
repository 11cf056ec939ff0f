"""Schemathesis makes requests of the document, good ones and bad, and holds the answers to it: every role, all checks.

`FUZZ_EXAMPLES=200 bin/test printshop/tests/test_schema_fuzzing.py -n 2` tries more, and others in every run.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import orjson
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from printshop.api.actors import Role
from printshop.openapi import document
from printshop.testing import key_client
from printshop.tests.fuzzing import tries
from printshop.tests.test_openapi_live import furnished
from printshop.wsgi import application

pytestmark = pytest.mark.django_db(databases="__all__")
# A bad body may also be too large a one.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
SCHEMA: Any = schemathesis.openapi.from_dict(orjson.loads(document()), config=CONFIG)
SCHEMA.app = application
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
load_all_checks()
# Business may refuse what the document allows: an order of a SKU that there is not.
TOO_STRICT: list[Any] = CHECKS.get_by_names(["positive_data_acceptance"])
# What is queued is judged later, item by item; a parameter that no address knows is nobody's fault.
NOT_REFUSED: list[Any] = CHECKS.get_by_names(["negative_data_rejection"])

# Whose key a customer's is.
BOUND = {Role.CUSTOMER: "cust-001"}


@pytest.fixture(scope="module")
def keys(shared: AbstractContextManager[None]) -> Iterator[dict[Role, str]]:
    """A key of each role, in a shop that has what the document's examples name."""
    signals = request_started, request_finished
    with shared:
        furnished()
        for signal in signals:
            # As Django's own test client does: the connection is the test's, not the request's.
            signal.disconnect(close_old_connections)
        yield {role: key_client(role, BOUND.get(role, "")).key or "" for role in Role}
        for signal in signals:
            signal.connect(close_old_connections)


def shown(key: str) -> dict[str, str]:
    """The key in the header of every dialect: each reads its own alone."""
    return {"X-API-Key": key, "X-User-Token": key, "Authorization": f"Bearer {key}"}


@pytest.mark.trust(
    case="requests made up from the OpenAPI document, every role", expects="every answer is a documented one"
)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_it_answers_as_documented_whatever_is_sent(operation: Any, keys: dict[Role, str]) -> None:
    is_lenient = "/async/" in operation.path or not operation.body
    excluded = TOO_STRICT + (NOT_REFUSED if is_lenient else [])
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

    @tries(2)
    @given(case=cases)
    def ask(case: Case) -> None:
        for key in keys.values():
            case.call_and_validate(headers=shown(key), excluded_checks=excluded)

    ask()
