"""Does each test show what it shows, and nothing more?"""

import pytest

from targets.testing.ledger import Told
from tests.validation.proving.runs import broken_off, told
from validation.proving.judge import Judgement, Runs, judge, named, suspects

GREEN = told(a="passed", b="passed")
RED = told(a="failed", b="failed")


def judged(base: Told, head: Told, *again: tuple[Told, Told]) -> Judgement:
    """Judge runs whose controls are as they should be."""
    return judge(Runs(base, head, RED, RED, again))


def test_what_passes_and_fails_as_a_control_is_proven() -> None:
    found = judged(GREEN, GREEN)
    assert not found.refuses
    assert found.proven == {"a", "b"}


def test_what_fails_with_the_change_was_broken_by_it() -> None:
    found = judged(GREEN, told(a="passed", b="failed"))
    assert found.refuses
    assert [(case.name, case.words) for case in found.broke] == [("b", "words of b")]


@pytest.mark.parametrize("outcome", ["error", "skipped", "xfailed"])
def test_anything_but_a_pass_is_breakage(outcome: str) -> None:
    found = judged(GREEN, told(a="passed", b=outcome))
    assert [(case.name, case.outcome) for case in found.broke] == [("b", outcome)]


def test_what_is_not_run_has_vanished() -> None:
    found = judged(GREEN, told(a="passed"))
    assert (found.vanished, found.broke, found.refuses) == (("b",), (), True)


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ("tests.test_x.C.test_y", "setUpClass (tests.test_x.C)"),
        ("tests.test_x.C.test_y", "setUpModule (tests.test_x)"),
        ("tests.test_x.C.test_y", "unittest.loader._FailedTest.tests.test_x"),
        ("tests/test_x.py::test_y", "tests/test_x.py"),
        ("tests/test_x.py::C::test_y", "tests/test_x.py::C"),
        ("tests/test_x.py::test_y", "tests"),
    ],
)
def test_what_could_not_begin_was_broken_by_what_went_wrong_before(name: str, failed: str) -> None:
    found = judge(Runs(told(**{name: "passed"}), told(**{failed: "error"})))
    assert [case.name for case in found.broke] == [name]
    assert found.broke[0].words == f"It could not begin:\nwords of {failed}"
    assert found.vanished == ()


def test_another_class_of_nearly_the_same_name_is_no_cause() -> None:
    base = told(**{"tests.test_xy.C.test_y": "passed"})
    head = told(**{"unittest.loader._FailedTest.tests.test_x": "error"})
    assert judge(Runs(base, head)).vanished == ("tests.test_xy.C.test_y",)


def test_what_failed_already_does_not_refuse() -> None:
    half = told(a="passed", b="failed")
    found = judge(Runs(half, half, RED, RED))
    assert (found.was_failing, found.refuses) == (("b",), False)


def test_where_nothing_passes_nothing_is_shown() -> None:
    found = judge(Runs(RED, RED, RED, RED))
    assert found.refuses
    assert found.was_failing == ("a", "b")


def test_what_the_change_mends_is_named_and_proven() -> None:
    found = judged(told(a="passed", b="failed"), GREEN)
    assert (found.mended, found.refuses) == (("b",), False)
    assert found.proven == {"a", "b"}


def test_what_passes_whatever_it_asserts_is_tampering() -> None:
    found = judge(Runs(GREEN, GREEN, RED, told(a="failed", b="passed")))
    assert (found.tampering, found.refuses) == (("b",), True)


def test_what_could_not_fail_on_the_base_either_is_no_tampering() -> None:
    control = told(a="failed", b="passed")
    found = judge(Runs(GREEN, GREEN, control, control))
    assert (found.tampering, found.refuses) == ((), False)
    assert found.proven == {"a"}


def test_what_the_control_does_not_run_any_more_is_tampering() -> None:
    assert judge(Runs(GREEN, GREEN, RED, told(a="failed"))).tampering == ("b",)


def test_a_run_without_its_end_shows_nothing() -> None:
    found = judged(GREEN, broken_off(a="passed"))
    assert found.refuses
    assert found.trouble == "ended with exit code 0 after 1 test, before its end"
    assert not found.forged


def test_a_forged_run_is_told_as_that() -> None:
    found = judged(GREEN, Told(forged="line 2 of its ledger was not written by the run"))
    assert found.forged
    assert found.refuses


@pytest.mark.parametrize(
    ("base", "head", "refuses"),
    [
        (RED, broken_off(), True),
        (broken_off(), broken_off(), False),
        (None, broken_off(), False),
        (RED, Told(forged="line 1"), True),
        (broken_off(), Told(forged="line 1"), True),
    ],
    ids=["only with the change", "both", "no base", "forged", "forged beside a broken base"],
)
def test_a_control_that_goes_wrong_only_with_the_change_refuses(
    base: Told | None, head: Told, refuses: bool
) -> None:
    found = judge(Runs(GREEN, GREEN, base, head))
    assert found.refuses is refuses
    assert found.proven == frozenset()


LOST = told(a="passed", b="failed")
STILL = told(b="failed")
FINE = told(b="passed")


@pytest.mark.parametrize(
    ("again", "broke", "flaky", "unsteady"),
    [
        ([(FINE, STILL)] * 3, ["b"], (), ()),
        ([(FINE, STILL), (STILL, STILL), (FINE, STILL)], [], ("b",), ()),
        ([(FINE, STILL), (FINE, FINE), (FINE, STILL)], [], (), ("b",)),
        ([(broken_off(), STILL)] * 3, ["b"], (), ()),
        ([(broken_off(), FINE), (FINE, STILL)], ["b"], (), ()),
        ([(FINE, broken_off())] * 3, ["b"], (), ()),
        ([], ["b"], (), ()),
    ],
    ids=[
        "steady", "flaky on the base", "flaky with the change", "base broke off",
        "base broke off once", "change broke off", "not repeated",
    ],
)  # fmt: skip
def test_what_does_not_do_the_same_each_time_is_flaky(
    again: list[tuple[Told, Told]],
    broke: list[str],
    flaky: tuple[str, ...],
    unsteady: tuple[str, ...],
) -> None:
    found = judged(GREEN, LOST, *again)
    assert [case.name for case in found.broke] == broke
    assert (found.flaky, found.unsteady) == (flaky, unsteady)
    assert "b" not in found.passes
    assert "b" not in found.proven


def test_only_what_a_change_seems_to_break_is_run_again() -> None:
    assert suspects(GREEN, told(a="passed", c="failed")) == {"b"}


def test_many_names_are_cut_in_a_sentence() -> None:
    assert named(["a", "b", "c"]) == "a, b, c"
    assert named("abcde") == "a, b, c and 2 more"


def test_a_control_run_that_came_to_no_end_compares_with_nothing() -> None:
    found = judge(Runs(GREEN, GREEN, broken_off(a="failed")))
    assert (found.proven, found.tampering, found.trouble) == (frozenset(), (), "")
    assert found.uncompared == "ended with exit code 0 after 1 test, before its end"


def test_one_that_did_compares() -> None:
    assert judge(Runs(GREEN, GREEN, RED, RED)).uncompared == ""
    assert judge(Runs(GREEN, GREEN)).uncompared == ""
