"""Does the page of a generation tell all that happened, and nothing that did not?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Generation, Outcome, PhaseRun, Result
from generations.running import series
from generations.running.opening import Wish
from proposals.models import Engine, Status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_target
from tests.generations.pages.looking import signed_in, text, words
from tests.generations.pages.test_acts import ADA
from tests.generations.rows import (
    ACCEPTED,
    FAILED,
    NOTHING,
    OPEN,
    PLAN,
    REVIEW,
    Told,
    asked,
    better,
    by_model,
    make_generation,
    proposed,
    unmeasured,
)
from tests.generations.story import live_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def page(client: Client, generation: Generation) -> str:
    return words(client.get(generation.get_absolute_url()))


def test_an_accepted_one_leads_to_its_proposal_and_says_what_judged_it(
    admin: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    generation = proposed(target, proposal)
    better(generation)
    unmeasured(generation)
    shown = page(admin, generation)
    assert "#1 Give the search tool time to answer" in shown
    assert "Better beyond noise. It was proposed; a person decides" in shown
    assert "Rule engine — no language model was called" in shown
    assert "Do changed settings stay within their bounds?" in shown  # the gates' own report
    assert "The new limit lies well below the gateway's own" in shown  # the review
    assert "85.0% 90.0% +5.0 % 95 %: +3.0 % to +7.0 % Better Keep" in shown
    assert "14 findings 11 findings +3 Better Proven" in shown
    assert "there is no score before: mypy is not installed – – – Inconclusive" in shown
    assert "weighted gain beyond noise +2.4 %" in shown
    assert proposal.get_absolute_url() in text(admin.get(generation.get_absolute_url()))
    assert "timeout_ms : 1200" in shown
    assert "no model call" in shown


def test_a_dry_run_says_that_nothing_was_proposed(admin: Client, target: Target) -> None:
    assert "It was a dry run: nothing was proposed." in page(admin, make_generation(target))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(), "No gain beyond noise. Nothing got better beyond noise."),
        (NOTHING, "Nothing would change. No fixer finds anything to do."),
        (FAILED, "An error on our side. Gave up after 3 errors on our side: SandboxMissing"),
    ],
    ids=["rejected", "nothing", "failed"],
)
def test_any_other_ending_names_its_reason(
    told: Told, said: str, admin: Client, target: Target
) -> None:
    assert said in page(admin, make_generation(target, told))


def test_a_model_is_named_with_tokens_and_what_is_known_of_the_cost(
    admin: Client, target: Target
) -> None:
    generation = make_generation(target, by_model(Told()))
    asked(generation)
    asked(generation, "build", cost=None)
    shown = page(admin, generation)
    assert "Language model claude-sonnet-4-5" in shown
    assert "Tokens at least 8 620 in, 1 620 out" in shown
    assert "Cost at least $0.02" in shown
    assert f"generation:{generation.pk}/build" in shown
    assert "unknown" in shown


def test_of_other_purposes_and_other_generations_nothing_is_shown(
    admin: Client, target: Target
) -> None:
    ours = make_generation(target, by_model(Told()))
    for _ in range(12):  # the tenth of them has a key that begins as ours does
        asked(make_generation(target, by_model(Told())))
    assert "What was asked of a model" not in page(admin, ours)


def test_simulated_answers_are_named_as_such(admin: Client, target: Target) -> None:
    scripted = replace(by_model(Told()), written_by=Engine.SCRIPTED)
    generation = make_generation(target, scripted)
    asked(generation, simulated=True)
    shown = page(admin, generation)
    assert "Rejected Simulated" in shown
    assert "$0.02 (simulated)" in shown


def test_phases_tell_durations_attempts_errors_and_output(admin: Client, target: Target) -> None:
    live_through(target, timezone.now())
    generation = Generation.objects.get(number=12)
    answer = admin.get(generation.get_absolute_url())
    shown = words(answer)
    assert "Build Error on our side TemporaryError: no answer within 60 s" in shown
    assert "Build Passed attempt 2" in shown
    assert "builder: 1 edit, placed by its own words" in shown
    assert "1.1 s" in shown
    assert [step["state"] for step in answer.context["steps"]] == ["done"] * 8
    assert "selfimprove began generation 12 of gateway" in shown
    assert "A phase of generation 12 of gateway ended (build: errored)" in shown
    assert "Generation 12 of gateway ended (accepted)" in shown


def test_an_open_one_says_what_it_does_now_and_asks_again(admin: Client, target: Target) -> None:
    now = timezone.now()
    open_now = {"deadline_at": now + timedelta(hours=1), "started_at": now}
    held = {"lease_until": now + timedelta(minutes=1), "activity": "reads <the> diff"}
    generation = make_generation(target, OPEN, **open_now, **held)
    answer = admin.get(generation.get_absolute_url())
    assert "Review: reads <the> diff" in words(answer)
    assert 'hx-trigger="every 2s"' in text(answer)
    states = [step["state"] for step in answer.context["steps"]]
    assert states == ["done"] * 4 + ["now"] + ["todo"] * 3
    soon = {"lease_until": None, "errors_in_row": 2, "next_step_at": now + timedelta(minutes=9)}
    Generation.objects.update(**soon)
    assert "Review met an error on our side (2 of 3) and is tried again at" in page(
        admin, generation
    )
    Generation.objects.update(errors_in_row=0, next_step_at=now)
    assert "Review waits for a worker." in page(admin, generation)


def test_one_that_has_ended_asks_no_more_and_lists_only_what_was_walked(
    admin: Client, target: Target
) -> None:
    answer = admin.get(make_generation(target, NOTHING).get_absolute_url())
    assert "hx-trigger" not in text(answer)
    assert [step["label"] for step in answer.context["steps"]] == ["Baseline", "Plan"]


def test_what_was_stopped_or_failed_stands_out(admin: Client, target: Target) -> None:
    answer = admin.get(make_generation(target, FAILED).get_absolute_url())
    assert answer.context["steps"][-1]["state"] == "failed"
    stopped = Told(Outcome.CANCELLED, "stopped", "Called off by ada.", "build")
    answer = admin.get(make_generation(target, stopped).get_absolute_url())
    assert answer.context["steps"][-1] == {
        "label": "Build",
        "state": "waiting",
        "detail": "3.0\u00a0s",
    }


def test_the_family_is_named(admin: Client, target: Target) -> None:
    first = make_generation(target, replace(Told(), focus="tests:a"))
    second = make_generation(target, replace(ACCEPTED, focus="tests:a"), parent=first)
    third = make_generation(target, replace(Told(), focus="tests:a"), parent=second)
    make_generation(target, replace(Told(), focus="tests:b"))
    shown = page(admin, second)
    assert "Parent #1" in shown
    assert "Children #3 rejected: Nothing got better beyond noise." in shown
    assert "Tried before #1 rejected" in shown
    assert "Tried again #3 rejected" in shown
    assert "#4" not in shown
    assert "Parent none: it starts from the branch" in page(admin, first)
    assert third.number == 3


def test_a_row_and_an_idea_that_asked_for_it_are_named(admin: Client, target: Target) -> None:
    loop = series.ask(Wish(target, ADA), 4, at=NOW)
    brief = "Answer faster.\nAnd more <often>."
    generation = make_generation(target, Told(), loop=loop, subject="idea:12", brief=brief)
    shown = page(admin, generation)
    assert "In a row 4 that were asked for" in shown
    assert "Asked by idea:12" in shown
    assert "Answer faster. And more <often>." in shown
    assert "<often>" not in text(admin.get(generation.get_absolute_url()))


def test_what_does_not_fit_the_contracts_is_said_and_not_shown(
    admin: Client, target: Target
) -> None:
    generation = make_generation(target, Told(), plan={"title": 7}, review={"approved": "yes"})
    shown = page(admin, generation)
    assert "The plan that is kept does not fit" in shown
    assert "The review that is kept does not fit" in shown
    assert "#1 web_search times out" in shown  # its focus names it then


def test_words_of_a_model_act_on_nothing(admin: Client, target: Target) -> None:
    plan = {"title": "<script>alert(1)</script>", "rationale": "<img src=x onerror=alert(1)>"}
    finding = REVIEW["findings"][0] | {"message": "<b>bold</b>", "severity": "high"}  # type: ignore[index]
    generation = make_generation(target, Told())
    Generation.objects.update(
        plan=PLAN | plan,
        review=REVIEW | {"approved": False, "must_fix": ["<i>this</i>"], "findings": [finding]},
    )
    PhaseRun.objects.filter(phase="build").update(output="<u>said</u>", result=Result.ERRORED)
    raw = text(admin.get(generation.get_absolute_url()))
    for tag in ("<script>alert", "<img src=x", "<b>bold", "<i>this", "<u>said"):
        assert tag not in raw
    assert "To be mended first" in words(admin.get(generation.get_absolute_url()))


def test_a_diff_that_is_none_is_shown_as_it_is(admin: Client, target: Target) -> None:
    generation = make_generation(target, Told(), diff="no <diff> at all", diff_digest="e" * 64)
    assert "no &lt;diff&gt; at all" in text(admin.get(generation.get_absolute_url()))


def test_what_a_person_may_not_see_is_not_on_the_page(target: Target) -> None:
    generation = proposed(target, make_proposal(target, status=Status.IMPLEMENTED))
    asked(generation)
    viewer = signed_in("viewer")
    person = viewer.get(generation.get_absolute_url()).wsgi_request.user
    for group in person.groups.all():
        group.permissions.exclude(codename="view_generation").all().delete()
    shown = page(viewer, generation)
    assert "Give the search tool time to answer" in shown
    assert "What was asked of a model" not in shown
    assert "In the log" not in shown
    assert "Call it off" not in shown


@pytest.mark.parametrize(
    "place",
    ["gateway/9", "router/1", f"gateway/{10**30}", "gateway/0"],
)
def test_what_is_not_there_is_not_found(place: str, admin: Client, target: Target) -> None:
    make_generation(target)
    assert admin.get(f"/generations/{place}/").status_code == 404


def test_the_log_finds_generations_and_rows_by_their_keys(admin: Client, target: Target) -> None:
    generation = make_generation(target)
    loop = series.ask(Wish(target, ADA), 2, at=NOW)
    found = admin.get(f"/generations/find/generation/{generation.pk}/")
    assert found.headers["Location"] == "/generations/gateway/1/"
    found = admin.get(f"/generations/find/loop/{loop.pk}/")
    assert found.headers["Location"] == f"/generations/?loop={loop.pk}"
    for name in ("generation", "loop"):
        assert admin.get(f"/generations/find/{name}/999999/").status_code == 404
