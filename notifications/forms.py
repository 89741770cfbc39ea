"""What does a person write to have a place told?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms

from notifications.channels import Wish
from notifications.kinds import KINDS
from notifications.models import Channel, Place
from notifications.rules import GRADES
from targets.models import Target

OVERLAPS = [("0", "not at all"), ("1", "1 hour"), ("24", "1 day"), ("168", "7 days")]
_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChannelForm(forms.Form):
    """Ask for a channel; whether it can be one is judged where it is kept."""

    name = forms.CharField(max_length=80)
    place = forms.ChoiceField(label="Kind of place", choices=Place.choices)
    address = forms.CharField(
        label="Address",
        max_length=2_000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=(
            "https://… of a webhook or Slack, e-mail addresses, or an address of Apprise such as"
            " ntfys://… It is encrypted and never shown again. env:NOTIFY_… names a variable."
        ),
    )
    least = forms.ChoiceField(
        label="Least severity", choices=[(name, name) for name in GRADES], initial="low"
    )
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=_TIME)
    quiet_to = forms.TimeField(
        label="Quiet to",
        required=False,
        widget=_TIME,
        help_text="What is critical is told in quiet hours, too.",
    )
    targets = forms.MultipleChoiceField(
        label="Only of these targets",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label="Only these kinds",
        required=False,
        choices=[(kind.name, kind.words) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *given: Any,
        targets: Sequence[tuple[str, str]],
        channel: Channel | None = None,
        **named: Any,
    ) -> None:
        """Start from a channel as it is, whose address may stay."""
        if channel is not None:
            named.setdefault("initial", _present(channel))
            named.setdefault("auto_id", f"id_{channel.pk}_%s")
        super().__init__(*given, **named)
        chosen = self.fields["targets"]
        assert isinstance(chosen, forms.MultipleChoiceField)  # noqa: S101 - for the type
        chosen.choices = list(targets)
        if channel is not None:
            self.fields["address"].required = False
            self.fields["address"].help_text = "Leave it empty to keep the present one."
        for name, field in self.fields.items():
            if name not in ("kinds", "targets"):
                select = isinstance(field, forms.ChoiceField)
                field.widget.attrs["class"] = "si-select" if select else "si-input"

    def wish(self) -> Wish:
        """Return what was written; only of a form that is valid."""
        said = self.cleaned_data
        return Wish(
            name=said["name"],
            place=said["place"],
            address=said["address"],
            kinds=tuple(said["kinds"]),
            least=said["least"],
            targets=tuple(said["targets"]),
            quiet_from=said["quiet_from"],
            quiet_to=said["quiet_to"],
        )


class RenewForm(forms.Form):
    """Take how long a webhook signs with its old secret, too."""

    overlap = forms.ChoiceField(
        choices=OVERLAPS,
        initial="24",
        label="The old one signs as well for",
        widget=forms.Select(attrs={"class": "si-select"}),
    )

    def period(self) -> timedelta:
        """Return what was chosen; only of a form that is valid."""
        return timedelta(hours=int(self.cleaned_data["overlap"]))


def targets() -> list[tuple[str, str]]:
    """List the targets that a channel may be bound to."""
    return list(Target.objects.order_by("slug").values_list("slug", "name"))


def _present(channel: Channel) -> dict[str, Any]:
    names = ("name", "place", "least", "quiet_from", "quiet_to", "targets", "kinds")
    return {name: getattr(channel, name) for name in names}
