"""What the catalogue brings to the engine."""

from catalog.services import files, media, pages
from catalog.services.imports import IMPORT
from catalog.services.remaking import RESTORE_MEDIA, RESTORE_PAGES
from catalog.services.restoring import RESTORE, RESTORE_VALUES
from catalog.services.stores import SET_VALUES
from catalog.uploads.queued import UPLOAD
from catalog.uploads.work import UPLOADS
from printshop.bulk.deferred.dialects import register_dialect
from printshop.bulk.deferred.errands import register_errand
from printshop.bulk.events import Naming, describe, tell
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.purging import register_purge
from printshop.bulk.registry import register, register_inverse


def register_all() -> None:
    tell_all()
    register_dialect(UPLOAD)
    register_errand(UPLOADS)
    register(IMPORT, SET_VALUES)
    register(media.CREATE, media.EDIT, media.DELETE)
    register(pages.CREATE, pages.EDIT, pages.DELETE)
    register(RESTORE, RESTORE_VALUES, RESTORE_PAGES, RESTORE_MEDIA)
    register_inverse(RESTORE, IMPORT, RESTORE)
    register_inverse(RESTORE_VALUES, SET_VALUES, RESTORE_VALUES)
    register_inverse(RESTORE_PAGES, pages.CREATE, pages.EDIT, pages.DELETE, RESTORE_PAGES)
    register_inverse(RESTORE_MEDIA, media.CREATE, media.EDIT, media.DELETE, RESTORE_MEDIA)
    register_purge("media files", files.sweep)


def changed_as(outcome: Outcome) -> str:
    """A SKU that is switched off is news of its own."""
    return "sku.deactivated" if (outcome.after or {}).get("active") is False else "sku.updated"


def tell_all() -> None:
    """What receivers of webhooks hear of the catalogue."""
    describe(
        sku__created="A SKU was made.",
        sku__updated="A SKU changed, or was switched on again.",
        sku__deactivated="A SKU was switched off.",
    )
    naming: dict[Verdict, Naming] = {
        Verdict.CREATED: "sku.created",
        Verdict.UPDATED: changed_as,
        Verdict.DEACTIVATED: "sku.deactivated",
    }
    tell(naming, IMPORT, RESTORE)
