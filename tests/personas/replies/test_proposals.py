"""Is every proposal of an answer either taken whole or kept with a reason?"""

import pytest

from personas.replies.proposals import LARGEST_ANSWER, LARGEST_BLOCK, MOST_BLOCKS, proposals_in

DOCUMENT = "---\nkind: bugfix\n---\n\n# Title\n"


def block(text: str = DOCUMENT, number: str = "abc-1") -> str:
    return f'<proposal n="{number}">\n{text}\n</proposal>\n'


def test_a_proposal_between_tags_is_taken() -> None:
    blocks, complaints = proposals_in(f"<proposal>\n{DOCUMENT}\n</proposal>")
    assert blocks == (DOCUMENT,)
    assert complaints == ()


def test_words_around_and_between_proposals_are_left_out() -> None:
    text = f"I looked.\n{block('one')}And also:\n{block('two', 'abc-2')}\nThat is all.\n<done/>\n"
    blocks, complaints = proposals_in(text, nonce="abc")
    assert blocks == ("one\n", "two\n")
    assert complaints == ()


def test_no_finding_is_a_normal_answer() -> None:
    assert proposals_in("Nothing fails.\n<done/>", nonce="abc") == ((), ())
    assert proposals_in("Nothing fails.") == ((), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<proposal n="abc-1">\nhalf', "no closing tag"),
        ("</proposal>\n<done/>", "without an opening one"),
        (f"{block()}", "does not end with <done/>"),
        (f"<done/>\n{block()}", "does not end with <done/>"),
        (f"{block(number='other-1')}<done/>", "does not carry the number"),
        (f"<proposal>\n{DOCUMENT}\n</proposal>\n<done/>", "does not carry the number"),
        (f"{block('')}<done/>", "is empty"),
        ("I would rather not.", "neither a proposal nor <done/>"),
        ("", "neither a proposal nor <done/>"),
    ],
)
def test_what_may_be_cut_or_forged_is_kept_with_a_reason(text: str, reason: str) -> None:
    blocks, complaints = proposals_in(text, nonce="abc")
    assert blocks == ()
    assert [reason in complaint.reason for complaint in complaints] == [True]


def test_an_unclosed_proposal_does_not_swallow_the_next_one() -> None:
    text = f'<proposal n="abc-1">\nhalf\n{block("whole", "abc-2")}<done/>'
    blocks, complaints = proposals_in(text, nonce="abc")
    assert blocks == ("whole\n",)
    assert [complaint.text for complaint in complaints] == ["half"]


def test_a_diff_that_speaks_of_tags_stays_inside_its_proposal() -> None:
    diff = "```diff\n+<proposal>\n </proposal>\n-</proposal>\n+a </proposal>\n+<done/>\n```"
    blocks, complaints = proposals_in(f"{block(diff)}<done/>", nonce="abc")
    assert blocks == (f"{diff}\n",)
    assert complaints == ()


def test_done_inside_a_proposal_does_not_end_the_answer() -> None:
    text = '<proposal n="abc-1">\n<done/>\n</proposal>\n'
    blocks, complaints = proposals_in(text, nonce="abc")
    assert blocks == ()
    assert "does not end with <done/>" in complaints[0].reason


def test_a_tag_that_shares_its_line_is_text() -> None:
    text = "<proposal>\nwords </proposal>\n</proposal> more\n<proposal> again\n</proposal>"
    assert proposals_in(text).blocks == (
        "words </proposal>\n</proposal> more\n<proposal> again\n",
    )


def test_one_fence_around_the_document_is_taken_off() -> None:
    fenced = f"```markdown\n{DOCUMENT}```"
    assert proposals_in(f"<proposal>\n{fenced}\n</proposal>").blocks == (DOCUMENT,)


def test_windows_line_ends_are_read() -> None:
    text = f"{block()}<done/>".replace("\n", "\r\n")
    assert proposals_in(text, nonce="abc").blocks == (DOCUMENT,)


def test_an_endless_answer_is_not_read() -> None:
    blocks, complaints = proposals_in("x" * (LARGEST_ANSWER + 1))
    assert blocks == ()
    assert len(complaints[0].text) == LARGEST_BLOCK


def test_a_huge_proposal_is_cut_in_the_record_and_not_taken() -> None:
    blocks, complaints = proposals_in(block("x" * (LARGEST_BLOCK + 1)) + "<done/>", nonce="abc")
    assert blocks == ()
    assert len(complaints[0].text) == LARGEST_BLOCK


def test_proposals_beyond_the_limit_are_kept_as_complaints() -> None:
    blocks, complaints = proposals_in(block() * (MOST_BLOCKS + 2) + "<done/>", nonce="abc")
    assert (len(blocks), len(complaints)) == (MOST_BLOCKS, 2)


def test_many_opening_tags_are_read_in_linear_time() -> None:
    blocks, complaints = proposals_in("<proposal>\n" * 80_000)
    assert blocks == ()
    assert len(complaints) == 80_000
