"""`products/:sku/media`: pictures, videos and models of SKUs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from catalog.models import SKU, Media, MediaType
from catalog.serializers import media_body
from catalog.services import media
from printshop.api.actors import EVERYBODY
from printshop.api.shapes import one_of
from printshop.magento.calls import Asked, Change, Look
from printshop.magento.fields import Fields
from printshop.magento.params import Param, as_number, as_text

SKU_ID = Param("skuId", as_text, "product")
ENTRY_ID = Param("id", as_number, "media entry")
BODY = Fields("entry", ignored=frozenset({"file", "types"}), numeric=frozenset({"id"}), params={"sku": SKU_ID})
ONE = replace(BODY, params={"sku": SKU_ID, "entryId": ENTRY_ID})
EXAMPLE = {
    "media_type": "external-video",
    "label": "How it is printed",
    "position": 1,
    "disabled": False,
    "url": "https://shop.example/videos/cube",
}


class AsyncMedia(TypedDict):
    """An entry: `file` is the address of a kept file, `url` an address elsewhere."""

    id: int
    media_type: Annotated[str, one_of(MediaType)]
    label: str
    position: int
    disabled: bool
    file: NotRequired[str]
    url: NotRequired[str]


def changed(asked: Asked) -> dict[str, Any]:
    """An entry that was just made or changed."""
    return media_body(Media.objects.get(pk=asked.reference))


def entry(asked: Asked) -> dict[str, Any] | None:
    """An entry of the SKU in the path."""
    number = as_number(asked.params["entryId"])
    found = Media.objects.filter(pk=number or 0, sku=asked.params["sku"], sku__active=True).first()
    return media_body(found) if found else None


def listed(asked: Asked) -> list[dict[str, Any]] | None:
    """All entries of the SKU in the path, in their order."""
    sku = SKU.objects.active().filter(pk=asked.params["sku"]).first()
    return [media_body(one) for one in sku.media.all()] if sku else None


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """As recorded; of a file the name that it came with."""
    plain = {name: value for name, value in BODY.image(recorded).items() if name != "sku" and value is not None}
    return {"id": int(reference), **plain}


ANSWER = {"id": 7, **EXAMPLE}
SHARED: dict[str, Any] = {"shows": changed, "result": told, "answers": AsyncMedia}
SKU_NAME, ENTRY = {"sku": "sku-pla-black-cube"}, {"sku": "sku-pla-black-cube", "entryId": "7"}
CREATE = Change(
    "Add a media entry", media.CREATE, BODY, **SHARED,
    example={**SKU_NAME, "entry": EXAMPLE}, answer=ANSWER,
    description="With a `url`, which is stored and never fetched, or with a `content` in base64: PNG, JPEG, GIF, WebP;"
    " STL and 3MF for models. What a file is, is told by its bytes.",
)  # fmt: skip
EDIT = Change(
    "Change a media entry", media.EDIT, ONE, **SHARED,
    example={**ENTRY, "entry": {"label": "From the front"}}, answer=ANSWER | {"label": "From the front"},
)  # fmt: skip
DELETE = Change("Delete a media entry", media.DELETE, Fields(params=ONE.params), example=ENTRY)
LIST = Look("List the media of a product", listed, EVERYBODY, "product", list[AsyncMedia], [ANSWER])
SHOW = Look("Show a media entry", entry, EVERYBODY, "media entry", AsyncMedia, ANSWER)
