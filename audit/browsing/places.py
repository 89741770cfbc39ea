"""On which page is what an entry speaks of?"""

from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse

# The page of each kind of subject; the rooms above own them, so only their names are known here.
_PAGES: Mapping[str, tuple[str, str]] = {
    "idea": ("evaluation:idea", "pk"),
    "proposal": ("proposals:detail", "pk"),
    "delivery": ("delivery:detail", "pk"),
    "target": ("targets:detail", "slug"),
    "pattern": ("telemetry:pattern", "pk"),
    "exchange": ("personas:exchange", "pk"),
    "generation": ("generations:by-key", "pk"),
    "loop": ("generations:loop", "pk"),
}


def subject_url(subject: str) -> str:
    """Return the page of the subject, or nothing where it has none."""
    kind, _, name = subject.partition(":")
    page = _PAGES.get(kind)
    if page is None or not name:
        return ""
    try:
        return reverse(page[0], args=[name])
    except NoReverseMatch:
        return ""
