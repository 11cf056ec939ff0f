"""Webhooks in the reference."""

from printshop.api.keys import RotationShape
from printshop.api.openapi.calls import Subject, changed, listed, shown
from printshop.api.openapi.parameters import filter_parameters
from printshop.api.refusals import Fault, Kind
from printshop.webhooks.bodies import DeliveryBody, EndpointBody, ReplayBody, SecretEndpointBody
from printshop.webhooks.filters import DeliveryFilters
from printshop.webhooks.shapes import EndpointFields, EndpointShape, NoBody, ReplayShape

ID = "0b9d2c1e-6a51-4c7e-9a51-3b7c0b9d2c1e"
ENDPOINT = {
    "id": ID,
    "url": "https://shop.example/hooks",
    "description": "The ERP",
    "events": ["order.paid", "order.shipped", "bulk_operation.finished"],
    "accounts": "all",
    "active": True,
    "reason": None,
    "delivered": 1204,
    "failed": 3,
    "createdAt": "2026-03-02T12:00:00Z",
}
SECRET = ENDPOINT | {"delivered": 0, "failed": 0, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
DELIVERY = {
    "id": 42,
    "messageId": "msg_0195a3c0b7e07c1e9a513b7c0b9d2c1e",
    "event": "ping",
    "state": "waiting",
    "attempts": 0,
    "status": None,
    "error": None,
    "dueAt": "2026-03-02T12:00:00Z",
    "triedAt": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "payload": '{"type":"ping","timestamp":"2026-03-02T12:00:00Z","data":{}}',
}
MANY = Fault("TOO_MANY_WEBHOOKS", "An account has at most 20 webhooks.", kind=Kind.CONFLICT)
OFF = Fault("WEBHOOK_DISABLED", "This webhook is switched off; switch it on first.", kind=Kind.CONFLICT)
FILTERS = {"state": "How far it has got.", "event": "The type of the event."}
CALLS = {
    "list": listed("List webhooks", EndpointBody, ENDPOINT, "Those of the own account, without their secrets."),
    "retrieve": shown("Show a webhook", EndpointBody, ENDPOINT),
    "create": changed(
        "Create a webhook",
        SecretEndpointBody,
        SECRET,
        MANY,
        status=201,
        recorded=False,
        secret=True,
        description="`secret` is shown in this answer and never again. All events are sent unless `events` names some.",
        body=EndpointShape,
        examples={"some": {"url": ENDPOINT["url"], "events": ENDPOINT["events"]}, "all": {"url": ENDPOINT["url"]}},
    ),
    "partial_update": changed(
        "Change a webhook",
        EndpointBody,
        ENDPOINT | {"events": ["*"]},
        recorded=False,
        description="Only the fields named change. What waits when it is switched off has failed, and can be replayed.",
        body=EndpointFields,
        examples={"every event": {"events": ["*"]}, "on again": {"active": True}},
    ),
    "destroy": changed(
        "Delete a webhook", EndpointBody, ENDPOINT, recorded=False, description="Its deliveries go with it."
    ),
    "rotate": changed(
        "Replace the secret of a webhook",
        SecretEndpointBody,
        SECRET,
        recorded=False,
        secret=True,
        description="For `overlapSeconds`, a day unless told, messages are signed by the former secret as well.",
        body=RotationShape,
        examples={"one hour": {"overlapSeconds": 3600}},
    ),
    "test": changed(
        "Send a ping",
        DeliveryBody,
        DELIVERY,
        OFF,
        recorded=False,
        description="An event of type `ping`; its delivery tells what came of it.",
        body=NoBody,
        examples={"nothing": {}},
    ),
    "replay": changed(
        "Send deliveries again",
        ReplayBody,
        {"replayed": 3},
        OFF,
        recorded=False,
        description="These deliveries, or all that failed since a time, under the webhook-id they had.",
        body=ReplayShape,
        examples={"failed": {"since": "2026-03-02T12:00:00Z"}, "some": {"deliveryIds": [42, 43]}},
    ),
    "deliveries": listed(
        "List deliveries", DeliveryBody, DELIVERY, "Newest first.", query=filter_parameters(DeliveryFilters, FILTERS)
    ),
}
SUBJECT = Subject("Webhooks", ID, CALLS)
