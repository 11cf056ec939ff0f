"""What is done to keys, and to accounts by their keys, from the lists of the admin: the plan first."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html

from printshop.api import keys
from printshop.api.confirming import NOTHING, Fate, PlannedAction, Said
from printshop.api.models import Account, APIKey


def shown_once(key: APIKey, text: str) -> Said:
    """The one time that the key is seen."""
    sentence = "The key for {} ({}): {} – copy it now, it is not shown again."
    code = format_html('<code class="font-mono select-all break-all">{}</code>', text)
    return messages.WARNING, format_html(sentence, key.name, key.role, code)


def about(key: APIKey) -> str:
    return f"{key.prefix}…, {key.role} of {key.account}"


def judge_rotation(request: HttpRequest, chosen: Sequence[APIKey], at: datetime) -> list[Fate]:
    """Only what is live has a successor."""
    return [rotation_of(key, at) if key.is_live else Fate(refused=keys.NOT_LIVE) for key in chosen]


def rotation_of(key: APIKey, at: datetime) -> Fate:
    soon = key.expiry_date is not None and key.expiry_date <= at + keys.DEFAULT_OVERLAP
    return Fate([f"This one works on {'until it expires' if soon else 'for a day'}."])


def rotate(request: HttpRequest, chosen: Sequence[APIKey], at: datetime) -> list[Said]:
    return [shown_once(*keys.rotate(key, at=at)) for key in chosen]


def judge_revocation(request: HttpRequest, chosen: Sequence[APIKey], at: datetime) -> list[Fate]:
    """What is revoked stays so. An account that is left without a key is named."""
    left = APIKey.objects.live(at).exclude(pk__among=[key.pk for key in chosen])
    served = set(left.order_by().values_list("account_id", flat=True).distinct())
    fates = []
    for key in chosen:
        last = [] if key.account_id in served or not key.is_live else [f"{key.account} has no live key then."]
        fates.append(NOTHING if key.revoked else Fate(last, [("state", state_of(key), "revoked")]))
    return fates


def revoke(request: HttpRequest, chosen: Sequence[APIKey], at: datetime) -> list[Said]:
    keys.revoke(*chosen)
    return [(messages.SUCCESS, f"Revoked: {', '.join(f'{key.name} ({key.prefix}…)' for key in chosen)}.")]


def state_of(key: APIKey) -> str:
    return "revoked" if key.revoked else "expired" if key.has_expired else "live"


REVOKE = PlannedAction(
    "revoke",
    "Revoke",
    judge_revocation,
    revoke,
    done="revoked",
    about=about,
    warning="Whoever uses these keys is refused from the next request on. This cannot be undone.",
)
ROTATE = PlannedAction(
    "rotate",
    "Rotate",
    judge_rotation,
    rotate,
    done="rotated",
    about=about,
    warning="A new key with the same rights is made for each and shown once.",
    most=50,
)


# --- Accounts --------------------------------------------------------------------------------------------------------
def live_keys_of(accounts: Sequence[Account], at: datetime) -> dict[int, list[APIKey]]:
    """The live keys of each account, by its primary key."""
    found: dict[int, list[APIKey]] = {}
    for key in APIKey.objects.live(at).filter(account__among=[one.pk for one in accounts]).order_by("pk"):
        found.setdefault(key.account_id, []).append(key)
    return found


def judge_closing(request: HttpRequest, accounts: Sequence[Account], at: datetime) -> list[Fate]:
    """Which keys go with each account."""
    live = live_keys_of(accounts, at)
    return [Fate([f"{key.name} ({key.prefix}…), {key.role}" for key in live.get(one.pk, ())]) for one in accounts]


def close(request: HttpRequest, accounts: Sequence[Account], at: datetime) -> list[Said]:
    gone = [key for found in live_keys_of(accounts, at).values() for key in found]
    keys.revoke(*gone)
    return [(messages.SUCCESS, f"Keys revoked: {len(gone)}.")]


CLOSE = PlannedAction(
    "revoke_keys",
    "Revoke all keys of",
    judge_closing,
    close,
    done="left without a key",
    warning="Whoever uses their keys is refused from the next request on. This cannot be undone.",
    most=100,
)
