"""Does an idea that was taken up become a change, once, and is what came of it told and linked?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from audit.browsing.places import subject_url
from audit.events import Event
from audit.models import Entry
from evaluation import tasks
from evaluation.ideas import deciding, writing
from evaluation.ideas.records import Idea
from evaluation.ideas.writing import NotAgain
from generations import resetting
from generations.models import Generation, Outcome
from generations.running import opening
from generations.running.opening import CannotBegin, Wish
from generations.running.recording import OURSELVES
from selfimprove import schedules
from selfimprove.wakes import WAKES
from targets.models import Target
from tests.evaluation.inspections.test_ideas import make_idea
from tests.factories import NOW, make_target, make_user
from tests.generations.endings import accepted, bare_target, ended
from tests.generations.test_starting import generations, use_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return bare_target()


def taken_up(target: Target, title: str = "search fails: timeout") -> Idea:
    idea = make_idea(target, title)
    return deciding.accept(idea, person=make_user("reviewer"), at=NOW)


def attempt(idea: Idea, outcome: Outcome = Outcome.REJECTED) -> Generation:
    """Make an attempt at an idea that ended so."""
    Idea.objects.filter(pk=idea.pk).update(begun_at=NOW)
    idea.refresh_from_db()
    return ended(idea.target, outcome, subject=idea.subject)


def test_what_was_taken_up_is_written_once_in_its_own_words(target: Target) -> None:
    make_idea(target, "waits for a person")
    idea = taken_up(target)
    assert tasks.take_up() == f"gateway #1: idea:{idea.pk}"
    generation = Generation.objects.get()
    assert (generation.subject, generation.asked_by) == (idea.subject, "evaluation")
    assert generation.brief == "search fails: timeout\n\n11 times"
    assert tasks.take_up() == "no idea waits"
    started = Entry.objects.get(event=Event.GENERATION_STARTED)
    assert started.facts["subject"] == idea.subject
    Generation.objects.update(outcome=Outcome.FAILED, reason="ours", ended_at=NOW)
    assert tasks.take_up() == "no idea waits"  # to try again is a person's decision


def test_one_is_written_at_a_time_the_first_decided_first(target: Target) -> None:
    second, first = taken_up(target, "b"), taken_up(target, "a")
    Idea.objects.filter(pk=first.pk).update(decided_at=NOW - timedelta(hours=1))
    elsewhere = taken_up(bare_target("mailer"), "c")
    assert tasks.take_up() == f"gateway #1: {first.subject}; mailer #1: {elsewhere.subject}"
    said = tasks.take_up()
    assert said.startswith(f"{second.subject} waits: A generation of gateway is at work")
    Generation.objects.update(outcome=Outcome.NOTHING, reason="done", ended_at=NOW)
    assert tasks.take_up() == f"gateway #2: {second.subject}"


def test_it_waits_for_a_target_that_is_not_ready(target: Target) -> None:
    taken_up(target)
    Target.objects.update(paused=True)
    assert tasks.take_up() == "no idea waits"
    Target.objects.update(paused=False)
    assert tasks.take_up().startswith("gateway #1")


def test_a_wish_that_cannot_begin_leaves_the_idea_as_it_was(target: Target) -> None:
    idea = taken_up(target)
    opening.begin(Wish(target, OURSELVES), at=NOW)
    with pytest.raises(CannotBegin, match="at work already"):
        writing.begin(idea, actor=OURSELVES, at=NOW)
    assert Idea.objects.get().begun_at is None


def test_a_budget_that_is_used_up_lets_it_wait(target: Target, settings: Settings) -> None:
    idea = taken_up(target)
    generations(settings, engine="model")
    use_up(settings)
    assert f"{idea.subject} waits: the budget “day” is used up" in tasks.take_up()
    assert not Generation.objects.exists()


def test_a_rejected_attempt_is_told_and_may_be_tried_again(target: Target) -> None:
    idea = taken_up(target)
    attempt(idea)
    course = writing.course_of(idea)
    assert course.words == "Rejected: A gate refused it: eval."
    rita = make_user("reviewer", name="rita")
    generation = writing.again(idea, person=rita, at=NOW)
    assert (generation.number, generation.asked_by) == (2, "rita")
    with pytest.raises(NotAgain, match="being tried"):
        writing.again(idea, person=rita, at=NOW)


def test_after_so_many_rejections_it_is_left_alone(target: Target, settings: Settings) -> None:
    generations(settings, rejections=2)
    idea, rita = taken_up(target), make_user("reviewer")
    attempt(idea)
    attempt(idea, Outcome.FAILED)
    attempt(idea, Outcome.CANCELLED)
    assert writing.course_of(idea).may_again == ""  # what was our fault does not count
    attempt(idea)
    with pytest.raises(NotAgain, match="rejected 2 times"):
        writing.again(idea, person=rita, at=NOW)


def test_what_became_a_proposal_is_not_tried_again(tmp_path: Path) -> None:
    idea = taken_up(make_target(tmp_path))
    Idea.objects.filter(pk=idea.pk).update(begun_at=NOW)
    idea.refresh_from_db()
    accepted(idea.target, subject=idea.subject)
    with pytest.raises(NotAgain, match="A proposal came of it"):
        writing.again(idea, person=make_user("reviewer"), at=NOW)


@pytest.mark.parametrize("stand", ["OPEN", "waits"])
def test_what_has_not_been_tried_is_not_tried_again(target: Target, stand: str) -> None:
    idea = make_idea(target) if stand == "OPEN" else taken_up(target)
    with pytest.raises(NotAgain):
        writing.again(idea, person=make_user("reviewer"), at=NOW)
    assert not Generation.objects.exists()


def test_who_may_not_decide_tries_nothing_again(target: Target, client: Client) -> None:
    idea = taken_up(target)
    attempt(idea)
    with pytest.raises(PermissionDenied):
        writing.again(idea, person=make_user("viewer"), at=NOW)
    client.force_login(make_user("viewer"))
    assert client.post(reverse("evaluation:idea-again", args=[idea.pk])).status_code == 403
    assert "Try again" not in client.get(idea.get_absolute_url()).content.decode()


def test_an_archive_that_was_taken_back_has_no_idea_written_anew(target: Target) -> None:
    idea = taken_up(target)
    tasks.take_up()
    Generation.objects.update(outcome=Outcome.NOTHING, reason="done", ended_at=NOW)
    resetting.reset(target, actor=OURSELVES, at=NOW)
    assert tasks.take_up() == "no idea waits"
    idea.refresh_from_db()
    assert writing.course_of(idea).words == "What was tried was taken back with the archive."
    assert writing.again(idea, person=make_user("reviewer"), at=NOW).number == 1


def test_its_page_tells_of_every_attempt_and_links_the_proposal(
    tmp_path: Path, client: Client
) -> None:
    idea = taken_up(make_target(tmp_path), "<b>mailer</b> fails")
    attempt(idea)
    generation = accepted(idea.target, subject=idea.subject)
    client.force_login(make_user("admin"))
    page = client.get(idea.get_absolute_url()).content.decode()
    assert f'href="{generation.get_absolute_url()}"' in page
    back = client.get(generation.get_absolute_url()).content.decode()
    assert f'href="{idea.get_absolute_url()}"' in back
    assert "&lt;b&gt;mailer&lt;/b&gt; fails" in page
    assert page.index("Generation 2") < page.index("Generation 1")
    assert "A gate refused it: eval." in page
    assert generation.proposal is not None
    assert f'href="{generation.proposal.get_absolute_url()}"' in page
    assert "A proposal came of it: decide about that." in page
    listed = client.get(reverse("evaluation:ideas"), {"state": "ACCEPTED"}).content.decode()
    assert f'href="{idea.get_absolute_url()}"' in listed
    assert "A proposal came of it." in listed


def test_a_person_tries_again_on_the_page_and_is_told_why_not(
    target: Target, client: Client
) -> None:
    idea = taken_up(target)
    attempt(idea)
    client.force_login(make_user("reviewer"))
    address = reverse("evaluation:idea-again", args=[idea.pk])
    assert "gateway #2 tries it again." in client.post(address, follow=True).content.decode()
    assert "It is being tried." in client.post(address, follow=True).content.decode()
    page = client.get(idea.get_absolute_url()).content.decode()
    assert "At work" in page
    assert "Try again" not in page
    assert Generation.objects.count() == 2


@pytest.mark.parametrize(
    ("stand", "words"),
    [
        ("OPEN", "No change was asked for"),
        ("ACCEPTED", "Its turn has not come"),
        ("DISMISSED", "No change is written for it"),
    ],
)
def test_before_any_attempt_its_page_says_what_happens_next(
    stand: str, words: str, target: Target, client: Client
) -> None:
    idea, rita = make_idea(target), make_user("reviewer")
    if stand == "ACCEPTED":
        deciding.accept(idea, person=rita, at=NOW)
    elif stand == "DISMISSED":
        deciding.dismiss(idea, person=rita, reason="By design.", at=NOW)
    assert subject_url(idea.subject) == idea.get_absolute_url()
    client.force_login(rita)
    page = client.get(idea.get_absolute_url()).content.decode()
    assert words in page
    assert ("Take up" in page) is (stand == "OPEN")


def test_many_ideas_are_listed_with_few_questions_to_the_database(
    target: Target, client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        attempt(taken_up(target, f"idea {number}"))
    client.force_login(make_user("reviewer"))
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert client.get(reverse("evaluation:ideas"), {"state": "all"}).status_code == 200


def test_it_goes_the_houses_way() -> None:
    ticks = {tick.name: tick for tick in schedules.TICKS}
    assert ticks["evaluation.take_up"].acts
    assert "evaluation.take_up" in WAKES[Event.IDEA_ACCEPTED]
    assert "evaluation.take_up" in WAKES[Event.GENERATION_ENDED]
