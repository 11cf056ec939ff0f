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
from printshop.bulk.purging import register_purge
from printshop.bulk.registry import register, register_inverse


def register_all() -> None:
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
