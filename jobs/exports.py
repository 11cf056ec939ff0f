"""Jobs as a file."""

from jobs.models import Job
from orders.exports import order_id
from orders.references import reference
from printshop.bulk.exports import Column, Table, stamp


def job_id(number: int | None) -> str | None:
    return reference(Job.PREFIX, number) if number else None


JOBS = Table(
    "Jobs",
    [
        Column("id", "pk", job_id),
        Column("orderId", "order_id", order_id),
        Column("skuId", "sku_id"),
        Column("skuName", "sku__name"),
        Column("machineType", "sku__machine_type"),
        Column("material", "sku__material"),
        Column("quantity", "quantity"),
        Column("status", "status"),
        Column("priority", "priority"),
        Column("reason", "reason"),
        Column("reprintOf", "reprint_of_id", job_id),
        Column("dueDate", "order__due_date", stamp),
        Column("createdAt", "created_at", stamp),
        Column("updatedAt", "updated_at", stamp),
    ],
)
