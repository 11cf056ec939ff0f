"""Recorded operations in the admin, and the base of every list whose rows change through the engine."""

from printshop.bulk.admin.acting import ActingAdmin, ActingOnlyAdmin
from printshop.bulk.admin.exporting import ExportingAdmin
from printshop.bulk.admin.items import BulkItemAdmin
from printshop.bulk.admin.operations import BulkOperationAdmin
from printshop.bulk.admin.queue import BulkChunkAdmin, WorkerAdmin
from printshop.bulk.admin.rows import EngineAdmin
from printshop.bulk.admin.selections import SelectionAdmin
from printshop.bulk.admin.wording import link, list_link, money

__all__ = [
    "ActingAdmin",
    "ActingOnlyAdmin",
    "BulkChunkAdmin",
    "BulkItemAdmin",
    "BulkOperationAdmin",
    "EngineAdmin",
    "ExportingAdmin",
    "SelectionAdmin",
    "WorkerAdmin",
    "link",
    "list_link",
    "money",
]
