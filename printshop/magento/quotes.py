"""`carts`: quotes, which are priced by the store of their path and become orders."""

from collections.abc import Callable, Mapping
from typing import Any

from orders import quote_shapes
from orders.models import Quote, QuoteItem
from orders.serializers import QuoteBody, QuoteItemBody, quote_body, quote_item_body
from orders.services import quote_orders, quotes
from printshop.api.actors import STAFF
from printshop.bulk.engine import Operation
from printshop.magento import orders
from printshop.magento.calls import Asked, Change, Look, Target
from printshop.magento.fields import Fields
from printshop.magento.params import Param, as_number
from printshop.magento.scopes import store_in

QUOTE_ID = Param("quoteId", as_number, "cart")
PARAMS = {"quoteId": QUOTE_ID}
ADDED = Fields(
    "cartItem",
    names={"sku": "skuId", "qty": "quantity"},
    numeric=frozenset({"quantity", "quoteId"}),
    # The shop says what a thing is called and costs.
    ignored=frozenset({"item_id", "name", "price", "product_type"}),
    params=PARAMS,
)
ORDERED = Fields(beside=frozenset({"paymentMethod", "payment_method"}), params=PARAMS, names={"customer_note": "notes"})


def priced(operation: Operation, shape: Any) -> Callable[[str], Target]:
    """A target whose prices are those of the store of the path."""

    def by_scope(scope: str) -> Target:
        store = store_in(scope)
        return Target(operation, shape, {"store": store} if store else {})

    return by_scope


def quote_of(asked: Asked) -> Quote | None:
    """The quote in the path, if the account has it."""
    number = as_number(asked.params["quoteId"])
    return Quote.objects.of_account(asked.actor.account_id).filter(pk=number or 0).whole().first()


def shown(asked: Asked) -> Mapping[str, Any] | None:
    """A quote with its items and totals."""
    quote = quote_of(asked)
    return quote_body(quote) if quote else None


def listed(asked: Asked) -> list[QuoteItemBody] | None:
    """The items of a quote."""
    quote = quote_of(asked)
    return [quote_item_body(item) for item in quote.items.all()] if quote else None


def added(asked: Asked) -> Mapping[str, Any]:
    """An item that was just put into a quote."""
    return quote_item_body(QuoteItem.objects.get(pk=asked.reference))


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a quote as recorded."""
    names = {"skuId": "sku", "quantity": "qty", "name": "name", "price": "price", "quoteId": "quote_id"}
    said = {said: recorded[known] for known, said in names.items() if known in recorded}
    return {"item_id": int(reference), **said}


ITEM = {"item_id": 31, "sku": "sku-pla-black-cube", "qty": 2, "name": "Calibration cube, black", "price": 4.9,
        "quote_id": 12}  # fmt: skip
ANSWER = {
    "id": 12, "customer_id": "cust-001", "store": None, "currency": "USD", "status": "open", "order_id": None,
    "items": [ITEM], "items_count": 1, "items_qty": 2, "subtotal": 9.8, "grand_total": 9.8,
    "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z",
}  # fmt: skip
CREATE = Change(
    "Create a cart", quotes.CREATE, Fields(),
    in_scope=priced(quotes.CREATE, quote_shapes.NewQuote), shows=lambda asked: int(asked.reference),
    result=lambda reference, recorded: int(reference), answers=int, example={"customerId": "cust-001"}, answer=12,
    description="The body may be left out; the answer is the cart's id, a bare integer.",
)  # fmt: skip
ADD = Change(
    "Add an item to a cart", quotes.ADD, ADDED, in_scope=priced(quotes.ADD, quote_shapes.NewQuoteItem), shows=added,
    result=told, answers=QuoteItemBody,
    example={"quoteId": "12", "cartItem": {"sku": "sku-pla-black-cube", "qty": 2}}, answer=ITEM,
    description="At the price that the store of the path shows at this moment. More of the same raises its quantity.",
)  # fmt: skip
ORDER = Change(
    "Order a cart", quote_orders.ORDER, ORDERED, shows=orders.changed, result=orders.told,
    answers=orders.AsyncOrder, example={"quoteId": "12", "customerId": "cust-001"}, answer=orders.ANSWER,
    description="The order is made at the prices of the cart, which stays as it is from then on. The customer may be"
    " named here or when the cart is created.",
)  # fmt: skip
DELETE = Change("Delete a cart", quotes.DELETE, Fields(params=PARAMS),
                example={"quoteId": "12"})  # fmt: skip
SHOW = Look("Show a cart", shown, STAFF, "cart", QuoteBody, ANSWER)
ITEMS = Look("List the items of a cart", listed, STAFF, "cart", list[QuoteItemBody], [ITEM])
