"""API keys in the reference."""

from printshop.api.keys import IssuedKeyBody, KeyBody, KeyShape, RotationShape
from printshop.api.openapi.calls import Subject, changed, listed
from printshop.api.refusals import Fault, Kind

KEY = {
    "id": "Wq7Lr2Xs",
    "name": "Web shop",
    "role": "operator",
    "account": "shop",
    "customerId": None,
    "expiresAt": "2099-12-31T00:00:00Z",
    "revoked": False,
    "createdAt": "2026-03-02T12:00:00Z",
}
ISSUED = {**KEY, "key": "Wq7Lr2Xs.2TtSsRrQqPpOoNnMmLlKkJjIiHhGgFfE"}
UNFIT = Fault("CUSTOMER_AND_ROLE", "A key of role customer names its customerId; no other key does.", "customerId")
ENDED = Fault("KEY_NOT_LIVE", "Only a live key can be rotated.", "id", "Wq7Lr2Xs", kind=Kind.CONFLICT)
CALLS = {
    "list": listed("List API keys", KeyBody, KEY, "The keys of the own account, newest first, without their text."),
    "create": changed(
        "Issue an API key",
        IssuedKeyBody,
        ISSUED,
        UNFIT,
        status=201,
        recorded=False,
        description="`key` is shown in this answer and never again, an Idempotency-Key or not.",
        secret=True,
        body=KeyShape,
        examples={
            "operator": {"name": "Web shop", "role": "operator", "expiresAt": "2099-12-31T00:00:00Z"},
            "one customer": {"name": "Ada", "role": "customer", "customerId": "cust-001"},
        },
    ),
    "destroy": changed(
        "Revoke an API key",
        KeyBody,
        {**KEY, "revoked": True},
        recorded=False,
        description="From this moment on the key is answered with 401. Revoking it again changes nothing.",
    ),
    "rotate": changed(
        "Replace an API key",
        IssuedKeyBody,
        {**ISSUED, "id": "Kd8mPz3v", "key": "Kd8mPz3v.EfGgHhIiJjKkLlMmNnOoPpQqRrSsTt2"},
        ENDED,
        status=201,
        recorded=False,
        description="A new key with the same rights; the old one works on for `overlapSeconds`, a day unless told.",
        secret=True,
        body=RotationShape,
        examples={"one hour": {"overlapSeconds": 3600}},
    ),
}
SUBJECT = Subject("API keys", "Wq7Lr2Xs", CALLS)
