"""Which rule applies to an approval whose ground moved?"""

import pytest

from delivery.grounds.rules import Rule, ruled


@pytest.mark.parametrize(
    ("moved", "touched", "same", "expected"),
    [
        (False, False, True, Rule.UNMOVED),
        (True, False, True, Rule.RETAINED),
        (True, True, True, Rule.PROVEN_ANEW),
        (True, True, False, Rule.ASKED_AGAIN),
    ],
)
def test_each_row_of_the_table(moved: bool, touched: bool, same: bool, expected: Rule) -> None:
    assert ruled(moved=moved, touched=touched, same=same) is expected


@pytest.mark.parametrize("rule", list(Rule))
def test_each_rule_says_what_follows(rule: Rule) -> None:
    assert rule.words
    assert rule.value.replace("_", "") not in rule.words
