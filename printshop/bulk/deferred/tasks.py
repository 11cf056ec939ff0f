"""What workers hear."""

from celery import shared_task

from printshop.bulk.deferred.carrying import carry_out_next


@shared_task(ignore_result=True)
def wake() -> None:
    """Carry out the chunk whose turn it is, if there is one."""
    carry_out_next()
