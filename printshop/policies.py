"""What a browser may load, address by address; `CONTENT_SECURITY_POLICY` in the settings is the rule."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# The admin's pages carry small inline scripts and styles, and Alpine evaluates the expressions in its attributes.
ADMIN_NEEDS = {
    "script-src": ["'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'unsafe-inline'"],
}


@cache
def strict_policy() -> str:
    return build_policy()


class PolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere, under `/admin/` the looser one that its scripts need."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """As upstream; but the policy of JSON is always the strict one, and need not be built for each answer."""
        if response.get("Content-Type") != "application/json":
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, strict_policy())
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.update is None and request.path_info.startswith("/admin/"):
            parts.update = dict(ADMIN_NEEDS)
        return parts
