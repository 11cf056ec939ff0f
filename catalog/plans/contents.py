"""What a file may be, and what it is by its bytes: neither a claimed type nor the ending of a name is believed."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.plans.formats import Unfit, is_3mf, is_gif, is_jpeg, is_png, is_stl, is_webp
from printshop.api.refusals import Fault

FIELD = "content.base64_encoded_data"


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it will be kept: its bytes, and what they are. `name` is the one it came with."""

    data: bytes
    content_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its type, what else it is called, how its name ends and how it is told."""

    content_type: str
    extension: str
    fits: Callable[[bytes], bool]
    aliases: frozenset[str] = frozenset()


IMAGES = (
    Format("image/png", ".png", is_png),
    Format("image/jpeg", ".jpg", is_jpeg, frozenset({"image/jpg"})),
    Format("image/gif", ".gif", is_gif),
    Format("image/webp", ".webp", is_webp),
)
STL_ALIASES = frozenset(["application/sla", "application/vnd.ms-pki.stl", "model/x.stl-ascii", "model/x.stl-binary"])
MODELS = (
    Format("model/3mf", ".3mf", is_3mf, frozenset({"application/vnd.ms-package.3dmanufacturing-3dmodel+xml"})),
    Format("model/stl", ".stl", is_stl, STL_ALIASES),
)
FORMATS: Mapping[str, tuple[Format, ...]] = {"image": IMAGES, "model": MODELS, "external-video": ()}
RULES = {
    "image": "The content must be a PNG, JPEG, GIF or WebP picture.",
    "model": "The content must be an STL or 3MF model.",
    "external-video": "An external video is a url; it has no content.",
}
EXTENSIONS = {one.content_type: one.extension for one in (*IMAGES, *MODELS)}


def types_of(media_type: str) -> frozenset[str]:
    """The types of content that an entry may have."""
    return frozenset(one.content_type for one in FORMATS[media_type])


def decoded(text: str, limit: int) -> bytes:
    """Strict base64: no line breaks, no strange letters, whole groups. Raises `Unfit`, before decoding where it can."""
    # Four letters hold three bytes.
    if len(text) > (limit + 2) // 3 * 4:
        raise Unfit("CONTENT_TOO_LARGE", f"The content may have at most {limit:,} bytes.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    # Python's own check has grown stricter over time.
    if data is None or len(text) % 4:
        raise Unfit("NOT_BASE64", "The content is not valid base64.")
    if len(data) > limit:
        raise Unfit("CONTENT_TOO_LARGE", f"The content may have at most {limit:,} bytes.")
    return data


def examined(given: Mapping[str, Any], media_type: str, limit: int) -> tuple[Content | None, list[Fault]]:
    """A content as sent (`{base64_encoded_data, type, name}`), decoded and told; or why it is not taken.

    `limit` is in decoded bytes.
    """
    if not FORMATS[media_type]:
        return None, [Fault("CONTENT_NOT_TAKEN", RULES[media_type], "content")]
    try:
        data = decoded(given["base64_encoded_data"], limit)
        found = next((one for one in FORMATS[media_type] if one.fits(data)), None)
    except Unfit as unfit:
        return None, [Fault(unfit.code, str(unfit), FIELD)]
    if found is None:
        return None, [Fault("CONTENT_NOT_TAKEN", RULES[media_type], FIELD)]
    if given["type"].lower() not in {found.content_type, *found.aliases}:
        message = f"The content is {found.content_type}, not {given['type']}."
        return None, [Fault("CONTENT_TYPE_DIFFERS", message, "content.type", given["type"], found.content_type)]
    return Content(data, found.content_type, given["name"]), []
