"""For how long may what people have to decide, or have decided, wait?"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

GRADES = ("low", "medium", "high", "critical")
Positive = Annotated[int, Field(ge=1)]


def _beside(usual: Mapping[str, int]) -> BeforeValidator:
    """Let somebody name one grade and keep the others as they are."""

    def fill(given: Any) -> Any:
        if not isinstance(given, dict):
            return given  # the type says what is wrong
        if strange := sorted(set(given) - set(GRADES)):
            raise ValueError(f"{strange[0]!r} is no grade; there are {', '.join(GRADES)}")
        return {**usual, **given}

    return BeforeValidator(fill)


REMIND = {"low": 168, "medium": 72, "high": 24, "critical": 4}
ESCALATE = {"low": 336, "medium": 168, "high": 72, "critical": 12}
EXPIRE = {"low": 1440, "medium": 1080, "high": 720, "critical": 720}
APPROVAL = {"low": 14, "medium": 14, "high": 7, "critical": 3}


class Review(BaseModel):
    """Bound how much waits for people, and for how long; the hours by severity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most_waiting: int = Field(default=20, ge=0)  # of one target; 0: as many as come
    most_revisions: int = Field(default=3, ge=0)  # of one change by an engine; then people decide
    reserve_days: Positive = 5  # of reviewing that should wait at most: for the hint
    remind_hours: Annotated[dict[str, Positive], _beside(REMIND)] = REMIND
    escalate_hours: Annotated[dict[str, Positive], _beside(ESCALATE)] = ESCALATE
    expire_hours: Annotated[dict[str, Positive], _beside(EXPIRE)] = EXPIRE
    approval_days: Annotated[dict[str, Positive], _beside(APPROVAL)] = APPROVAL  # by risk

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "Review":
        for grade in GRADES:
            hours = (self.remind_hours, self.escalate_hours, self.expire_hours)
            first, second, third = (by_grade[grade] for by_grade in hours)
            if not first < second < third:
                raise ValueError(
                    f"{grade}: a reminder ({first} h) comes before the escalation ({second} h),"
                    f" and that before the end ({third} h)"
                )
        return self
