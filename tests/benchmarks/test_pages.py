"""Do the pages show what was measured and what was not, and let only those act who may?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from benchmarks import definitions, tasks
from benchmarks.models import Definition, Run, State
from benchmarks.running import runs
from benchmarks.running.runs import Wish
from targets.models import Target
from tests.benchmarks.scenes import CALM
from tests.benchmarks.trees import ADA, commit, enable, shop
from tests.factories import make_user

pytestmark = pytest.mark.django_db
BAD = {"shop/prices.py": CALM["shop/prices.py"] + "\n\nimport os\n"}
FORM = {
    **{"name": "speed", "command": "python3 -c 'print(4.5)'", "read": "regex"},
    **{"pattern": "([0-9.]+)", "better": "lower", "timeout_seconds": "9", "weight": "2"},
}


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings, "lint_score", "code_complexity", "test_pass_rate")
    return shop(tmp_path)


def client(role: str) -> Client:
    found = Client()
    found.force_login(make_user(role, name=f"a-{role}"))
    return found


def measured(target: Target, commit: str = "main") -> Run:
    run = runs.ask(Wish(target, commit, ADA), at=timezone.now(), state=State.RUNNING)
    runs.carry_out(run)
    return run


def text(answer: object) -> str:
    return str(getattr(answer, "content", b"").decode())


def test_before_anything_was_measured_the_page_says_how(target: Target) -> None:
    page = text(client("viewer").get(reverse("benchmarks:target", args=["shop"])))
    assert "Nothing was measured yet" in page
    assert "Measure now</button>" not in page


def test_the_page_shows_scores_with_intervals_and_what_has_none(target: Target) -> None:
    silent = {**BAD, ".selfimprove.toml": '[tests]\ncommand = ["tox"]\n'}
    measured(target)
    run = measured(target, commit(target, silent))
    viewer = client("viewer")
    page = text(viewer.get(reverse("benchmarks:target", args=["shop"])))
    assert run.commit[:12] in page
    assert "2 findings" in page
    assert "2 commits: from 0 findings to 2 findings" in page
    assert "Without a score" in page
    assert "is neither a plain use of pytest" in page
    first = Run.objects.order_by("pk")[0]
    old = text(viewer.get(first.get_absolute_url()))
    assert "100.0%" in old
    assert "20.7% to 100.0%" in old  # one of one says little


def test_a_run_lists_its_findings_by_benchmark(target: Target) -> None:
    run = measured(target, commit(target, BAD))
    viewer = client("viewer")
    assert "F401" in text(viewer.get(run.get_absolute_url(), {"benchmark": "lint_score"}))
    other = viewer.get(run.get_absolute_url(), {"benchmark": "code_complexity"})
    assert "F401" not in text(other)
    assert viewer.get(reverse("benchmarks:run", args=["other", run.pk])).status_code == 404


def test_two_runs_are_compared_by_what_is_kept(target: Target) -> None:
    old, new = measured(target), measured(target, commit(target, BAD))
    place = reverse("benchmarks:compare", args=["shop"])
    viewer = client("viewer")
    page = text(viewer.get(place, {"old": old.pk, "new": new.pk}))
    assert "0 findings are gone, 2 are new" in page
    assert "F401 shop/prices.py" in page
    assert "manage.py bench --target shop" in page  # of what chance has a say in
    same = text(viewer.get(place, {"old": old.pk, "new": old.pk}))
    assert "nothing that it reads differs" in same
    assert "Worse" not in same


def test_what_was_compared_by_running_it_is_shown(target: Target) -> None:
    made = commit(target, {"shop/prices.py": CALM["shop/prices.py"].replace("sum(", "max(")})
    runs.whole(Wish(target, made, ADA), target.head_commit)
    again = measured(target, made)  # of the same commit: the answer holds for it too
    old = Run.objects.filter(commit=target.head_commit).latest("pk")
    place = reverse("benchmarks:compare", args=["shop"])
    page = text(client("viewer").get(place, {"old": old.pk, "new": again.pk}))
    assert "1 for the worse; what passed must pass on" in page
    assert "test_shop.Shop.test_total" in page


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "9" * 30, "²"], ids=repr)
def test_what_is_no_run_is_asked_for_again(number: str, target: Target) -> None:
    place = reverse("benchmarks:compare", args=["shop"])
    answer = client("viewer").get(place, {"old": number, "new": number})
    assert answer.status_code == 200
    assert "Choose two runs" in text(answer)


def test_measuring_is_asked_for_shown_and_called_off(target: Target) -> None:
    person = client("operator")
    answer = person.post(reverse("benchmarks:measure", args=["shop"]))
    run = Run.objects.get()
    assert answer.headers["Location"] == run.get_absolute_url()
    assert "It begins when a worker is free" in text(person.get(run.get_absolute_url()))
    person.post(reverse("benchmarks:measure", args=["shop"]))
    assert Run.objects.count() == 1  # it waits already
    person.post(reverse("benchmarks:cancel", args=["shop", run.pk]))
    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (State.CANCELLED, "a-operator")
    assert "Called off by a-operator" in text(person.get(run.get_absolute_url()))
    assert tasks.measure() == "0 measured, 0 were lost"


@pytest.mark.parametrize("commit", ["gone", "--all", "main..main"], ids=str)
def test_what_is_no_commit_is_said_and_changes_nothing(commit: str, target: Target) -> None:
    place = reverse("benchmarks:measure", args=["shop"])
    page = text(client("operator").post(place, {"commit": commit}, follow=True))
    assert "is neither a branch nor a commit" in page
    assert not Run.objects.exists()


def test_a_definition_is_tried_at_once_and_kept_when_asked(target: Target) -> None:
    person, place = client("admin"), reverse("benchmarks:define", args=["shop"])
    page = text(person.post(place, {**FORM, "act": "try"}))
    assert "The score: 4.5" in page
    assert "<pre" in page
    assert not Definition.objects.exists()
    person.post(place, {**FORM, "act": "keep"})
    row = Definition.objects.get()
    assert (row.name, row.definition["pattern"]) == ("speed", "([0-9.]+)")
    assert [one.name for one in definitions.of_target(target)] == ["speed"]
    run = measured(target)
    assert run.scores.get(benchmark="speed").value == 4.5
    assert "speed" in text(person.get(reverse("benchmarks:target", args=["shop"])))
    again = person.post(place, {**FORM, "act": "keep"})
    assert (again.status_code, "defined already" in text(again)) == (422, True)
    person.post(reverse("benchmarks:remove", args=["shop", row.pk]))
    assert not Definition.objects.exists()
    events = Entry.objects.filter(event__startswith="benchmark.").order_by("id")
    assert [one.event for one in events] == ["benchmark.defined", "benchmark.removed"]


def test_what_a_tried_command_says_is_shown_without_secrets(target: Target) -> None:
    secret = "ghp_" + "a1B2" * 9
    form = {**FORM, "command": f"echo {secret} <b>", "act": "try"}
    page = text(client("admin").post(reverse("benchmarks:define", args=["shop"]), form))
    shown = page[page.index("<pre") : page.index("</pre>")]
    assert secret not in shown
    assert "&lt;b&gt;" in shown


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pattern": "("}, "is no pattern for RE2"),
        ({"name": "lint_score"}, "one of ours"),
        ({"command": "'"}, "cannot be split"),
        ({"read": "json"}, "needs a pointer"),
        ({"weight": "nan"}, "Enter a number"),
    ],
    ids=["pattern", "name", "command", "read", "weight"],
)
def test_a_bad_definition_is_explained_and_changes_nothing(
    change: dict[str, str], words: str, target: Target
) -> None:
    place = reverse("benchmarks:define", args=["shop"])
    answer = client("admin").post(place, {**FORM, **change, "act": "keep"})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Definition.objects.exists()


@pytest.mark.parametrize(
    ("role", "measures", "defines"),
    [("viewer", 403, 403), ("reviewer", 302, 403), ("operator", 302, 403), ("admin", 302, 200)],
    ids=["viewer", "reviewer", "operator", "admin"],
)
def test_who_may_what(role: str, measures: int, defines: int, target: Target) -> None:
    person = client(role)
    assert person.get(reverse("benchmarks:target", args=["shop"])).status_code == 200
    assert person.post(reverse("benchmarks:measure", args=["shop"])).status_code == measures
    assert person.get(reverse("benchmarks:define", args=["shop"])).status_code == defines


def test_a_stranger_sees_nothing(target: Target) -> None:
    for name in ("target", "compare", "define"):
        answer = Client().get(reverse(f"benchmarks:{name}", args=["shop"]))
        assert answer.status_code == 302
        assert "sign-in" in answer.headers["Location"]
