"""A generation has one proposal, whatever happens while it is handed in."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from generations.models import Generation, Outcome, Reason, Result
from generations.phases import naming
from generations.running import loop
from personas.replies.contracts import Finding
from proposals import intake
from proposals.models import Proposal, RejectedInput, Status
from targets.repository import Repository
from tests.factories import commit_to_origin, git, make_proposal, proposal_text
from tests.generations.scene import AFTER, BEFORE, FILES, UNUSED, Scene, make_scene

pytestmark = pytest.mark.django_db
KNOWN = proposal_text(diff=UNUSED, target="shop")


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def test_it_is_handed_in_and_linked_at_once_or_not_at_all(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = scene.until(scene.begin(), "propose")

    def killed(*_arguments: object, **_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("generations.running.recording.end", killed)
        with pytest.raises(KeyboardInterrupt):
            loop.step(generation.pk, scene.clock(), engines=scene.engine)
    assert not Proposal.objects.exists()
    scene.clock.forward(minutes=2)
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    assert Proposal.objects.get().generation == ended


def test_one_that_is_there_already_is_found_by_its_name(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "propose")
    text = proposal_text(diff=UNUSED, target="shop", front=f"id: {naming.identity(generation)}\n")
    made = make_proposal(scene.target, text=text)
    ended = scene.finish(generation)
    assert (ended.outcome, ended.proposal) == (Outcome.ACCEPTED, made)
    assert ended.reason.startswith("Was proposed already")


def test_one_that_somebody_hands_in_meanwhile_is_known(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the question whether there is one and the handing in."""
    generation = scene.until(scene.begin(), "propose")
    real = intake.submit
    raced: list[Proposal] = []

    def slow(**words: object) -> Proposal:
        if not raced:
            raced.append(real(**{**words, "text": KNOWN}))  # type: ignore[arg-type]
        return real(**words)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(intake, "submit", slow)
        run = loop.step(generation.pk, scene.clock(), engines=scene.engine)
    assert run is not None
    assert run.result == Result.ERRORED
    assert "DuplicateProposal" in run.message
    assert not Proposal.objects.exists()  # of what was broken off, nothing is left
    make_proposal(scene.target, text=KNOWN)
    scene.clock.forward(minutes=1)
    ended = scene.finish(generation)
    assert (ended.outcome, ended.reason_kind) == (Outcome.REJECTED, Reason.KNOWN)
    assert Proposal.objects.count() == 1


def test_a_branch_that_goes_on_meanwhile_leaves_the_base_and_the_diff_as_they_were(
    scene: Scene,
) -> None:
    generation = scene.until(scene.begin(), "review")
    new = commit_to_origin(scene.target, {"shop/orders.py": BEFORE, "README.md": "# More\n"})
    Repository.of(scene.target).fetch()
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    proposal = ended.proposal
    assert proposal is not None
    assert proposal.base_commit == ended.base_commit != new
    assert Repository.of(scene.target).head("main") == new


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        ({"shop/prices.py": BEFORE.replace("import os", "import re")}, "patch does not apply"),
        ({"shop/prices.py": None}, "does not exist in index"),
        ({"shop/prices.py": AFTER}, "patch does not apply"),  # somebody was faster
    ],
    ids=["changed", "deleted", "done already"],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_branch_that_went_where_it_fits_no_more_is_the_end_of_it_with_its_reason(
    scene: Scene, meanwhile: dict[str, str | None], words: str, dry_run: bool
) -> None:
    generation = scene.until(scene.begin(dry_run=dry_run), "review")
    new = commit_to_origin(scene.target, meanwhile)
    Repository.of(scene.target).fetch()
    ended = scene.finish(generation)
    assert (ended.outcome, ended.reason_kind) == (Outcome.REJECTED, Reason.EDITS)
    assert f"went on to {new[:12]} meanwhile" in ended.reason
    assert words in ended.reason
    assert "shop/prices.py" in ended.reason
    assert not Proposal.objects.exists()
    assert scene.begin().number == 2


def test_the_next_generation_starts_from_where_the_branch_went(scene: Scene) -> None:
    first = scene.turn(dry_run=True)
    new = commit_to_origin(scene.target, {"README.md": "# More\n"})
    second = scene.turn()
    assert first.base_commit != second.base_commit == new


def test_a_branch_that_was_rewritten_meanwhile_has_no_ground_for_it(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "propose")
    origin = Path(scene.target.origin)
    other = git(origin, "commit-tree", "-m", "Anew", f"{generation.base_commit}^{{tree}}")
    git(origin, "update-ref", "refs/heads/main", other)
    clone = Repository.of(scene.target)
    clone.fetch()
    clone.git.run("update-ref", "refs/heads/main", other)
    ended = scene.finish(generation)
    assert (ended.outcome, ended.reason_kind) == (Outcome.REJECTED, Reason.EDITS)
    assert "was rewritten" in ended.reason
    assert not RejectedInput.objects.exists()


def test_objects_that_git_threw_away_are_made_again(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "measure")
    clone = Repository.of(scene.target)
    clone.git.run("prune", "--expire=now")
    assert clone.ref(f"{generation.tree}^{{tree}}") is None
    assert scene.finish(generation).outcome == Outcome.ACCEPTED


def test_a_known_proposal_that_is_turned_down_later_still_stands_in_the_way(scene: Scene) -> None:
    generation = scene.until(scene.begin(), "propose")
    made = make_proposal(scene.target, text=KNOWN, status=Status.REJECTED)
    ended = scene.finish(generation)
    assert ended.reason_kind == Reason.KNOWN
    assert str(made.pk) in ended.reason
    assert Generation.objects.get().proposal is None


def test_a_credential_beside_what_changes_is_not_copied_into_a_proposal(
    tmp_path: Path, settings: LazySettings
) -> None:
    key = "AKIA" + "Q3EGRIGNWJRX" + "7ZPA"
    text = BEFORE.replace("import os\n", f'import os\n\nKEY = "{key}"\n')
    diff = UNUSED.replace(" \n \n def", f' \n KEY = "{key}"\n def')
    lines = diff.replace(" def total(prices: list[int]) -> int:\n", " \n")
    scene = make_scene(tmp_path, settings, files={**FILES, "shop/prices.py": text})
    ended = scene.with_engine(diff=lines).turn()
    assert (ended.outcome, ended.reason_kind) == (Outcome.REJECTED, Reason.GATES)
    assert ended.reason.startswith("It cannot be handed in: ")
    assert key not in ended.reason
    assert not Proposal.objects.exists()


def test_no_secret_of_a_plan_or_a_review_is_kept_and_no_path_is_cut(scene: Scene) -> None:
    secret = "sk-ant-api03-" + "a1B2c3D4" * 11
    plan = scene.engine.plan_.model_copy(update={"title": f"Use {secret} here"})
    found = Finding(severity="low", file="a/b/c.py", line=None, rule="x", message=f"Saw {secret}")
    review = scene.engine.review_.model_copy(update={"findings": [found]})
    generation = scene.with_engine(plan_=plan, review_=review).turn(dry_run=True)
    assert generation.outcome == Outcome.ACCEPTED
    assert generation.plan is not None
    assert generation.review is not None
    assert generation.plan["files_to_modify"] == plan.files_to_modify
    assert generation.review["findings"][0]["file"] == "a/b/c.py"
    details = [run.details for run in generation.runs.all()]
    assert secret not in f"{generation.plan} {generation.review} {details}"
