"""What of a running program's output is shown, and what never is?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals.running.output import LINES, MOST_PENDING, WIDTH, Tail

KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def shown(*pieces: bytes) -> str:
    tail = Tail()
    for piece in pieces:
        tail.add(piece)
    return tail.text()


def test_only_the_last_whole_lines_are_shown() -> None:
    text = shown(*(f"line {number}\n".encode() for number in range(100)), b"not yet")
    assert text.split("\n") == [f"line {number}" for number in range(100 - LINES, 100)]


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    assert shown(b"a", b"b\xc3", b"\xbc", b"c\nd") == "abüc"


@pytest.mark.parametrize("place", range(1, len(KEY)))
def test_a_secret_that_is_cut_in_two_is_still_known(place: int) -> None:
    text = shown(f"token {KEY[:place]}".encode(), f"{KEY[place:]} was used\n".encode())
    assert KEY not in text
    assert KEY[:20] not in text
    assert "was used" in text


def test_a_secret_over_several_lines_is_not_shown_line_by_line() -> None:
    body = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" for _ in range(4))
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    assert "MIIEvQ" not in shown(key.encode())


def test_a_line_without_an_end_is_cut_and_takes_no_memory() -> None:
    tail = Tail()
    for _ in range(2000):
        tail.add(b"x" * 1000)
    tail.add(b"tail of it\nnext\n")
    lines = tail.text().split("\n")
    assert [len(line) for line in lines] == [WIDTH, 4]
    assert lines[1] == "next"
    assert len(tail._pending) <= MOST_PENDING


def test_control_characters_are_written_out_and_colours_left_out() -> None:
    assert shown(b"\x1b[31mred\x1b[0m \x07 \xe2\x80\xaeback\r\n") == "red \\x07 \\u202eback"
    assert shown(b"\x1b]0;title\x07\n") == "\\x1b]0;title\\x07"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert shown(b"\xff\xfe\x00\n") == "���"


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_whatever_comes_is_few_short_lines_of_plain_signs(pieces: list[bytes]) -> None:
    text = shown(*pieces)
    lines = text.split("\n")
    assert len(lines) <= LINES
    assert all(len(line) <= WIDTH for line in lines)
    assert all(sign.isprintable() or sign in "\n\t" for sign in text)


@given(st.binary(max_size=400), st.integers(min_value=1, max_value=50))
def test_how_it_is_cut_changes_nothing(said: bytes, size: int) -> None:
    pieces = [said[start : start + size] for start in range(0, len(said), size)]
    assert shown(*pieces) == shown(said)
