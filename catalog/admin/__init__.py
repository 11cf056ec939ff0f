"""The catalogue in the admin."""

from catalog.admin import media, pages, skus, stores

__all__ = ["media", "pages", "skus", "stores"]
