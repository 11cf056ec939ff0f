"""The routes of the dialect, declared once.

From each follow three forms (now, later, many later), the parameters that travel in the items of the bulk form, the
topic under which its items wait, the reference and the tests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from printshop.magento import customers, jobs, media, orders, pages, products, quotes
from printshop.magento.calls import Call, Change, Look

PARAM = re.compile(r":(\w+)")


@dataclass(frozen=True)
class Route:
    """A synchronous route, `products/:sku`, and what it does under each method."""

    path: str
    calls: Mapping[str, Call]

    @property
    def params(self) -> list[str]:
        return PARAM.findall(self.path)

    @property
    def template(self) -> str:
        """`products/{sku}`, as URI templates are written."""
        return PARAM.sub(r"{\1}", self.path)

    @property
    def bulk_path(self) -> str:
        """`products/bySku`: the parameters stand in the items."""
        return PARAM.sub(lambda match: f"by{match[1][0].upper()}{match[1][1:]}", self.path)

    @property
    def changes(self) -> dict[str, Change]:
        return {method: call for method, call in self.calls.items() if isinstance(call, Change)}

    @property
    def looks(self) -> dict[str, Look]:
        return {method: call for method, call in self.calls.items() if isinstance(call, Look)}

    def topic(self, method: str) -> str:
        """`async.products.bySku.put`: what is waiting for the worker is of this kind."""
        return f"async.{self.bulk_path.replace('/', '.')}.{method.lower()}"


ROUTES = (
    Route("products", {"POST": products.CREATE}),
    Route("products/:sku", {"GET": products.SHOW, "PUT": products.EDIT, "DELETE": products.DELETE}),
    Route("products/:sku/media", {"GET": media.LIST, "POST": media.CREATE}),
    Route("products/:sku/media/:entryId", {"GET": media.SHOW, "PUT": media.EDIT, "DELETE": media.DELETE}),
    Route("customers", {"POST": customers.CREATE}),
    Route("customers/:customerId", {"GET": customers.SHOW, "PUT": customers.EDIT, "DELETE": customers.DELETE}),
    Route("carts", {"POST": quotes.CREATE}),
    Route("carts/:quoteId", {"GET": quotes.SHOW, "DELETE": quotes.DELETE}),
    Route("carts/:quoteId/items", {"GET": quotes.ITEMS, "POST": quotes.ADD}),
    Route("carts/:quoteId/order", {"PUT": quotes.ORDER}),
    Route("orders", {"POST": orders.CREATE, "GET": orders.SEARCH}),
    Route("orders/:orderId", {"GET": orders.SHOW}),
    Route("orders/:orderId/cancel", {"POST": orders.CANCEL}),
    Route("orders/:orderId/pay", {"POST": orders.PAY}),
    Route("jobs/:jobId/advance", {"POST": jobs.ADVANCE}),
    Route("jobs/:jobId/cancel", {"POST": jobs.CANCEL}),
    Route("cmsPage", {"POST": pages.CREATE}),
    Route("cmsPage/:pageId", {"GET": pages.SHOW, "PUT": pages.EDIT, "DELETE": pages.DELETE}),
)
TOPICS: Mapping[str, Change] = {
    route.topic(method): change for route in ROUTES for method, change in route.changes.items()
}
