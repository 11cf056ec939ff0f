"""Jobs in the admin: moved by actions that show their plan, and never edited by hand."""

from jobs.admin.jobs import JobAdmin, JobMoveAdmin

__all__ = ["JobAdmin", "JobMoveAdmin"]
