"""What the catalogue brings to the engine."""

from catalog.services.imports import IMPORT
from printshop.bulk.registry import register


def register_all() -> None:
    register(IMPORT)
