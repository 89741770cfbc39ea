"""Are the bounds of waiting read as they are written, and refused where they contradict?"""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from proposals.waiting.options import ESCALATE, Review
from selfimprove import config


def test_one_grade_can_be_set_and_the_others_stay() -> None:
    found = Review.model_validate({"escalate_hours": {"high": 48}})
    assert found.escalate_hours == {**ESCALATE, "high": 48}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"remind_hours": {"urgent": 3}}, "'urgent' is no grade"),
        ({"remind_hours": {"high": 0}}, "greater than or equal to 1"),
        ({"remind_hours": 12}, "valid dictionary"),
        ({"remind_hours": {"high": 72}}, "high: a reminder (72 h) comes before the escalation"),
        ({"expire_hours": {"low": 300}}, "and that before the end (300 h)"),
        ({"most_waiting": -1}, "greater than or equal to 0"),
        ({"most_wait": 3}, "Extra inputs are not permitted"),
        ({"approval_days": {"critical": "soon"}}, "valid integer"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Review.model_validate(given)
    assert words in str(refused.value)


def test_they_are_set_in_the_file_and_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "selfimprove.toml"
    file.write_text("[review]\nmost_waiting = 3\n[review.remind_hours]\nlow = 24\n")
    environ = {
        "SELFIMPROVE_CONFIG": str(file),
        "SELFIMPROVE_REVIEW__APPROVAL_DAYS": json.dumps({"low": 30}),
    }
    found = config.load(environ).review
    assert (found.most_waiting, found.remind_hours["low"]) == (3, 24)
    assert found.approval_days == {"low": 30, "medium": 14, "high": 7, "critical": 3}


def test_a_wrong_one_names_its_place(tmp_path: Path) -> None:
    environ = {"SELFIMPROVE_REVIEW__REMIND_HOURS": json.dumps({"low": "x"})}
    with pytest.raises(config.BadConfiguration, match=r"review.remind_hours.*environment"):
        config.load({"SELFIMPROVE_CONFIG": str(tmp_path / "none.toml"), **environ})
