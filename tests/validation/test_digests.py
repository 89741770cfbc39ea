"""Does the name of a report move with everything in it, and can its words do no harm?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from targets.manifest import Manifest
from targets.repository import Repository
from tests.validation.changing import AT, LIMITS, WHITELIST, changed, make_repository
from tests.validation.test_runner import Scripted
from validation import policy, runner
from validation.models import Outcome
from validation.verdicts import GateVerdict, Mark, Verdict, visible

GATE = GateVerdict("g", "q?", Outcome.REFUSED, "two things", (Mark("a.py", 3, "no"),), 0.5)
VERDICT = Verdict("b" * 40, "t" * 40, "d" * 64, "p" * 64, Outcome.REFUSED, (GATE,), AT, 1.0)


def with_mark(**changed: object) -> Callable[[Verdict], Verdict]:
    def change(verdict: Verdict) -> Verdict:
        mark = replace(GATE.findings[0], **changed)  # type: ignore[arg-type]
        return replace(verdict, gates=(replace(GATE, findings=(mark,)),))

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda v: replace(v, base="c" * 40),
        lambda v: replace(v, tree="c" * 40),
        lambda v: replace(v, diff_digest="c" * 64),
        lambda v: replace(v, policy_digest="c" * 64),
        lambda v: replace(v, outcome=Outcome.PASSED),
        lambda v: replace(v, gates=()),
        lambda v: replace(v, gates=(GATE, GATE)),
        lambda v: replace(v, gates=(replace(GATE, gate="other"),)),
        lambda v: replace(v, gates=(replace(GATE, outcome=Outcome.PASSED),)),
        lambda v: replace(v, gates=(replace(GATE, summary="one thing"),)),
        lambda v: replace(v, gates=(replace(GATE, findings=()),)),
        with_mark(path="b.py"),
        with_mark(line=4),
        with_mark(line=None),
        with_mark(message="yes"),
        with_mark(refuses=False),
    ],
)
def test_the_digest_moves_with_every_part(change: Callable[[Verdict], Verdict]) -> None:
    assert change(VERDICT).digest() != VERDICT.digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda v: replace(v, seconds=99.0),
        lambda v: replace(v, made_at=AT.replace(year=2027)),
        lambda v: replace(v, gates=(replace(GATE, seconds=99.0),)),
    ],
)
def test_the_digest_stays_whenever_and_however_long(
    change: Callable[[Verdict], Verdict],
) -> None:
    assert change(VERDICT).digest() == VERDICT.digest()


def test_the_order_of_the_gates_counts() -> None:
    other = replace(GATE, gate="other")
    first, second = replace(VERDICT, gates=(GATE, other)), replace(VERDICT, gates=(other, GATE))
    assert first.digest() != second.digest()


def test_the_rules_are_named_apart_from_their_order() -> None:
    turned = replace(LIMITS, forbidden_paths=tuple(reversed(LIMITS.forbidden_paths)))
    assert policy.digest(LIMITS, WHITELIST) == policy.digest(turned, WHITELIST)
    for other in (
        replace(LIMITS, max_lines=1),
        replace(LIMITS, test_timeout_seconds=1.0),
        replace(LIMITS, forbidden_paths=(*LIMITS.forbidden_paths, "x")),
    ):
        assert policy.digest(other, WHITELIST) != policy.digest(LIMITS, WHITELIST)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\nlines\tand tabs", "plain\nlines\tand tabs"),
        ("one\r\ntwo", "one\ntwo"),
        ("\x1b[2J\x1b[1;1H✓ passed", "\\x1b[2J\\x1b[1;1H✓ passed"),
        ("over\rwritten", "over\\rwritten"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"),
        ("bell\x07 null\x00", "bell\\x07 null\\x00"),
        ("half \ud800", "half \\ud800"),
        ("Grüße, 你好 ✓", "Grüße, 你好 ✓"),
    ],
)
def test_text_from_outside_cannot_move_what_stands_around_it(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_gate_can_write_over_what_a_person_reads(tmp_path: Path) -> None:
    repository = make_repository(tmp_path)
    verdict = runner.check(
        changed(repository, {"README.md": "# y\n"}),
        repository,
        manifest=Manifest(),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=[Scripted(Outcome.REFUSED, "\x1b[1A\x1b[2K✓ all passed\u202e")],
    )
    [gate] = verdict.gates
    assert gate.summary == gate.findings[0].message == "\\x1b[1A\\x1b[2K✓ all passed\\u202e"


def test_a_terminal_is_not_moved_by_the_output_of_tests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "import sys; print(chr(27) + '[2Jclean'); sys.exit(open('a').read() == 'c\\\\n')"
    manifest = f'[tests]\ncommand = ["python3", "-c", "{script}"]\n'
    repository = make_repository(tmp_path, {".selfimprove.toml": manifest.encode(), "a": b"b\n"})
    changed(repository, {"a": "c\n"})
    with pytest.raises(SystemExit) as ended:
        _validate(repository, "--base", "main", "--branch", "work")
    printed = capsys.readouterr().out
    assert ended.value.code == 1
    assert "\\x1b[2Jclean" in printed
    assert "\x1b[2J" not in printed


def _validate(repository: Repository, *options: str) -> None:
    call_command("validate", "--repo", str(repository.git_dir), "--no-color", *options)
