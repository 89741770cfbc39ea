"""What does somebody ask of the log, in terms that the database can answer at any size?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit.browsing.words import Term
from audit.events import Event
from audit.models import Citation, Entry

MOST_SUBJECTS = 50
FAMILIES = tuple(dict.fromkeys(f"{event.partition('.')[0]}.*" for event in sorted(Event)))


@dataclass(frozen=True)
class Asked:
    """Hold one question; what is empty does not narrow it."""

    events: tuple[str, ...] = ()
    actor_type: str = ""
    actors: tuple[str, ...] = ()  # as entries name them: people by pseudonyms
    target: str = ""
    subjects: tuple[str, ...] = ()
    since: str = ""  # a moment as entries write it
    before: str = ""  # a moment that is too late already
    terms: tuple[Term, ...] = ()

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns that are narrowed to some values, with these."""
        single = {"actor_type": self.actor_type, "target": self.target}
        wanted = {name: (value,) for name, value in single.items() if value}
        several = {"event": self.events, "actor": self.actors, "subject": self.subjects}
        return wanted | {name: values for name, values in several.items() if values}


def expanded(names: Iterable[str]) -> tuple[str, ...]:
    """Return the events that some names stand for; `proposal.*` is all of a family."""
    found: dict[str, None] = {}
    for name in names:
        if name.endswith(".*"):
            found |= dict.fromkeys(str(e) for e in Event if e.startswith(name.removesuffix("*")))
        else:
            found[name] = None
    return tuple(found)


def about_proposal(name: str) -> tuple[str, ...]:
    """Return a proposal's subject, and those of the deliveries that rest on its entries."""
    subject = f"proposal:{name}"
    own = Entry.objects.filter(subject=subject).order_by("-id").values_list("uid", flat=True)
    resting = Citation.objects.filter(cited__in=list(own[:200]), entry__subject__gt="delivery:")
    found = resting.filter(entry__subject__lt="delivery;").values_list("entry__subject", flat=True)
    return (subject, *sorted(set(found[:1_000]))[: MOST_SUBJECTS - 1])
