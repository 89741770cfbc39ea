"""Whatever a model says: is nothing lost, invented, or taken without its number?"""

from hypothesis import given
from hypothesis import strategies as st

from personas.replies import proposals_in

PIECES = st.sampled_from(
    [
        '<proposal n="abc-1">\n',
        '<proposal n="other-1">\n',
        "<proposal>\n",
        "</proposal>\n",
        "<done/>\n",
        "---\nkind: bugfix\n---\n",
        "+</proposal>\n",
        " <proposal>\n",
        "```diff\n-a\n+b\n```\n",
        "words",
        "\n",
    ]
)
ANSWERS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200)


@given(ANSWERS)
def test_every_opened_proposal_is_either_taken_or_complained_about(text: str) -> None:
    blocks, complaints = proposals_in(text)
    opened = sum(line.rstrip().startswith("<proposal") for line in _whole_tags(text))
    assert len(blocks) + sum("without an opening" not in c.reason for c in complaints) == opened


@given(ANSWERS)
def test_what_is_taken_stands_in_the_answer_word_for_word(text: str) -> None:
    for block in proposals_in(text).blocks:
        assert block.strip() in text.replace("\r\n", "\n")


@given(ANSWERS)
def test_without_the_number_that_was_asked_for_nothing_is_taken(text: str) -> None:
    assert proposals_in(text, nonce="never-shown").blocks == ()


@given(ANSWERS)
def test_without_the_end_mark_nothing_is_taken(text: str) -> None:
    without = text.replace("<done/>", "")
    assert proposals_in(without, nonce="abc").blocks == ()


@given(ANSWERS)
def test_every_complaint_gives_a_reason(text: str) -> None:
    assert all(complaint.reason for complaint in proposals_in(text, nonce="abc").complaints)


def _whole_tags(text: str) -> list[str]:
    """Return the lines that are opening tags from the first column to the last."""
    tags = ('<proposal n="abc-1">', '<proposal n="other-1">', "<proposal>")
    return [line for line in text.replace("\r\n", "\n").split("\n") if line in tags]
