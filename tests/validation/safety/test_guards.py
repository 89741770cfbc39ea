"""Does nobody miss that code refuses less, waits longer or keeps quiet after a change?"""

import pytest

from validation.safety import guards

CODE = """\
import requests

TIMEOUT = 5
MAX_RETRIES = 3


def is_allowed(user, action):
    if user.role != "admin":
        return False
    return action in user.actions


def fetch(url):
    reply = requests.get(url, timeout=TIMEOUT)
    reply.raise_for_status()
    check_type(reply)
    return reply.json()


def run(task):
    for attempt in range(3):
        try:
            return task()
        except TimeoutError:
            pass
    raise TimeoutError


class Door:
    def open(self, key):
        assert key == self.key
        if key is None and self.locked:
            raise ValueError
        self.state = "open"
"""


def told(old: str, new: str) -> list[str]:
    assert old in CODE
    return [one.what for one in guards.seen(CODE, CODE.replace(old, new, 1))]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "    reply.raise_for_status()\n",
            "",
            "fetch refuses less: “reply.raise_for_status()” is gone",
        ),
        ("    check_type(reply)\n", "", "fetch refuses less: “check_type(reply)” is gone"),
        (
            "        assert key == self.key\n",
            "",
            "Door.open refuses less: “assert key == self.key”",
        ),
        ("            raise ValueError\n", "            pass\n", "Door.open refuses less: “raise"),
        ("return action in user.actions", "return True", "is_allowed decides who may"),
        ("key is None and self.locked", "key is None or 1", "never decides: “key is None or 1”"),
        ("except TimeoutError:\n            pass", "except Exception:\n            pass", "let"),
        ("except TimeoutError:\n            pass", "except:\n            return None", "run lets"),
        (
            "except TimeoutError:\n            pass",
            "except BaseException:\n            ...",
            "lets",
        ),
        (
            "for attempt in range(3):",
            "while True:",
            "run repeats without a bound where it counted",
        ),
        (
            'self.state = "open"',
            "while True:\n            self.x = 1",
            "Door.open repeats without an",
        ),
        ("TIMEOUT = 5", "TIMEOUT = 24 * 3600", "TIMEOUT goes from 5 to 86400"),
        ("TIMEOUT = 5", "TIMEOUT = None", "TIMEOUT goes from 5 to nothing"),
        (", timeout=TIMEOUT)", ")", "fetch no longer gives requests.get(timeout=)"),
        ('user.role != "admin":', 'user.role == "admin":', "decides who may do something"),
        ("in user.actions", "in user.actions or user.vip", "is_allowed decides who may"),
        ("MAX_RETRIES = 3", "MAX_RETRIES: int = 30", "MAX_RETRIES goes from 3 to 30"),
    ],
)
def test_what_holds_less_is_told_once_and_by_its_function(old: str, new: str, what: str) -> None:
    (found,) = told(old, new)
    assert what in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return False", "return False  # for now"),
        ("    return action", "    if not action:\n        return False\n    return action"),
        ("raise ValueError", 'raise KeyError("locked")'),
        ("assert key == self.key", "assert key in self.keys"),
        ("except TimeoutError:", "except (TimeoutError, OSError):"),
        ("            pass\n", "            log.info('again')\n"),
        ("TIMEOUT = 5", "TIMEOUT = 8"),
        ("TIMEOUT = 5", "TIMEOUT = 1"),
        ("def fetch(url):\n", "def fetch(url):\n    assert url\n"),
        ("class Door:", "def more():\n    return True\n\n\nclass Door:"),
        ("range(3)", "range(4)"),
    ],
)
def test_what_holds_as_before_needs_no_word(old: str, new: str) -> None:
    assert told(old, new) == []


def test_all_that_a_decision_loses_is_told() -> None:
    weaker = told('    if user.role != "admin":\n        return False\n', "")
    assert weaker == [
        "is_allowed refuses less: “return False” is gone",
        "is_allowed decides who may do something, and otherwise now",
    ]
    never = told('!= "admin":', '!= "admin" and False:')
    assert any("has a condition that never decides: “user.role" in what for what in never)
    other = [
        one.what
        for one in guards.seen(
            "def is_valid(x):\n    return x > 3\n", "def is_valid(x):\n    return True\n"
        )
    ]
    assert other == ["is_valid says yes in one more place without looking"]


def test_code_that_only_moves_within_a_file_is_nothing_new() -> None:
    loop = "def serve():\n    while True:\n        work()\n"
    handler = "def quiet():\n    try:\n        work()\n    except Exception:\n        pass\n"
    assert list(guards.seen(loop + handler, f"class A:\n    pass\n\n\n{handler}{loop}")) == []


def test_a_loop_that_something_leaves_is_no_endless_one() -> None:
    for leave in ("break", "return 1", "raise X", "yield 1", "await x"):
        kind = "async def" if leave == "await x" else "def"
        code = f"{kind} f():\n    while True:\n        {leave}\n"
        assert list(guards.seen("", code)) == []


def test_an_assertion_for_a_checker_of_types_holds_nothing() -> None:
    before = "def f(x):\n    assert x is not None\n    assert isinstance(x, int)\n    return x\n"
    assert list(guards.seen(before, "def f(x):\n    return x\n")) == []


def test_a_function_that_is_gone_or_renamed_is_a_readers_matter() -> None:
    assert list(guards.seen(CODE, CODE.replace("def is_allowed", "def may"))) == []
    assert [one.what for one in guards.seen(CODE, "")] == ["every function of it is gone (4)"]


def test_code_that_cannot_be_read_is_left_to_others() -> None:
    assert list(guards.seen("def f(:\n", CODE)) == []
    assert list(guards.seen(CODE, "(" * 5_000)) == []
