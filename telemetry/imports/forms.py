"""What does a person say about files that shall come in, and is the upload one that can?"""

from django import forms
from django.conf import settings

from telemetry.collecting.states import in_bytes
from telemetry.imports.history import Wish
from telemetry.imports.records import Import, State
from telemetry.imports.sniffing import AUTO, FORMATS
from telemetry.imports.uploads import Landing

CHOICES = [(AUTO, "Found out by looking"), *((name, it.title) for name, it in FORMATS.items())]
CUT_OFF = "The connection was cut off before all had arrived. Send it once more."
UNDER_WAY = "An import of this target waits or runs: wait for its end, or give it up."


class WishForm(forms.Form):
    """Take what is wanted of files."""

    format = forms.ChoiceField(
        choices=CHOICES,
        initial=AUTO,
        error_messages={
            "invalid_choice": "%(value)s is no format that is known. Choose one of the list.",
            "required": "Choose a format, or let it be found out.",
        },
    )
    to_now = forms.BooleanField(required=False, label="Move the newest event to now")
    skip_bad = forms.BooleanField(required=False, label="Skip bad lines")

    def wish(self, act: str) -> Wish:
        """Return the wish; whatever is not plainly the import is only a look."""
        given = self.cleaned_data
        return Wish(
            format=given["format"],
            to_now=given["to_now"],
            skip_bad=given["skip_bad"],
            dry_run=act != "bring",
        )


class UploadForm(WishForm):
    """Take files with it."""

    upload = forms.Field(required=False)
    end = forms.CharField(required=False)  # behind the files: without it, they may be cut off

    def judge(self, landing: Landing) -> None:
        """Hold what arrived against what may come."""
        empty = [piece.name for piece in landing.pieces if not piece.size]
        if landing.fault:
            self.add_error("upload", landing.fault)
        elif landing.pieces and not self["end"].value():
            self.add_error("upload", CUT_OFF)
        elif landing.too_large:
            self.add_error("upload", too_large())
        elif not landing.pieces:
            self.add_error("upload", "Choose at least one file.")
        elif empty:
            self.add_error(
                "upload", f"{', '.join(empty[:3])}: empty. Choose files that hold something."
            )


def too_large() -> str:
    """Say how much may come at once."""
    most = in_bytes(settings.SELFIMPROVE.telemetry.max_import_bytes)
    return f"Larger than {most} in all: pack it with gzip, split it, or use import_events."


def again(row: Import) -> WishForm:
    """Return a form that repeats what was wished, and proposes what a hindered import lacked."""
    refused = row.state == State.REFUSED
    return WishForm(
        initial={
            "format": row.format,
            "to_now": row.to_now or (refused and row.too_old > 0),
            "skip_bad": row.skip_bad or (refused and row.bad > 0),
        }
    )
