"""Is a line read as its writer meant it, and is one that cannot be told what can?"""

import pytest

from selfimprove.chat.commands import Command, Unclear, Where, parse

BEFORE, AFTER = Where("a.py", 3, is_before=True), Where("a.py", 3)
SPACED = Where("a b", 3)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command("help")),
        ("   \n\t ", Command("help")),
        ("help", Command("help")),
        ("proposals", Command("list")),
        ("proposals list", Command("list")),
        ("Proposals LIST approved", Command("list", words="approved")),
        ("list in delivery", Command("list", words="in delivery")),
        ("show 3f2b8c1e", Command("show", "3f2b8c1e")),
        ("proposals show 3f2b8c1e 2", Command("show", "3f2b8c1e", "2")),
        ("approve 3f2b", Command("approve", "3f2b")),
        ("approve 3f2b it waits", Command("approve", "3f2b", "it waits")),
        ("approve 3f2b --acknowledge", Command("approve", "3f2b", "", frozenset({"acknowledge"}))),
        (
            "approve 3f2b --accept-weaker-tests --acknowledge fine by me",
            Command(
                "approve", "3f2b", "fine by me", frozenset({"acknowledge", "accept-weaker-tests"})
            ),
        ),
        ("approve 3f2b —acknowledge", Command("approve", "3f2b", "", frozenset({"acknowledge"}))),
        ("approve 3f2b –acknowledge", Command("approve", "3f2b", "", frozenset({"acknowledge"}))),
        ("approve 3f2b not --acknowledge", Command("approve", "3f2b", "not --acknowledge")),
        ("reject 3f2b --acknowledge is none", Command("reject", "3f2b", "--acknowledge is none")),
        ("reject 3f2b", Command("reject", "3f2b")),
        ("comments 3f2b", Command("comments", "3f2b")),
        ("proposals comments 3f2b 2", Command("comments", "3f2b", "2")),
        ("comment 3f2b", Command("comment", "3f2b")),
        ("Comment 3f2b two  words\nhere", Command("comment", "3f2b", "two  words\nhere")),
        ("comment 3f2b a/b.py:12 so", Command("comment", "3f2b", "so", where=Where("a/b.py", 12))),
        ("comment 3f2b a.py:-3\nso", Command("comment", "3f2b", "so", where=BEFORE)),
        ("comment 3f2b a.py:\u20133 so", Command("comment", "3f2b", "so", where=BEFORE)),
        ("comment 3f2b `a.py:3` so", Command("comment", "3f2b", "so", where=AFTER)),
        ("comment 3f2b a.py:3", Command("comment", "3f2b", "", where=AFTER)),
        ('comment 3f2b "a b":3 so', Command("comment", "3f2b", "so", where=SPACED)),
        ("comment 3f2b \u201ca b\u201d:3 so", Command("comment", "3f2b", "so", where=SPACED)),
        ("comment 3f2b c:d:7 so", Command("comment", "3f2b", "so", where=Where("c:d", 7))),
        ("comment 3f2b a.py:3: so", Command("comment", "3f2b", "a.py:3: so")),
        ("comment 3f2b at 12:30 it", Command("comment", "3f2b", "at 12:30 it")),
        ("comment 3f2b :3 so", Command("comment", "3f2b", ":3 so")),
        ("comment 3f2b --acknowledge", Command("comment", "3f2b", "--acknowledge")),
        ("reply 12 a.py:3 is it", Command("reply", "12", "a.py:3 is it")),
        ("reply #12", Command("reply", "#12")),
        ("resolve 12 now", Command("resolve", "12", "now")),
        ("REOPEN 12", Command("reopen", "12")),
        ("changes 3f2b Less of it", Command("changes", "3f2b", "Less of it")),
        ("withdraw 3f2b", Command("withdraw", "3f2b")),
    ],
)  # fmt: skip
def test_a_line_is_read(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("delete 3f2b", "“delete” is no command"),
        ("rm -rf /", "“rm” is no command"),
        ("approve", "Which one? Write approve and the first signs"),
        ("proposals show", "Which one?"),
        ("comment", "Which one?"),
        ("reply", "Which thread? Write reply and its number; comments and an id gives them."),
        ("approve 3f2b --force", "--force is not known; there are --acknowledge and"),
        ("x" * 4000, "is no command"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_what_can(text: str, words: str) -> None:
    with pytest.raises(Unclear) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert len(str(refusal.value)) < 1000
