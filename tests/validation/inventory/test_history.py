"""Does the history name every commit that moved a whitelisted value, and nothing else?"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from audit.models import Entry
from ports.git import ZERO
from targets import histories
from targets.models import Target
from targets.repository import Repository
from tests.delivery.scene import make_scene
from tests.factories import TOOLS, commit_to_origin, make_target
from validation import parameters
from validation.inventory import history, kept, places
from validation.parameters import Parameters, parse
from validation.scalars import ABSENT

pytestmark = pytest.mark.django_db
WHITELIST = parse(
    b"""
[[parameter]]
path = "config/*.yaml"
key = "tools.*.timeout_ms"
type = "integer"
unit = "ms"
min = 100
max = 10000
step = 50
largest_change = 2000
meaning = "how long a tool may take"
"""
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def read(target: Target, whitelist: Parameters = WHITELIST) -> history.History:
    repository = Repository.of(target)
    repository.fetch()
    head = repository.head(target.branch)
    found = places.read(repository, head, whitelist)
    return history.read(repository, head, found.files, whitelist)


def told(found: history.History) -> list[tuple[str, object, object]]:
    return [(move.key, move.old, move.new) for move in found.moves]


def test_what_stood_there_at_first_is_told_as_set(target: Target) -> None:
    assert told(read(target)) == [
        ("tools.calendar.timeout_ms", ABSENT, 1000),
        ("tools.web_search.timeout_ms", ABSENT, 400),
    ]


def test_a_commit_by_a_person_is_told_with_who_when_and_what(target: Target) -> None:
    sha = commit_to_origin(
        target, {"config/tools.yaml": TOOLS.replace("400", "900")}, message="Give it time\n\nMore."
    )
    move = read(target).moves[0]
    assert (move.commit, move.author, move.subject) == (sha, "Ada", "Give it time")
    assert (move.path, move.key) == ("config/tools.yaml", "tools.web_search.timeout_ms")
    assert (move.old, move.new, move.proposal) == (400, 900, "")
    assert move.at.year == 2026


def test_what_is_not_whitelisted_or_spelt_otherwise_only_is_not_told(target: Target) -> None:
    before = told(read(target))
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("retries: 0", "retries: 3")})
    commit_to_origin(target, {"README.md": "tools.web_search.timeout_ms: 3\n"})
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("400", "0x190")})
    assert told(read(target)) == before


def test_a_removed_value_and_a_removed_and_renewed_file_are_told(target: Target) -> None:
    commit_to_origin(target, {"config/tools.yaml": "tools: {}\n"})
    assert told(read(target))[:2] == [
        ("tools.calendar.timeout_ms", 1000, ABSENT),
        ("tools.web_search.timeout_ms", 400, ABSENT),
    ]
    commit_to_origin(target, {"config/tools.yaml": None})
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("400", "500")})
    assert told(read(target))[:2] == [
        ("tools.calendar.timeout_ms", ABSENT, 1000),
        ("tools.web_search.timeout_ms", ABSENT, 500),
    ]


def test_a_version_that_cannot_be_read_is_told_and_hides_no_move(target: Target) -> None:
    commit_to_origin(target, {"config/tools.yaml": "tools: [broken\n"})
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("400", "700")})
    found = read(target)
    assert told(found)[0] == ("tools.web_search.timeout_ms", 400, 700)
    assert found.moves[1].trouble.startswith("the file could not be read")
    assert found.moves[1].key == ""


def test_a_delivered_proposal_is_told_as_the_one_that_moved_it(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail
    move = read(scene.target).moves[0]
    assert (move.old, move.new) == (400, 1200)
    assert move.proposal == str(scene.proposal.pk)


def test_a_commit_that_claims_a_proposal_nobody_knows_is_not_believed(target: Target) -> None:
    name = "00000000-0000-4000-8000-000000000009"
    assert not Entry.objects.filter(subject=f"proposal:{name}").exists()
    commit_to_origin(
        target,
        {"config/tools.yaml": TOOLS.replace("400", "900")},
        message=f"Mine\n\nProposal: {name}",
    )
    assert read(target).moves[0].proposal == ""


def test_words_of_a_commit_cannot_carry_a_secret_or_hidden_signs(target: Target) -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    message = f"x \u202e{key}"
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("400", "900")}, message=message)
    subject = read(target).moves[0].subject
    assert key not in subject
    assert "\u202e" not in subject


def test_messages_that_look_like_gits_own_records_confuse_nobody(target: Target) -> None:
    message = ":100644 100644 a b M\n\n:000000\x01 x"
    sha = commit_to_origin(
        target, {"config/tools.yaml": TOOLS.replace("400", "900")}, message=message
    )
    move = read(target).moves[0]
    assert (move.commit, move.new) == (sha, 900)


def grown(target: Target, values: Iterable[int]) -> None:
    """Write a history of one commit per value straight into the clone."""
    repository = Repository.of(target)
    stream = []
    parent = repository.head("main")
    for number, value in enumerate(values):
        text = TOOLS.replace("400", str(value))
        at = 1_700_000_000 + number
        start = "" if number else f"from {parent}\n"
        stream.append(
            f"commit refs/heads/long\ncommitter Ada <a@example.org> {at} +0000\n"
            f"data 4\nMove\n{start}M 100644 inline config/tools.yaml\ndata {len(text)}\n{text}\n"
        )
    repository.git.run("fast-import", "--quiet", stdin="".join(stream).encode())
    Target.objects.filter(pk=target.pk).update(branch="long")
    target.refresh_from_db()


def test_a_long_history_is_bounded_and_says_so(target: Target) -> None:
    grown(target, [100 + 50 * (number % 90 + 1) for number in range(history.MOST_COMMITS + 200)])
    repository = Repository.of(target)
    head = repository.head("long")
    found = history.read(repository, head, ("config/tools.yaml",), WHITELIST)
    assert found.cut
    assert len(found.moves) == history.MOST_COMMITS
    assert found.moves[0].commit == head
    assert all(move.old is not ABSENT for move in found.moves), "the oldest has a start as well"


def test_no_files_have_no_history(target: Target) -> None:
    repository = Repository.of(target)
    head = repository.head("main")
    assert history.read(repository, head, (), WHITELIST).moves == ()
    assert histories.touches(repository.git, head=head, paths=(), limit=5) == ()


def test_a_new_head_is_read_anew_and_the_same_head_is_not(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept.of(target)
    monkeypatch.setattr(places, "read", lambda *_: pytest.fail("read again"))
    assert kept.of(target) == first
    monkeypatch.undo()
    commit_to_origin(target, {"config/tools.yaml": TOOLS.replace("400", "900")})
    Repository.of(target).fetch()
    assert kept.of(target).history.moves[0].new == 900
    assert ZERO not in kept.of(target).commit


def test_a_parameter_can_hold_for_some_targets_only() -> None:
    text = (
        b'[[parameter]]\npath = "a.yaml"\nkey = "x"\ntype = "integer"\nmin = 0\nmax = 9\n'
        b'step = 1\nlargest_change = 1\ntargets = ["gate*", "other"]\n'
    )
    whitelist = parse(text)
    assert whitelist.of("gateway").covers("a.yaml")
    assert whitelist.of("other").covers("a.yaml")
    assert not whitelist.of("another").covers("a.yaml")
    assert not whitelist.of("").covers("a.yaml")
    assert whitelist.of("").digest == whitelist.digest
    with pytest.raises(parameters.BadParameters, match="targets"):
        parse(text.replace(b'["gate*", "other"]', b"[]"))
