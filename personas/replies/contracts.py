"""What must the answers of Architect and Reviewer look like, key by key?

A model that is held to a schema by its provider still breaks ranges, and a text that a provider
never saw may come from a script: these types are strict, so that "false" is no truth and true no
score.
"""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

MOST_FILES = 10
MOST_ITEMS = 50

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Share = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


def _inside(path: str) -> str:
    """Refuse a path that leaves the repository or speaks of git's own folder."""
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "~")) or "\\" in path or ".." in parts or ".git" in parts:
        raise ValueError("it is not a path inside the repository")
    if not path.isprintable():
        raise ValueError("it holds signs that cannot be seen")
    return path


Path = Annotated[Line, AfterValidator(_inside)]


def _by_benchmark(value: Any) -> Any:
    """Read the list that a model writes as a mapping; anything else is left to the types."""
    if not isinstance(value, list):
        return value
    if not all(isinstance(one, dict) and set(one) == {"benchmark", "delta"} for one in value):
        raise ValueError("each item has to have the keys benchmark and delta, and no other")
    names = [one["benchmark"] for one in value]
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise ValueError("each benchmark has to be a text and to be named once")
    return {one["benchmark"]: one["delta"] for one in value}


# A provider that holds a model to a schema knows no free keys: a mapping would always be empty.
Effects = Annotated[
    dict[Line, Share],
    BeforeValidator(_by_benchmark),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"benchmark": {"type": "string"}, "delta": {"type": "number"}},
                "required": ["benchmark", "delta"],
                "additionalProperties": False,
            },
        }
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Plan(_Strict):
    """Hold what the Architect plans: one change, the files it touches, what it should bring."""

    title: Line
    rationale: Words
    files_to_modify: list[Path] = Field(min_length=1, max_length=MOST_FILES)
    steps: list[Words] = Field(min_length=1, max_length=MOST_ITEMS)
    expected_effect: Effects = Field(max_length=MOST_ITEMS)
    risk: Literal["low", "medium", "high"]
    out_of_scope: list[Words] = Field(max_length=MOST_ITEMS)

    @field_validator("files_to_modify")
    @classmethod
    def _each_once(cls, paths: list[str]) -> list[str]:
        if len(set(paths)) != len(paths):
            raise ValueError("a file is named twice")
        return paths


class Choice(Plan):
    """Hold what the Architect answers: a plan, and which of the offered things it is about."""

    # None, with no steps either, where nothing is worth a change: the rationale says why.
    files_to_modify: list[Path] = Field(max_length=MOST_FILES)
    steps: list[Words] = Field(max_length=MOST_ITEMS)
    # The number it was offered under, or its fingerprint; 0 where it is about none of them.
    focus: Annotated[int | Line, WithJsonSchema({"type": "integer"})]
    new_files: list[Path] = Field(max_length=MOST_FILES)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.files_to_modify) != bool(self.steps):
            raise ValueError(
                "files_to_modify and steps: both are empty where nothing is planned, else neither"
            )
        return self

    @property
    def is_none(self) -> bool:
        """Tell whether nothing is planned."""
        return not self.files_to_modify

    def plan(self) -> Plan:
        """Return the plan alone, as the others are shown it."""
        return Plan(**{name: getattr(self, name) for name in Plan.model_fields})


class Finding(_Strict):
    """Hold one remark of the Reviewer about a place."""

    severity: Literal["low", "medium", "high", "critical"]
    file: Annotated[str, StringConstraints(max_length=300)]
    line: Annotated[int, Field(ge=0, le=10_000_000)] | None
    rule: Annotated[str, StringConstraints(max_length=100)]
    message: Words


class Review(_Strict):
    """Hold the Reviewer's judgement; whoever reads it still asks the gates and a person."""

    approved: bool
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    findings: list[Finding] = Field(max_length=MOST_ITEMS)
    must_fix: list[Words] = Field(max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.approved and self.must_fix:
            raise ValueError("approved is true although must_fix is not empty")
        return self

    @classmethod
    def refused(cls, reason: str) -> "Review":
        """Judge in place of a Reviewer who gave no usable answer: nothing is approved."""
        finding = Finding(
            severity="high", file="", line=None, rule="no-answer", message=reason[:4_000]
        )
        return cls(approved=False, score=0.0, findings=[finding], must_fix=[])

    def unapproved(self) -> "Review":
        """Return the same remarks without the approval, for where the words are a guess."""
        return self.model_copy(update={"approved": False, "score": 0.0})
