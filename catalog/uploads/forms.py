"""What the upload pages ask."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import INPUT_CLASSES, UnfoldAdminIntegerFieldWidget

from catalog.services.imports import IMPORT
from catalog.uploads.cells import items_of
from catalog.uploads.keeping import Upload
from catalog.uploads.reading import SUFFIXES, Unreadable
from catalog.uploads.sheets import MAX_BYTES, MAX_ROWS, Sheet, read_sheet
from printshop.bulk.models import Policy

NAME_CHARACTERS = 100
MODES = [
    ("upsert", "Create and update (upsert): new SKUs are made, known ones changed, all others stay"),
    ("append", "Create only (append): new SKUs are made, known ones skipped"),
    ("replace", "Replace the catalogue: the SKUs of the file are active, every other one is switched off"),
]
POLICIES = [
    (Policy.ATOMIC, "import nothing until every row is good"),
    (Policy.PARTIAL, "import the good rows, leave out the refused ones"),
]


class UploadForm(forms.Form):
    """A file of SKUs, and how it meets the catalogue. Once valid, `cleaned_data["file"]` is a `Sheet`."""

    file = forms.FileField(
        widget=forms.FileInput(attrs={"class": " ".join(INPUT_CLASSES), "accept": ",".join(SUFFIXES)}),
        help_text=f"CSV (comma, semicolon, tab or pipe), XLSX (its first visible sheet), JSON or JSON lines, up to "
        f"{MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB. An empty cell leaves its field as it is.",
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

    def clean_file(self) -> Sheet:
        """The file as a sheet whose columns are known."""
        file: UploadedFile = self.cleaned_data["file"]
        self.file_name = file.name or ""
        try:
            # Its size is judged before it is read into memory.
            sheet = read_sheet(self.file_name, file.read() if (file.size or 0) <= MAX_BYTES else bytes(MAX_BYTES + 1))
            items_of(replace(sheet, rows=sheet.rows[:1]), IMPORT.item)
        except Unreadable as error:
            raise forms.ValidationError(str(error), code="unreadable") from error
        return sheet

    def upload(self, owner: int) -> Upload:
        """What was sent, by the user with that key."""
        sent = self.cleaned_data
        return Upload(sent["file"], self.file_name[-NAME_CHARACTERS:], sent["mode"], owner, sent["max_deactivate"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("max_deactivate") is not None and found.get("mode") not in (None, "replace"):
            self.add_error("max_deactivate", "Only a replace switches SKUs off: choose replace, or leave this empty.")
        return found


class ConfirmForm(forms.Form):
    """The button under a preview: `plan` is the fingerprint of what was shown."""

    plan = forms.CharField(max_length=64)
    policy = forms.ChoiceField(choices=POLICIES)
