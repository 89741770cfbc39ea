"""What does the API take, and what does it answer?"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from delivery.asking import Standing as StageStanding
from proposals.models import Category, Engine, Kind, Risk, Status
from selfimprove.api.records import CheckState
from selfimprove.mcp.answers import Answer, ProposalRow, Seen, Standing
from selfimprove.mcp.reading import MOST_ROWS
from telemetry.models import Severity
from validation.models import Outcome


def _storable(text: str) -> str:
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise ValueError(f"line {line} holds a NUL character, which no text may hold")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"sign {error.start + 1} is half a sign, which no text may hold"
        ) from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
Reason = Annotated[Text, Field(max_length=4000, description="For people and for the log.")]
Digest = Annotated[Text, Field(max_length=64, description="`digest` of the proposal as read.")]


class Given(BaseModel):
    """Refuse what nobody knows, so that a typing error is no silent default."""

    model_config = ConfigDict(extra="forbid")


class NewChange(Given):
    """A change that every gate is asked about, and that becomes no proposal."""

    diff: Annotated[Text, Field(min_length=1, description="Unified, as git writes it.")]
    target: Annotated[Text, Field(max_length=50, description="The token's own, or left out.")] = ""
    base: Annotated[
        Text, Field(max_length=200, description="A commit of the branch; empty: its head.")
    ] = ""


class NewProposal(Given):
    """A proposal's whole document."""

    document: Annotated[Text, Field(min_length=1, description="Markdown with its front matter.")]
    target: Annotated[Text, Field(max_length=50, description="The token's own, or left out.")] = ""
    revises: Annotated[
        Text,
        Field(max_length=40, description="The proposal of which somebody requested changes."),
    ] = ""


class Approval(Given):
    """What a person approves who has read it."""

    digest: Digest
    reason: Reason = ""
    acknowledge_findings: StrictBool = False
    accept_weaker_tests: StrictBool = False


class Rejection(Given):
    """What a person turns down who has read it."""

    digest: Digest
    reason: Reason = ""
    category: Annotated[Category, Field(description="`other` needs a reason.")] = Category.OTHER


class Wish(Given):
    """What should be different, of what was read."""

    digest: Digest
    reason: Annotated[Reason, Field(min_length=1)]


class Withdrawal(Given):
    """Why a request for changes is taken back, where there is something to say."""

    reason: Reason = ""


class Patch(Given):
    """What the caller believes is written; where it is named it must be what was approved."""

    base_commit: Annotated[Text, Field(max_length=64)] = ""
    patch: Text = ""


class Nothing(Given):
    """No words of the caller's are needed."""


class Wanted(Given):
    """Which proposals are listed, the newest first."""

    status: Status | None = None
    severity: Severity | None = None
    risk: Risk | None = None
    kind: Kind | None = None
    engine: Engine | None = None
    q: Annotated[Text, Field(max_length=200, description="In title, file, author, id.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 20
    after: Annotated[Text, Field(max_length=40, description="`next` of the page before.")] = ""


class Problem(BaseModel):
    """Why a request was turned away: what is wrong, where, and what to do."""

    error: str


class GateFinding(BaseModel):
    """What a gate minds, and where."""

    path: str
    line: int | None
    message: str
    refuses: bool


class GateAnswer(BaseModel):
    """One gate's answer."""

    gate: str
    question: str
    outcome: Outcome
    summary: str
    sandbox: str | None
    seconds: float
    findings: list[GateFinding]


class Verdict(BaseModel):
    """All answers, as `validate --json` prints them; `error` where no gate could be asked."""

    outcome: Outcome
    exit: Annotated[Literal[0, 1, 2, 3], Field(description="As the command `validate` ends.")]
    gates: list[GateAnswer]
    error: str | None = None
    base: str | None = None
    tree: str | None = None
    diff_digest: str | None = None
    policy_digest: str | None = None
    digest: str | None = None
    sandbox: str | None = None
    seconds: float | None = None


class Progress(BaseModel):
    """How far a check is."""

    gate: str = Field(description="At work now; empty between two.")
    answered: int
    of: int
    lines: str = Field(description="The last lines that the target's code said, sanitised.")


class Change(Answer):
    """A change and what came of its check."""

    id: str
    state: CheckState
    address: str
    base: str
    diff_digest: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stopped_by: str
    progress: Progress | None
    report: Verdict | None


class Stage(BaseModel):
    """One stage of a delivery and how it stands."""

    stage: str
    state: StageStanding
    said: str


class Shipment(BaseModel):
    """The delivery of an approved proposal."""

    number: int
    plan: str
    stage: str
    outcome: str
    detail: str
    base_commit: str
    branch: str
    branch_commit: str
    pull_request: int | None
    pull_request_url: str
    merge_commit: str
    page: str


class Detail(Answer):
    """One proposal with its words, its change and all that a decision rests on."""

    proposal: ProposalRow
    author: str
    digest: str = Field(description="Of the words; whoever decides names it.")
    document: str = Field(description="Markdown without secrets, invisible signs written out.")
    diff: str = Field(description="As git writes it, to the letter.")
    diff_digest: str
    base_commit: str
    evidence: list[Seen]
    standing: Standing
    report: Verdict | None
    delivery: Shipment | None


class TakenIn(Answer):
    """A proposal that was handed in; its check begins within seconds."""

    proposal: ProposalRow
    digest: str
    address: str


class Asked(Answer):
    """What became of asking for a stage."""

    id: str
    stage: Stage
    delivery: Shipment | None
    address: str


Body = dict[str, Any]
