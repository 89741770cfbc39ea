"""Which steps does a script file hold?

{"steps": [{"status": 529}, {"text": "half", "stop_reason": "max_tokens"}, {"end": "RESET"},
           {"authored": true, "times": 2}],
 "then": "authored",
 "agentcore": [{"status": 403, "error": "AccessDeniedException"},
               {"frame": "throttlingException"}]}
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ports.agentcore.standin import frames
from ports.llm.standin.routes import AWS_CODES, FRAMES, aws_failure, in_frames
from ports.llm.standin.steps import Step, failure

LARGEST = 10_000_000
LONGEST_PAUSE = 3600


class BadScript(Exception):
    """Say where a script cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Step(_Strict):
    status: int = Field(default=200, ge=200, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    error: str = ""  # the kind of an error, where the status alone does not say it
    code: str = ""
    message: str = "as the script says"
    text: str | None = None
    stop_reason: str | None = "end_turn"
    blocks: list[dict[str, Any]] = Field(default_factory=list)
    usage: dict[str, int] = Field(default_factory=dict)
    events: list[str] = Field(default_factory=list)
    body: str | None = None
    end: Literal["", "EOF", "RESET"] = ""
    length: int | None = Field(default=None, ge=0)
    delay: float = Field(default=0.0, ge=0, le=LONGEST_PAUSE)
    pause: float = Field(default=0.0, ge=0, le=LONGEST_PAUSE)
    authored: bool = False
    frame: str = Field(default="", pattern=r"^(\w+Exception)?$")  # that ends a stream of Bedrock
    times: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _says_one_thing(self) -> "_Step":
        ways = [self.text is not None or self.blocks, self.events, self.body is not None]
        ways += [self.authored, bool(self.frame), self.status >= 300 and self.body is None]
        if sum(map(bool, ways)) > 1:
            raise ValueError(
                "give one of text (or blocks), events, frame, body, authored, an error status"
            )
        if not any(ways) and not self.end:
            raise ValueError(
                "the step does nothing: give text, events, frame, body, authored, status, end"
            )
        return self

    def step(self) -> Step:
        """Return it as the server plays it."""
        shared: dict[str, Any] = {
            "headers": self.headers,
            "delay": self.delay,
            "pause": self.pause,
        }
        if self.frame:
            return in_frames(Step(events=(frames.exception(self.frame, self.message),), **shared))
        if self.status >= 300 and self.body is None and not self.events:
            failed = failure(self.status, self.error, code=self.code, message=self.message)
            return Step(**{**vars(failed), **shared, "end": self.end})
        return Step(
            **shared,
            status=self.status,
            text=self.text,
            stop_reason=self.stop_reason,
            blocks=tuple(self.blocks),
            usage=self.usage,
            events=tuple(event.encode() for event in self.events),
            body=None if self.body is None else self.body.encode(),
            end=self.end,
            length=self.length,
            authored=self.authored,
        )


class _Call(_Strict):
    """Describe what becomes of one call of AgentCore."""

    status: int = Field(default=200, ge=200, le=599)
    error: str = ""  # the code of an error
    message: str = "as the script says"
    frame: str = Field(default="", pattern=r"^(\w+Exception)?$")  # that ends a stream
    body: str | None = None
    end: Literal["", "EOF", "RESET"] = ""
    delay: float = Field(default=0.0, ge=0, le=LONGEST_PAUSE)
    times: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _says_one_thing(self) -> "_Call":
        if sum((bool(self.frame), self.body is not None, self.status >= 300)) > 1:
            raise ValueError("give one of frame, body, an error status")
        return self

    def step(self) -> Step:
        """Return it as the server plays it; what says nothing is answered as usual, or late."""
        late: dict[str, Any] = {"delay": self.delay, "end": self.end}
        if self.frame:
            headers = {"content-type": FRAMES}
            return Step(
                events=(frames.exception(self.frame, self.message),), headers=headers, **late
            )
        if self.status >= 300:
            code = self.error or AWS_CODES.get(self.status, "InternalServerException")
            return Step(**{**vars(aws_failure(self.status, code, self.message)), **late})
        body = None if self.body is None else self.body.encode()
        return Step(body=body, authored=body is None and not self.end, **late)


class _Script(_Strict):
    steps: list[_Step] = Field(default_factory=list)
    then: Literal["authored", "end"] = "authored"
    agentcore: list[_Call] = Field(default_factory=list)

    @model_validator(mode="after")
    def _holds_something(self) -> "_Script":
        if not {"steps", "agentcore"} & self.model_fields_set:
            raise ValueError("give steps, or agentcore")
        return self


class Script(NamedTuple):
    """Hold the steps for models, those for AgentCore, and whether authored answers follow."""

    steps: list[Step]
    services: list[Step]
    then_authored: bool


NONE = Script([], [], True)


def read(path: Path) -> Script:
    """Return what a file holds; raise BadScript."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadScript(f"{path}: larger than {LARGEST:,} bytes")
        script = _Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadScript(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        raise BadScript("\n".join(_mistakes(path, error))) from error
    return Script(
        [one.step() for one in script.steps for _ in range(one.times)],
        [one.step() for one in script.agentcore for _ in range(one.times)],
        script.then == "authored",
    )


def _mistakes(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in item["loc"])
        lines.append(
            f"{path.name}: {where}: {item['msg']}" if where else f"{path.name}: {item['msg']}"
        )
    return lines
