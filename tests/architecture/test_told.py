"""Can every place be opened, every event be told, and every status be left or be an end?"""

import re

import pytest
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from audit import sentences
from audit.browsing.said import SAID
from audit.events import Event
from audit.models import Entry
from proposals.lifecycle import MOVES, Move
from proposals.models import OPEN, Status
from tests.architecture.house import ROOMS, ROOT, sources

# Where a proposal may rest for good; IMPLEMENTED can still be taken back.
ENDS = {Status.REJECTED, Status.REVERTED, Status.FAILED, Status.SUPERSEDED}
TEMPLATE = re.compile(r"""["']([\w/]+\.html)(?:#(\w+))?["']""")
FRAME = {f"{number}.html" for number in ("400", "403", "403_csrf", "404", "500")}  # Django's own


def _ours(resolver: URLResolver, space: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            found.append((f"{space}{entry.name}", entry))
        elif entry.namespace != "admin":
            found.extend(_ours(entry, f"{entry.namespace}:" if entry.namespace else space))
    return found


PAGES = sorted((ROOT / "templates").rglob("*.html"))
PLACES = _ours(get_resolver())


@pytest.mark.parametrize(("name", "place"), PLACES, ids=[name for name, _ in PLACES])
def test_every_place_has_a_name_of_its_own_and_a_view_of_ours(
    name: str, place: URLPattern
) -> None:
    assert place.name
    assert [other for other, _ in PLACES].count(name) == 1
    module = place.callback.__module__
    assert module.split(".")[0] in ROOMS or module.startswith("django.contrib.auth")


def test_every_template_that_code_names_exists_with_its_part() -> None:
    named = {found for path in sources() for found in TEMPLATE.findall(path.read_text())}
    assert len(named) > 20
    for name, part in named:
        get_template(f"{name}#{part}" if part else name)


def test_every_template_can_be_read_and_somebody_uses_it() -> None:
    code = "".join(path.read_text() for path in sources())
    for path in PAGES:
        name = str(path.relative_to(ROOT / "templates"))
        get_template(name)
        pages = "".join(other.read_text() for other in PAGES if other != path)
        known = name in FRAME or name.startswith("registration/")
        assert known or name in code + pages, name


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_a_sentence_that_says_more_than_its_name(event: Event) -> None:
    entry = Entry(event=event, actor="ada", actor_type="person", subject="proposal:7", body="{}")
    told = sentences.sentence(entry)
    assert event in SAID, event
    assert event.value not in told
    assert "{" not in told
    assert told[0].isupper() or told.startswith("ada")
    assert sentences.tone(entry) in {"good", "bad", "warn", "accent", "quiet"}


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_left_or_is_an_end(status: Status) -> None:
    leads_on = [move for move, step in MOVES.items() if status in step.sources]
    assert bool(leads_on) is (status not in ENDS)
    assert not (status in OPEN and status in ENDS)


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PENDING])
def test_every_status_can_be_reached_from_the_first(status: Status) -> None:
    reached = {Status.PENDING}
    for _ in Status:
        for step in MOVES.values():
            if reached & set(step.sources):
                reached.add(step.destination)
    assert status in reached


@pytest.mark.parametrize("move", list(Move))
def test_every_move_has_a_label_an_event_of_its_own_and_one_way_back(move: Move) -> None:
    step = MOVES[move]
    assert step.label
    assert [other.event for other in MOVES.values()].count(step.event) == 1
    assert step.destination not in step.sources
    assert (step.destination == Status.PENDING) is (move is Move.LAPSE)
