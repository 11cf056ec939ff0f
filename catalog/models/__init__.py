"""What the shop sells, and the stores and pages through which it is seen."""

from catalog.models.columns import ColumnMapping
from catalog.models.media import Media, MediaType
from catalog.models.pages import Page
from catalog.models.skus import SKU, Kind, MachineType, default_currency, lock_catalogue, lock_imports
from catalog.models.stores import RESERVED_STORE_CODES, Store, StoreValue
from catalog.models.uploads import StagedRow, StagedSpan, Upload

__all__ = [
    "RESERVED_STORE_CODES",
    "SKU",
    "ColumnMapping",
    "Kind",
    "MachineType",
    "Media",
    "MediaType",
    "Page",
    "StagedRow",
    "StagedSpan",
    "Store",
    "StoreValue",
    "Upload",
    "default_currency",
    "lock_catalogue",
    "lock_imports",
]
