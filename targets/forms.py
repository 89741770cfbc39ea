"""What may a person enter about a target?"""

from collections.abc import Callable
from functools import partial

from django import forms

from targets import registry
from targets.models import Target


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Take a target's configuration; its state is found, never entered."""

    class Meta:
        """Name the fields that a person decides."""

        model = Target
        fields = ["slug", *registry.CONFIGURATION]

    def clean_origin(self) -> str:
        """Refuse an address that carries a secret, a command or half a path."""
        return _judged(str(self.cleaned_data["origin"]), registry.check_origin)

    def clean_forge(self) -> str:
        """Refuse a forge that cannot know this origin."""
        slug = self.cleaned_data.get("slug") or self.instance.slug
        origin = str(self.cleaned_data.get("origin", ""))
        check = partial(registry.check_forge, slug, origin)
        # An origin that was refused has been told of already.
        forge = str(self.cleaned_data["forge"])
        return _judged(forge, check) if origin else forge

    def clean_deploy_path(self) -> str:
        """Refuse half a path."""
        return _judged(str(self.cleaned_data["deploy_path"]), registry.check_deploy_path)

    def clean_allowed_domains(self) -> str:
        """Refuse what is no domain."""
        return _judged(
            str(self.cleaned_data["allowed_domains"]),
            partial(registry.check_allowed, "allowed_domains"),
        )

    def clean_allowed_paths(self) -> str:
        """Refuse what is no folder."""
        return _judged(
            str(self.cleaned_data["allowed_paths"]),
            partial(registry.check_allowed, "allowed_paths"),
        )


class AcceptForm(forms.Form):
    """Take the reason for accepting a rewritten history."""

    reason = forms.CharField(
        max_length=500,
        label="Why was this meant?",
        error_messages={"required": "Say why: it is kept in the log."},
    )


def _judged(value: str, check: Callable[[str], None]) -> str:
    try:
        check(value)
    except registry.BadTarget as error:
        raise forms.ValidationError(str(error).partition(": ")[2]) from error
    return value
