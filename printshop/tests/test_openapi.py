"""The OpenAPI document says what the shop answers: nothing less, nothing else."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from orders.openapi.v3.noes import NOES
from orders.v3.filters import FILTERS
from printshop.api.views import UnknownAddress
from printshop.bulk.deferred.native import LIMIT
from printshop.bulk.registry import operations as registered
from printshop.openapi import TABLES
from printshop.tests.documented import (
    Documented,
    assert_fits,
    can_wait,
    examples_in,
    keyed,
    native,
    operations,
    takes_key,
    v3,
    whole,
)

WITHOUT_CALLS = {"api/docs", "api/docs/"}


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the shop, as Django writes it, with its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, text)
        else:
            yield text, pattern.callback


def is_nowhere(view: Any) -> bool:
    """Whether a view answers for every address that there is not."""
    return issubclass(view.cls, UnknownAddress)


def as_path(text: str) -> str:
    """`api/^orders/(?P<pk>[^/.]+)$` as the document writes it."""
    path = re.sub(r"\(\?P<(\w+)>(?:\[[^]]*\]|[^)])*\)", "{}", text.replace("^", "").replace("$", "").replace(r"\Z", ""))
    return f"/{path}".replace("\\.", ".")


def test_it_is_openapi_3_1():
    assert whole()["openapi"] == "3.1.0"
    validate_schema(whole())


def test_it_is_put_together_without_a_warning():
    SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS


def test_it_knows_every_address_and_method_of_the_api_and_no_other():
    served = {
        (as_path(text), method.upper())
        for text, view in patterns()
        if text.startswith("api/") and text not in WITHOUT_CALLS and not is_nowhere(view)
        for method in view.actions
        if method != "head"
    }
    assert served == {(re.sub(r"{\w+}", "{}", one.path), one.method) for one in keyed()}


def test_it_describes_every_viewset_of_the_api():
    # The async dialect is described by its own table of routes.
    described = (view.cls for _, view in patterns() if hasattr(view, "actions") and view.cls.schema is not None)
    assert set(described) == set(TABLES)


def test_it_gives_every_operation_an_id_of_its_own_a_summary_and_a_known_tag():
    ids = Counter(one.operation["operationId"] for one in operations())
    assert set(ids.values()) == {1}
    assert all(one.operation["summary"] for one in operations())
    assert {tag for one in operations() for tag in one.operation["tags"]} == {tag["name"] for tag in whole()["tags"]}


def test_it_has_no_loose_component():
    text = orjson.dumps(whole()).decode()
    loose = {
        name
        for kind, components in whole()["components"].items()
        for name in components
        if kind != "securitySchemes" and f'"#/components/{kind}/{name}"' not in text
    }
    # No documented method is refused, and in v3 every id that is unknown has a sentence of its own.
    assert loose == {"MethodNotAllowed", "V3MethodNotAllowed", "V3NotFound"}


def test_it_names_no_host():
    assert whole()["servers"][0]["url"] == "/"
    examples = {"https://partner.com", "https://shop.example"}
    assert set(re.findall(r"https?://[\w.]+", orjson.dumps(whole()).decode())) == examples


@pytest.mark.parametrize("one", keyed(), ids=str)
def test_it_says_which_errors_an_operation_is_answered_with(one: Documented):
    statuses = set(one.operation["responses"])
    assert {"401", "429", "503"} <= statuses
    assert ("404" in statuses) >= ("{" in one.path)
    assert ({"400", "413", "415"} <= statuses) >= (one.method in {"POST", "PATCH", "PUT"})
    assert ({"409", "422"} <= statuses) >= takes_key(one)
    assert ({"403", "422"} <= statuses) >= one.is_v3


@pytest.mark.parametrize("one", keyed(), ids=str)
def test_it_documents_the_headers_of_every_answer(one: Documented):
    for status in map(int, one.operation["responses"]):
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(
            one.response(status)["headers"]
        )
    assert "Retry-After" in one.response(429)["headers"]
    assert "Retry-After" in one.response(503)["headers"]


def test_it_takes_an_idempotency_key_wherever_the_answer_is_kept():
    posts = {one.path for one in keyed() if one.method == "POST"}
    secret = {path for path in posts if path.startswith("/api/auth/")} | {"/api/webhooks", "/api/webhooks/{id}/rotate"}
    assert {one.path for one in keyed() if takes_key(one)} == posts - secret


def test_it_says_which_calls_can_wait():
    bulk = {one.path for one in native() if re.search("/bulk(/|$)", one.path)}
    assert {one.path for one in keyed() if can_wait(one)} == bulk
    for path in bulk:
        headers = Documented(path, "POST").response(202)["headers"]
        assert {"Location", "Preference-Applied", "X-Bulk-Operation"} <= set(headers)


@pytest.mark.parametrize("one", operations(), ids=str)
def test_it_shows_examples_that_fit_their_schemas(one: Documented):
    if one.request is not None:
        assert one.request["examples"]
        for _, body in examples_in(one.request):
            assert_fits(body, one.request["schema"])
    for status in map(int, one.operation["responses"]):
        shown = list(examples_in(one.answer(status)))
        assert shown
        for _, body in shown:
            assert_fits(body, one.schema(status))


@pytest.mark.parametrize(
    "path", sorted({one.path for one in native() if one.operation["operationId"].endswith("List")})
)
def test_it_documents_every_filter(path: str):
    view: Any = resolve(path).func
    filters = getattr(view.cls, "filterset_class", None)
    documented = {parameter["name"]: parameter for parameter in Documented(path, "GET").parameters}
    assert set(documented) == {*(filters.base_filters if filters else ()), "page", "limit"}
    assert all(parameter["description"] for parameter in documented.values())


def test_it_documents_every_parameter_of_the_v3_list():
    documented = {parameter["name"]: parameter for parameter in Documented("/api/v3/orders", "GET").parameters}
    assert set(documented) == {"per_page", "cursor", "sort", "include", "fields", *FILTERS}
    assert all(parameter["description"] for parameter in documented.values())


@pytest.mark.parametrize("one", [one for one in v3() if "{id}" in one.path], ids=str)
def test_it_says_whose_id_an_address_of_v3_takes(one: Documented):
    assert [parameter["name"] for parameter in one.parameters] == ["id", "id_type"]


def test_it_words_errors_in_the_dialect_of_the_call():
    wanted = {
        True: [{"$ref": "#/components/schemas/V3Message"}, {"$ref": "#/components/schemas/V3Invalid"}],
        False: [{"$ref": "#/components/schemas/ErrorBody"}],
    }
    for one in keyed():
        errors = [one.schema(int(status)) for status in one.operation["responses"] if int(status) >= 400]
        assert all(part in wanted[one.is_v3] for schema in errors for part in schema.get("anyOf", [schema])), one
    for code in (401, 403, 404, 405, 413, 415, 429, 503):
        assert v3_response(code)["content"]["application/json"]["schema"] == wanted[True][0]


def v3_response(status: int) -> Any:
    return whole()["components"]["responses"][NOES[status].name]


@pytest.mark.parametrize("one", [one for one in native() if can_wait(one)], ids=str)
def test_it_puts_bulk_bodies_together_from_their_operations(one: Documented):
    name = one.request["schema"]["$ref"].rpartition("/")[2]  # type: ignore[index]
    operation = next(
        o for o in registered().values() if name == "".join(map(str.capitalize, o.name.split("."))) + "Batch"
    )
    schema = whole()["components"]["schemas"][name]
    assert schema["properties"][operation.field_name]["maxItems"] == LIMIT
    assert f"1 to {operation.limit}," in schema["description"]
    assert {"errorPolicy", "dryRun"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    result = whole()["components"]["schemas"][name.replace("Batch", "Result")]
    assert {*operation.words.values(), "failed", operation.noun, "errors"} <= set(result["properties"])


def test_it_is_served_to_anybody_and_once(client: Client):
    response = client.get("/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert orjson.loads(response.content) == whole()
    assert client.get("/openapi.json", headers={"if-none-match": response["ETag"]}).status_code == 304
