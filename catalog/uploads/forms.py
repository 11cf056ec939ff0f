"""What the upload pages ask."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import Upload
from catalog.uploads.reading import MAX_BYTES, MAX_ROWS, MAX_WORKBOOK_ROWS, SUFFIXES, Mapping, mapping_faults
from catalog.uploads.reading.fields import FIELDS, REMARKS, column_letter, folded
from printshop.bulk.models import Policy

MODES = [
    ("upsert", "Create and update (upsert): new SKUs are made, known ones changed, all others stay"),
    ("append", "Create only (append): new SKUs are made, known ones skipped"),
    ("replace", "Replace the catalogue: the SKUs of the file are active, every other one is switched off"),
]
POLICIES = [
    (Policy.ATOMIC, "import nothing until every row is good"),
    (Policy.PARTIAL, "import the good rows, leave out the refused ones"),
]
ENCODINGS = [("utf-8-sig", "UTF-8"), ("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")]
DELIMITERS = [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe")]
DECIMALS = [(".", "point: 12.50"), (",", "comma: 12,50")]


class UploadForm(forms.Form):
    """A file of SKUs, and how it meets the catalogue."""

    file = forms.FileField(
        error_messages={"empty": "The file is empty."},
        widget=forms.FileInput(attrs={"class": " ".join(INPUT_CLASSES), "accept": ",".join(SUFFIXES)}),
        help_text=f"CSV, JSON or JSON lines up to {MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB, XLSX (its first "
        f"visible sheet) up to {MAX_WORKBOOK_ROWS:,} rows. An empty cell leaves its field as it is.",
    )
    mode = forms.ChoiceField(choices=MODES, initial="upsert", widget=forms.RadioSelect)
    max_deactivate = forms.IntegerField(
        label="Switch off at most",
        required=False,
        min_value=0,
        max_value=1_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="For replace: refuse the file when it would switch off more SKUs than this.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
        return file

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("max_deactivate") is not None and found.get("mode") not in (None, "replace"):
            self.add_error("max_deactivate", "Only a replace switches SKUs off: choose replace, or leave this empty.")
        return found


def with_own(choices: list[tuple[str, str]], own: str) -> list[tuple[str, str]]:
    """The choices, each name once: that of the file itself where two have it."""
    named = {name: value for value, name in choices} | {name: own for value, name in choices if value == own}
    named = named if own in named.values() else {**named, own: own}
    return [(value, name) for name, value in named.items()]


class ColumnsForm(forms.Form):
    """How a file is read, and which field each of its columns is: `column-0`, `column-1` …, empty for none."""

    def __init__(self, upload: Upload, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload, self.columns = upload, list(upload.format["columns"])
        if upload.format["kind"] == "csv":
            self.add_choice("encoding", ENCODINGS)
            self.add_choice("delimiter", DELIMITERS)
            self.add_choice("decimal", DECIMALS)
        for position, (name, field) in enumerate(zip(self.columns, upload.mapping, strict=True)):
            if folded(name) != REMARKS:
                self.fields[f"column-{position}"] = forms.ChoiceField(
                    label=f"{column_letter(position)}: {name or 'without a name'}",
                    choices=[("", "pass over"), *((one, one) for one in FIELDS)],
                    initial=field or "",
                    required=False,
                    widget=UnfoldAdminSelectWidget,
                )

    def add_choice(self, name: str, choices: list[tuple[str, str]]) -> None:
        own = self.upload.format[name]
        self.fields[name] = forms.ChoiceField(
            choices=with_own(choices, own), initial=own, widget=UnfoldAdminSelectWidget
        )

    @property
    def mapping(self) -> Mapping:
        return [self.cleaned_data.get(f"column-{position}") or None for position in range(len(self.columns))]

    def reading(self) -> dict[str, str]:
        """Encoding, delimiter and decimal separator as chosen."""
        known = self.upload.format
        return {name: self.cleaned_data.get(name, known[name]) for name in ("encoding", "delimiter", "decimal")}

    def is_read_otherwise(self) -> bool:
        """Whether the columns are likely to be others than those that were shown."""
        return any(self.reading()[name] != self.upload.format[name] for name in ("encoding", "delimiter"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not self.is_read_otherwise():
            for sentence in mapping_faults(self.columns, self.mapping):
                self.add_error(None, sentence)
        return found

    def lines(self) -> Iterator[tuple[Any, list[str]]]:
        """Each column's field of the form, and what its first cells hold."""
        for position in range(len(self.columns)):
            cells = [row[position] for _, row in self.upload.format["sample"] if position < len(row)]
            if f"column-{position}" in self.fields:
                yield self[f"column-{position}"], [cell for cell in cells if cell]


class ConfirmForm(forms.Form):
    """The button under a preview: `plan` is when its check began."""

    plan = forms.DateTimeField()
    policy = forms.ChoiceField(choices=POLICIES)
    typed = forms.IntegerField(
        required=False,
        label="Type the number to confirm",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, upload: Upload, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload = upload

    @property
    def must_type(self) -> int | None:
        """How many SKUs go off, where that has to be typed in."""
        off = int(self.upload.counts.get("deactivated", 0))
        return off if off > settings.UPLOAD_TYPE_IN_ABOVE else None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.must_type is not None and found.get("typed") != self.must_type:
            self.add_error("typed", f"Type {self.must_type} to say that so many SKUs are to be switched off.")
        refused = self.upload.counts.get("refused", 0)
        if refused and (found.get("policy") == Policy.ATOMIC or self.upload.mode == "replace"):
            rows = "1 row is" if refused == 1 else f"{refused:,} rows are"
            self.add_error(None, f"{rows} refused of {self.upload.total:,}; nothing was imported.")
        return found
