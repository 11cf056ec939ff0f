"""The OpenAPI document and the interactive reference.

Each viewset gets the table that describes its calls; `complete` adds what no viewset knows.
"""

import functools
import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView

from catalog import openapi as skus
from catalog.views import SKUViewSet
from jobs import openapi as jobs
from jobs.views import JobViewSet
from orders.openapi import customers, orders
from orders.openapi.v3 import calls as storefronts
from orders.v3 import views as v3
from orders.views import CustomerViewSet, OrderViewSet
from printshop.api.answers import encode
from printshop.api.keys import APIKeyViewSet
from printshop.api.openapi import keys
from printshop.api.openapi.inspector import SubjectSchema
from printshop.api.openapi.schemas import Schema
from printshop.api.openapi.shared import content
from printshop.bulk.operations import openapi as operations
from printshop.bulk.operations.views import OperationViewSet
from printshop.health import CHECKS
from printshop.magento.openapi.paths import TAG, reference
from printshop.webhooks import openapi as webhooks
from printshop.webhooks.views import WebhookViewSet

TABLES = {
    OrderViewSet: orders,
    JobViewSet: jobs,
    SKUViewSet: skus,
    CustomerViewSet: customers,
    OperationViewSet: operations,
    APIKeyViewSet: keys,
    WebhookViewSet: webhooks,
    v3.OrderViewSet: storefronts,
    v3.UserViewSet: storefronts,
}
for viewset, table in TABLES.items():
    viewset.schema = SubjectSchema(table.SUBJECT)

DESCRIPTION = """
Orders, print jobs and SKUs, one at a time or in batches.

**Keys.** Every call needs the header `X-API-Key`. A key has a role: `customer` (one customer's own orders and jobs),
`operator` (all orders, jobs and customers) or `admin` (also SKUs, keys, and the operations of other accounts).

**Errors** have one shape, `{"error": sentence, "code": UPPER_SNAKE, "details": {…}}`. A refused batch lists every fault
of every item at once, and nothing of it has happened. An address that exists answers 405 to a method it does not take.

**Batches** are atomic: one fault refuses the lot. With `"errorPolicy": "partial"` good items happen and `errors` tells
of the others (400 when there is no good one). With `"dryRun": true` nothing is written and the answer says for each
item what would change; it fails exactly when the live call would. What is in the asked-for state already is
`unchanged`, not a fault. Each batch that was carried out can be read later as a bulk operation.

**Later.** With `Prefer: respond-async` a batch of up to 10,000 items is taken in, answered with 202, and carried out by
the queue: the operation can be followed, cancelled, retried and undone.

**Again.** With an `Idempotency-Key` a call that is repeated gives the first answer once more.

**Storefronts** that sell digital goods speak another dialect, v3. It has a header of its own for the same keys, lets
the good orders of every batch happen, ignores unknown fields, and words errors in its own way.

**Limits** are counted by account and minute; every answer says where the account stands.

Money is a number in major units with at most two decimals. Times are UTC in ISO 8601. Unknown fields are faults.
"""
TAGS = {
    "Orders": "What customers want.",
    "Jobs": "What the printers do for it: one job for each printable line of a paid order.",
    "SKUs": "What can be ordered.",
    "Customers": "Who orders.",
    "Bulk operations": "Who changed what: the record of every batch.",
    "API keys": "Who may call.",
    "Webhooks": "Whom the shop calls: signed messages about what happens, after Standard Webhooks.",
    "Storefronts (v3)": (
        "Orders of digital goods, with partial success. Needs the header `X-User-Token`; an error is"
        ' `{"message": sentence}`, with `errors` by path where the request is invalid.'
    ),
    TAG: (
        "One queue for everything: each route at once, later for one item, or later for up to 10,000. Needs the header"
        ' `Authorization: Bearer <key>`; an error is `{"message": sentence, "parameters": {…}}`. Addresses may begin'
        " with `/rest`, and with a store's code or `all` after that."
    ),
    "Probes": "For load balancers and monitors; no key is needed and nothing is counted.",
}
SECURITY_SCHEMES = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The full text of an API key."},
    "userToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-User-Token",
        "description": "The same for the v3 dialect: the full text of an API key of role operator or admin.",
    },
}


SECURITY_SCHEMES["bearer"] = {
    "type": "http",
    "scheme": "bearer",
    "description": "The same for the async dialect: the full text of an API key.",
}


def probe(operation_id: str, summary: str, answers: dict[str, tuple[str, Schema, Any]]) -> Schema:
    """A path that no viewset serves: GET without a key, answers by status."""
    responses = {
        status: {"description": description, "content": content(schema, {"answer": example})}
        for status, (description, schema, example) in answers.items()
    }
    operation = {"operationId": operation_id, "summary": summary, "tags": ["Probes"], "security": []}
    return {"get": {**operation, "responses": responses}}


def probes() -> dict[str, Schema]:
    """What load balancers ask."""
    words = {"enum": ["ok", "failed"]}
    checks = {"type": "object", "properties": dict.fromkeys(CHECKS, words), "required": list(CHECKS)}
    ready = {
        "type": "object",
        "properties": {"status": {"type": "string"}, "checks": checks},
        "required": ["status", "checks"],
    }
    alive = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
    well = dict.fromkeys(CHECKS, "ok")
    broken = {"status": "unavailable", "checks": well | {"database": "failed"}}
    return {
        "/healthz": probe("healthz", "Is the process alive?", {"200": ("It is.", alive, {"status": "ok"})}),
        "/readyz": probe(
            "readyz",
            "Can it serve?",
            {"200": ("It can.", ready, {"status": "ok", "checks": well}), "503": ("A check failed.", ready, broken)},
        ),
    }


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the description, the tags, the security scheme and the probes."""
    paths, components = reference()
    result["paths"] |= paths | probes()
    for kind, named in components.items():
        result["components"].setdefault(kind, {}).update(named)
    result["info"]["description"] = DESCRIPTION.strip()
    result["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    result["components"]["securitySchemes"] = SECURITY_SCHEMES
    return result


@functools.cache
def document() -> bytes:
    """The document as JSON. It depends on the code and the settings alone, so that one is enough for a process."""
    return encode(SchemaGenerator().get_schema(request=None, public=True))


@functools.cache
def fingerprint() -> str:
    return f'"{hashlib.sha256(document()).hexdigest()[:32]}"'


@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=lambda request: fingerprint())
def openapi(request: HttpRequest) -> HttpResponse:
    """`/openapi.json`, for anybody."""
    return HttpResponse(document(), content_type="application/json")


class Reference(SpectacularSwaggerSplitView):
    """`/api/docs/`: Swagger UI from our own static files, with no inline script, as the CSP wants."""

    url_name = "openapi"
    template_name = "api/docs.html"
    template_name_js = "api/docs.js"
