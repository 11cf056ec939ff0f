"""Admin forms that save through the engine: what is typed is judged, written and recorded like any other change."""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.utils import timezone
from pydantic.alias_generators import to_camel

from printshop.api.actors import Actor
from printshop.api.reading import Item, read
from printshop.bulk.engine import Batch, Operation, Result, preview, run

OVERTAKEN = (
    "Somebody changed this while you had the page open: it {}. Nothing was saved. Take that over, or save again to "
    "have it your way."
)


@dataclass(frozen=True, slots=True)
class Saving:
    """The operation that a form becomes one item of, and the shape its fields are read by."""

    operation: Operation
    shape: Any
    terms: Mapping[str, Any] = field(default_factory=dict)


def public_id(row: Model) -> Any:
    """What the API calls a row."""
    return getattr(row, "reference", row.pk)


def as_typed(value: Any) -> Any:
    """Text with the line ends of everybody in place of a form's."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


class EngineForm(forms.ModelForm):
    """A form whose validity is a plan: the operation's refusals stand at the fields they name.

    `form.save` writes nothing; `carry_out` runs the planned batch, under the locks that planning took.
    """

    saving: ClassVar[Saving]
    actor: ClassVar[Actor]
    batch: Batch | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            return
        for name, one in self.fields.items():
            # The page brings back what it showed, so that what others changed meanwhile is told from what was typed.
            one.show_hidden_initial = not self.is_bound or self[name].html_initial_name in self.data

    def given(self) -> dict[str, Any]:
        """The fields to send, on the wire's names: on an edit those that changed, null clearing them."""
        making = self.instance._state.adding
        names = [one.name for one in self._meta.model._meta.fields if one.name in self.cleaned_data]
        values = {name: None if self.cleaned_data[name] == "" else self.cleaned_data[name] for name in names}
        if making:
            return {to_camel(name): value for name, value in values.items() if value is not None}
        return {to_camel(name): value for name, value in values.items() if name in self.changed_data}

    def terms(self) -> Mapping[str, Any]:
        """What holds for the whole batch."""
        return self.saving.terms

    def field_at(self, path: str) -> str | None:
        """The form's field for a fault's path; None for one of the form as a whole."""
        return next((name for name in self.fields if to_camel(name) == path.split(".")[0]), None)

    # --- Pages that have grown old --------------------------------------------------------------------------
    def at_stake(self) -> Collection[str]:
        """The fields that would be overwritten: by default those that were typed into."""
        return self.changed_data

    def overtaken(self) -> list[str]:
        """Fields at stake which somebody else has changed since the page showed them."""
        return [name for name in self.at_stake() if name in self.fields and self.is_overtaken(name)]

    def is_overtaken(self, name: str) -> bool:
        field, shown_as = self.fields[name], self.data.get(self[name].html_initial_name)
        return field.show_hidden_initial and field.has_changed(as_typed(self.current(name)), as_typed(shown_as))

    def current(self, name: str) -> Any:
        return self.get_initial_for_field(self.fields[name], name)

    def complain_of_overtaken(self) -> None:
        """Say what it is by now. Saving once more overwrites it, for then it has been seen."""
        # Django's form data may not be written to, a copy of it may.
        brought: Any = copy(self.data)
        for name in self.overtaken():
            now = self.fields[name].prepare_value(self.current(name))
            brought[self[name].html_initial_name] = "" if now is None else str(now)
            said = f"is “{now}” by now" if now not in (None, "") else "has been emptied"
            self.add_error(name, OVERTAKEN.format(said))
        self.data = brought

    def look_again(self) -> None:
        """Compare with the row as planning locked it: somebody may have saved since this form has read it."""
        row = type(self.instance)._base_manager.get(pk=self.instance.pk)
        self.initial = type(self)(instance=row).initial

    # --- Judging and saving ----------------------------------------------------------------------------------
    def _post_clean(self) -> None:
        """In place of the model's own validation: look and plan."""
        if not self.instance._state.adding:
            self.complain_of_overtaken()
        if self.errors or not (given := self.given()):
            return
        value, faults = read(self.saving.shape, given)
        if not self.instance._state.adding:
            value = {**(value or {}), "id": public_id(self.instance)}
        self.batch = Batch([Item(0, value, faults)], self.terms(), self.actor, timezone.now())
        outcome = preview(self.saving.operation, self.batch).outcomes[0]
        for fault in outcome.faults:
            self.add_error(self.field_at(fault.path), fault.message)
        if not self.instance._state.adding:
            self.look_again()
            self.complain_of_overtaken()

    def carry_out(self) -> Result | None:
        """Run what was planned; None where nothing was changed. Raises `Refused` when somebody was faster."""
        return None if self.batch is None else run(self.saving.operation, self.batch)
