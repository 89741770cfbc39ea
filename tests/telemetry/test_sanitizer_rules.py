"""Are the issuers' rules sound, bounded and the same with and without the fast wheels?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from telemetry.sanitizer import Policy, engines, sanitize, secrets_in
from telemetry.sanitizer.rules import ISSUER_RULES
from telemetry.sanitizer.ruleset import BadRule, Rule, checked, filled, read

ROOT = Path(__file__).parents[2]
GOOD = r"""
[[rule]]
id = "shop"
says = "key of a shop"
keywords = ["shop_"]
regex = '''shop_[a-z]{8}'''
examples = ["shop_<l8>"]
harmless = ["shop_name"]
"""


@pytest.mark.parametrize("rule", ISSUER_RULES, ids=lambda rule: rule.id)
def test_each_example_goes_and_each_counter_example_stays(rule: Rule) -> None:
    for template in rule.examples:
        for seed in range(3):
            example = filled(template, seed)
            found = [example.encode()[a:b] for a, b in rule.spans(f"x {example} y".encode())]
            if found:  # by chance a random example may be too regular for a rule with entropy
                said = sanitize(f"seen {example} here")[0]
                assert found[0].decode() not in said
                assert said.startswith("seen ")
                assert said.endswith(" here")
    for template in rule.harmless:
        harmless = filled(template)
        assert rule.id not in {finding.rule for finding in secrets_in(f"seen {harmless} here")}


@pytest.mark.parametrize("rule", ISSUER_RULES, ids=lambda rule: rule.id)
def test_each_pattern_means_the_same_to_the_standard_library(rule: Rule) -> None:
    plain = re.compile(rule.whole.encode())
    group = 1 + rule.group
    texts = [filled(t, seed) for t in (*rule.examples, *rule.harmless) for seed in range(3)]
    for text in [*texts, " ".join(texts), *(f'"{t}";{t}.{t[:-1]}' for t in texts)]:
        ours = [match.span(group) for match in rule.pattern.finditer(text.encode())]
        assert ours == [match.span(group) for match in plain.finditer(text.encode())]


def test_there_are_many_rules_and_each_says_what_it_finds() -> None:
    assert len(ISSUER_RULES) >= 150
    assert all(len(rule.says) > 5 for rule in ISSUER_RULES)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[a-z]{8}", "[a-z{8}", "'shop': the regex does not compile"),
        ("[a-z]{8}", "(?=x)", "'shop': the regex does not compile"),
        ("[a-z]{8}", ".*x", "'shop': an unbounded repeat"),
        ("[a-z]{8}", "[^ ]{3,}x", "'shop': an unbounded repeat"),
        ("[a-z]{8}", "[a-z]{9}", "'shop': its example 'shop_<l8>' is not found: widen"),
        ("[a-z]{8}", "[a-z]{4,8}", "'shop': its counter-example 'shop_name' is found: narrow"),
        ('id = "shop"', "", "rule 'number 1' has no id: add it"),
        ('says = "key of a shop"', "says = 7", "'shop': says is not a str"),
        ('says = "key of a shop"', 'says = "x"\nsecret = 1', "unknown fields: secret"),
        ('["shop_"]', '["Shop_"]', "keyword 'Shop_' must be lower-case"),
        ('["shop_"]', '["store"]', "its example 'shop_<l8>' is not found"),
        ('["shop_name"]', "[]", "'shop' needs a keyword, an example and a counter-example"),
        ("[[rule]]", "[[rule", "not TOML"),
    ],
)
def test_a_bad_rule_file_is_refused_by_file_and_rule(old: str, new: str, complaint: str) -> None:
    if complaint.endswith("compile") and not engines.FAST and "?=" in new:
        pytest.skip("the standard library knows lookaheads")
    with pytest.raises(BadRule, match=re.escape(complaint)) as refused:
        read("mine.toml", GOOD.replace(old, new))
    assert str(refused.value).startswith("mine.toml: ")


def test_an_id_may_be_given_once() -> None:
    with pytest.raises(BadRule, match=r"b.toml: rule 'shop' is in a.toml too"):
        checked([("a.toml", GOOD), ("b.toml", GOOD)])


WITHOUT = """
import sys
sys.modules["re2"] = sys.modules["ahocorasick_rs"] = None
from telemetry.sanitizer import engines, sanitize
assert not engines.FAST
for line in sys.stdin.read().split("\\0"):
    print(repr(sanitize(line)), end="\\0")
"""


@pytest.mark.slow
def test_without_the_fast_wheels_the_answers_are_the_same() -> None:
    assert engines.FAST
    texts = [f"a {filled(t)} b" for rule in ISSUER_RULES for t in (*rule.examples, *rule.harmless)]
    texts += [
        f"say {filled(rule.examples[0])}\u00e4 \u0430pi_key=x1y2 8.8.8.8"
        for rule in ISSUER_RULES[::9]
    ]
    texts += ["::ffff:10.0.0.1 2001:db8:1:2:3:4:5:6", "Bearer\nabcdef0123456789ABCDEFxyz"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        input="\0".join(texts),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split("\0")[:-1] == [repr(sanitize(text)) for text in texts]


def test_a_fingerprint_counts_repeats_and_needs_the_key() -> None:
    text = "password=hunter2 and again token=hunter2, password=other9"
    first, again, other = (f.fingerprint for f in sanitize(text, Policy(key=b"k" * 32))[1])
    assert first == again != other
    assert len(first) == 16
    assert first != sanitize(text, Policy(key=b"j" * 32))[1][0].fingerprint
    assert {finding.fingerprint for finding in sanitize(text)[1]} == {""}
    assert "k" * 32 not in repr(Policy(key=b"k" * 32))
