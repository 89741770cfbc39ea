"""What does an entry say in plain language, and how good is the news?"""

from collections.abc import Mapping
from typing import Any

from audit.browsing.said import SAID, TONES, Tone
from audit.events import Event
from audit.models import Entry
from audit.people import names

# Which fact names a subject where it is not its title, and how a kind and a title are joined.
_TITLES: Mapping[str, tuple[str, ...]] = {
    "pattern": ("component", "template"),
    "target": ("name",),
    "token": ("name",),
    "source": ("name",),
}
# By which way in something came, where it was none of the pages.
_DOORS: Mapping[str, str] = {
    "mcp": " through an agent",
    "api": " over the API",
    "chat": " in a chat",
    "terminal": " on a terminal",
}
_OF: Mapping[str, str] = {"delivery": " of"}


def sentence(entry: Entry, *, title: str = "") -> str:
    """Say in one sentence who did what to which thing, by the title that the caller knows."""
    what = subject_in_words(entry, title=title)
    who = _who(entry)
    said = next((text for event, text in SAID.items() if event == entry.event), None)
    if said is None:  # the event comes from the row: it is no format string of ours
        return f"{who} recorded {entry.event} of {what}"
    text = said.format(who=who, what=what, What=_begun(what))
    text = text if who != names.FORGOTTEN else _begun(text)
    text += _DOORS.get(str(entry.facts.get("door")), "")
    detail = entry.names.say(_detail(entry.facts))
    return f"{text} ({detail})" if detail else text


def subject_in_words(entry: Entry, *, title: str = "") -> str:
    """Name the subject so that a person knows it again."""
    kind, _, name = str(entry.subject).partition(":")
    if numbered := _numbered(kind, entry):
        return numbered
    if told := title or _title_of(kind, {**entry.facts, **entry.texts}):
        return f"the {kind}{_OF.get(kind, '')} “{told}”"
    if kind in ("person", "user") and (called := entry.names.say(name)) != name:
        return called if called == names.FORGOTTEN else f"{kind} {called}"
    short = name[:8] if len(name) == 36 and name.count("-") == 4 else name
    return f"{kind} {short}" if short else f"the {kind}"


def _numbered(kind: str, entry: Entry) -> str:
    """Name what people know by its number within a target, or by how many there are."""
    if kind == "standing":
        return f"standing approval #{str(entry.subject).partition(':')[2]}"
    number, wanted = entry.facts.get("number"), entry.facts.get("wanted")
    if kind == "generation" and type(number) is int:
        return f"generation {number} of {entry.target}"
    if kind == "loop" and type(wanted) is int:
        return f"the {wanted} generations in a row of {entry.target}"
    return ""


def _title_of(kind: str, facts: Mapping[str, Any]) -> str:
    values = [facts.get(name) for name in _TITLES.get(kind, ("title",))]
    return next((value for value in values if isinstance(value, str) and value), "")


def tone(entry: Entry) -> Tone:
    """Say how good the news is."""
    if entry.event == Event.LOG_VERIFIED:
        return "good" if entry.facts.get("ok") is True else "bad"
    return TONES.get(str(entry.event).partition(".")[2], "quiet")


def _who(entry: Entry) -> str:
    if entry.actor_type != "system":
        return entry.who
    if entry.facts.get("forge") == "github":
        return f"{entry.texts.get('author') or 'Somebody'} on GitHub"
    return "selfimprove"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _detail(facts: Mapping[str, Any]) -> str:
    """Pick the one fact that tells the most."""
    outcomes = facts.get("outcomes")
    if isinstance(outcomes, dict):
        proposed = outcomes.get("proposed", 0)
        return f"{proposed} proposed" if proposed else "nothing new to propose"
    if isinstance(ruled := facts.get("authorised"), dict) and "outcome" not in facts:
        decided = ", ".join(ruled.get("policies") or ["no policy"])
        return f"{str(ruled.get('action')).replace('_', ' ')}: {decided}"
    if isinstance(phase := facts.get("phase"), str):
        return f"{phase}: {str(facts.get('result', '')).lower()}"
    for name in ("under", "stage", "location", "branch"):
        value = facts.get(name)
        if isinstance(value, str) and value:
            return f"{name}: {value}"
    for name in ("outcome", "verdict", "state", "to", "status", "backend"):
        value = facts.get(name)
        if isinstance(value, str) and value:
            return value.lower().replace("_", " ")
    return ""
