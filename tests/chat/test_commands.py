"""Is a line read as its writer meant it, and is one that cannot be told what can?"""

import pytest

from selfimprove.chat.commands import Command, Unclear, parse


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
        ("approve 3f2b --force", "--force is not known; there are --acknowledge and"),
        ("x" * 4000, "is no command"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_what_can(text: str, words: str) -> None:
    with pytest.raises(Unclear) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert len(str(refusal.value)) < 1000
