"""Do `history` and `report` tell what was asked for, to a person and to a program?"""

from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from generations.models import Generation, Outcome
from generations.reporting import document, lines
from tests.factories import NOW, make_target
from tests.generations.endings import accepted, bare_target, called, ended, opened
from tests.generations.foreground.typed import typed

pytestmark = pytest.mark.django_db


def test_the_newest_stands_first_with_its_reason() -> None:
    target = bare_target()
    ended(target, Outcome.REJECTED)
    ended(target, Outcome.ACCEPTED, dry_run=True, gain=0.03)
    opened(target, phase="build", activity="writes: more time")
    said = typed("history")
    heads = [line[18:] for line in said.out.splitlines() if not line.startswith(" ")]
    assert [" ".join(head.split()) for head in heads] == [
        "gateway #3 At work: build",
        "gateway #2 Accepted, dry run +0.0300",
        "gateway #1 Rejected",
    ]
    assert "A gate refused it: eval." in said.out
    assert "writes: more time" in said.out


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["--outcome", "rejected"], [2]),
        (["--outcome", "open"], [4]),
        (["--reason", "no_change"], [1]),
        (["--engine", "model"], [3]),
        (["--subject", "idea:7"], [3]),
        (["--target", "mailer"], [1]),
        (["--limit", "2", "--target", "gateway"], [4, 3]),
    ],
)
def test_a_program_gets_what_fits_the_filters(words: list[str], numbers: list[int]) -> None:
    target, other = bare_target(), bare_target("mailer")
    ended(target)
    ended(target, Outcome.REJECTED)
    ended(target, Outcome.CANCELLED, writer="model", subject="idea:7")
    opened(target)
    ended(other, Outcome.FAILED)
    told = typed("history", *words, "--json").json["generations"]
    assert [one["number"] for one in told] == numbers


def test_pages_follow_each_other_without_a_gap() -> None:
    made = [ended(bare_target()).pk for _ in range(5)]
    seen: list[int] = []
    before: list[str] = []
    for _ in range(3):
        told = typed("history", "--limit", "2", "--json", *before).json["generations"]
        seen += [one["id"] for one in told]
        before = ["--before", str(seen[-1])]
    assert seen == made[::-1]
    assert f"Older ones: --before {made[3]}" in typed("history", "--limit", "2").out


def test_without_any_it_says_so() -> None:
    assert typed("history").out == "No generation fits.\n"
    assert typed("history", "--json").json == {"generations": []}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--target", "gone"], "there is no target 'gone'"),
        (["--limit", "0"], "between 1 and 1000"),
        (["--before", "-4"], "-4 is no id"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_exit_code_2(words: list[str], why: str) -> None:
    said = typed("history", f"{words[0]}={words[1]}")
    assert (said.code, said.out) == (2, "")
    assert why in said.err


def test_a_report_is_printed_for_a_person(tmp_path: Path) -> None:
    generation = accepted(make_target(tmp_path), subject="idea:12")
    called(generation)
    said = typed("report", "1").out
    for words in (
        "gateway #1: Accepted",
        "asked by   ada, code fixers, no language model, for idea:12",
        "1 call, 700 in (500 cached), 200 out, $0.012340000",
        "modified  config/tools.yaml  +1 −1",
        "gates      passed",
        "bounds: config/tools.yaml:3 a larger limit",
        "review     approved with 0.90",
        "low: config/tools.yaml Say why.",
        "together, by weight and beyond noise: +0.0312",
        "better (keep): 1 turned for the better",
        "+ tests/test_limits.py::test_longest",
        f"proposal   {generation.proposal_id}",
    ):
        assert words in said


def test_a_program_gets_the_published_document_and_its_schema() -> None:
    generation = ended(bare_target(), Outcome.REJECTED)
    said = typed("report", "1", "--json")
    assert said.out.encode() == document.encoded(generation)
    schema = typed("report", "--schema").json
    assert schema == document.schema()
    Draft202012Validator(schema).validate(said.json)


def test_without_a_number_it_is_the_last_one() -> None:
    ended(bare_target())
    ended(bare_target(), Outcome.REJECTED)
    assert typed("report", "--json").json["number"] == 2


def test_of_several_targets_one_has_to_be_named() -> None:
    ended(bare_target())
    ended(bare_target("mailer"))
    ended(bare_target("mailer"))
    said = typed("report", "1")
    assert said.code == 2
    assert "Say of which target, with --target: gateway, mailer." in said.err
    assert typed("report", "1", "--target", "mailer", "--json").json["target"] == "mailer"
    assert typed("report", "2", "--json").json["target"] == "mailer"


@pytest.mark.parametrize("words", [["7"], [], ["1", "--target", "gone"], ["--", "-1"]])
def test_one_that_is_not_there_is_exit_code_2(words: list[str]) -> None:
    said = typed("report", *words)
    assert (said.code, said.out) == (2, "")
    assert "There is no generation" in said.err


def test_long_lists_of_what_turned_are_cut_with_their_number(tmp_path: Path) -> None:
    generation = accepted(make_target(tmp_path))
    generation.deltas.update(losses=[f"test_{number}" for number in range(14)])
    said = list(lines.lines(document.document(generation)))
    assert "      - … and 4 more" in said


def test_what_no_model_answered_is_never_told_as_a_cost() -> None:
    generation = ended(bare_target(), Outcome.REJECTED)
    called(generation, simulated=True, cost=None)
    said = typed("report", "1").out
    assert "cost unknown; simulated: 1, which no model answered" in said


def test_ten_thousand_are_listed_quickly(django_assert_max_num_queries: object) -> None:
    target = bare_target()
    Generation.objects.bulk_create(
        Generation(
            target=target, number=number, writer="embedded", asked_by="ada", phase="plan",
            outcome="NOTHING", reason="Nothing.", diff="x" * 100, started_at=NOW,
            deadline_at=NOW, next_step_at=NOW, ended_at=NOW + timedelta(seconds=number),
        )
        for number in range(1, 10_001)
    )  # fmt: skip
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len(typed("history", "--limit", "1000", "--json").json["generations"]) == 1000
