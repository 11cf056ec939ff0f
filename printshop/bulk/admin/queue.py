"""The queue from below: chunks of operations, and the workers that carry them out."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from printshop.api.admin import AdminsOnly, ReadOnlyAdmin
from printshop.bulk.admin.filters import AliveFilter
from printshop.bulk.admin.wording import link
from printshop.bulk.models import BulkChunk, ChunkState, Worker

CHUNK_COLOURS = {
    ChunkState.QUEUED: "info",
    ChunkState.RUNNING: "primary",
    ChunkState.DONE: "success",
    ChunkState.CANCELLED: "warning",
}


@admin.register(BulkChunk)
class BulkChunkAdmin(ReadOnlyAdmin, AdminsOnly):
    """Items that are carried out together: where they are, and why they were put back."""

    list_display = ("operation_shown", "number", "size", "state_shown", "tries", "lost", "worker", "error", "ended_at")
    list_display_links = ("number",)
    list_filter = ("state", "ended_at")
    list_select_related = ("operation",)
    list_per_page = 50
    search_fields = ("worker", "error")
    search_help_text = "A worker's name, or what went wrong"
    ordering = ("-operation_id", "number", "first")
    exclude: Any = ("token",)

    @display(description="Operation")
    def operation_shown(self, chunk: BulkChunk) -> SafeString | str:
        return link("admin:bulk_bulkoperation_change", chunk.operation_id, chunk.operation.name)

    @display(description="State", ordering="state", label=CHUNK_COLOURS)
    def state_shown(self, chunk: BulkChunk) -> str:
        return chunk.state


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin, AdminsOnly):
    """Who carries out the queue, and when each was last heard of."""

    list_display = ("name", "seen_at", "started_at", "chunks", "seconds")
    list_filter = (AliveFilter,)
    search_fields = ("name",)
    ordering = ("-seen_at",)
