"""What was chosen of a thing, in words."""

from typing import Any

from django.contrib.admin import display


class WithOptions:
    """A line with `options`: the quality tier, and the choices that its SKU leaves."""

    options: Any

    @property
    @display(description="Options", empty_value="-")
    def options_text(self) -> str:
        """`colour: red, quality: fine`."""
        return ", ".join(f"{name}: {value}" for name, value in sorted((self.options or {}).items()))
