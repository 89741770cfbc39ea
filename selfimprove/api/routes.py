"""What can be done at which address of the API? The addresses and their description follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generations.doors import views as figures
from selfimprove.api import (
    changes,
    delivering,
    generating,
    looping,
    proposals,
    revising,
    talking,
)
from selfimprove.api.answers import (
    Approval,
    Asked,
    Change,
    Detail,
    NewChange,
    NewProposal,
    Nothing,
    Patch,
    Rejection,
    TakenIn,
    Wanted,
)
from selfimprove.api.entry import Operation, Page
from selfimprove.api.generating import NewGeneration, Underway
from selfimprove.api.looping import NewLoop, Series
from selfimprove.mcp import deciding
from selfimprove.mcp.answers import Decided, ProposalList
from telemetry.doors.models import Scope


@dataclass(frozen=True)
class Route:
    """Name an address, and say what each method does there."""

    name: str
    path: str  # with `{id}` where an id stands, and `{number}` where a number does
    operations: tuple[Operation, ...]
    beside: Mapping[str, Page] = field(default_factory=dict)  # what a room itself answers there


CHECK, READ = Scope.CHANGES_CHECK, Scope.PROPOSALS_READ
WRITE, DECIDE = Scope.PROPOSALS_WRITE, Scope.PROPOSALS_DECIDE
RUN = Scope.GENERATIONS_RUN
NO_SUCH = {404: "There is no such id for this token."}
NOT_NOW: Mapping[int, str] = {**NO_SUCH, 409: "It does not go together with how things stand."}
LARGE = {413: "It is larger than the settings allow."}

_CHANGES = (
    Operation(
        "POST",
        "checkChange",
        "Ask every gate about a change that becomes no proposal.",
        CHECK,
        changes.MAY,
        changes.ask,
        NewChange,
        {202: Change},
        {**LARGE, 429: "Enough of the person's changes wait already."},
    ),
)
_CHANGE = (
    Operation(
        "GET",
        "getChange",
        "Say how far the check is, and what came of it.",
        CHECK,
        changes.MAY,
        changes.look,
        Nothing,
        {200: Change},
        NO_SUCH,
    ),
    Operation(
        "DELETE",
        "stopChange",
        "Stop the check; what was answered until then is kept.",
        CHECK,
        changes.MAY,
        changes.stop,
        Nothing,
        {200: Change, 202: Change},
        NOT_NOW,
    ),
)
_PROPOSALS = (
    Operation(
        "GET",
        "listProposals",
        "List the proposals of the token's target.",
        READ,
        proposals.MAY_READ,
        proposals.listing,
        Wanted,
        {200: ProposalList},
        NO_SUCH,
    ),
    Operation(
        "POST",
        "handInProposal",
        "Hand a proposal in, which the gates then check.",
        WRITE,
        proposals.MAY_WRITE,
        proposals.hand_in,
        NewProposal,
        {201: TakenIn},
        {**LARGE, 409: "An open proposal says the same.", 503: "The target cannot be read."},
    ),
)
_PROPOSAL = (
    Operation(
        "GET",
        "getProposal",
        "Read a proposal, and what a decision rests on.",
        READ,
        proposals.MAY_READ,
        proposals.show,
        Nothing,
        {200: Detail},
        NO_SUCH,
    ),
)
_APPROVE = (
    Operation(
        "POST",
        "approveProposal",
        "Approve the words whose digest was read.",
        DECIDE,
        deciding.MAY,
        proposals.approve,
        Approval,
        {200: Decided},
        NOT_NOW,
    ),
)
_REJECT = (
    Operation(
        "POST",
        "rejectProposal",
        "Turn the words down whose digest was read.",
        DECIDE,
        deciding.MAY,
        proposals.reject,
        Rejection,
        {200: Decided},
        NOT_NOW,
    ),
)
_BRANCH = (
    Operation(
        "POST",
        "writeBranch",
        "Have the approved patch written to its branch.",
        DECIDE,
        delivering.MAY_DELIVER,
        delivering.write_branch,
        Patch,
        {200: Asked, 202: Asked},
        NOT_NOW,
    ),
)
_VALIDATE = (
    Operation(
        "POST",
        "validateProposal",
        "Have every gate asked again.",
        CHECK,
        delivering.MAY_CHECK,
        delivering.validate,
        Nothing,
        {200: Asked, 202: Asked},
        NOT_NOW,
    ),
)
_PULL_REQUEST = (
    Operation(
        "POST",
        "openPullRequest",
        "Have the pull request of the branch opened.",
        DECIDE,
        delivering.MAY_DELIVER,
        delivering.open_pull_request,
        Nothing,
        {200: Asked, 202: Asked},
        NOT_NOW,
    ),
)

_GENERATIONS = (
    Operation(
        "POST",
        "beginGeneration",
        "Begin the next generation of the token's target.",
        RUN,
        generating.MAY,
        generating.ask,
        NewGeneration,
        {202: Underway},
        {409: "None can begin now.", 429: "Enough were begun within an hour."},
    ),
)
_GENERATION = (
    Operation(
        "DELETE",
        "callGenerationOff",
        "Call a generation off; what it does ends within moments.",
        RUN,
        generating.MAY,
        generating.stop,
        Nothing,
        {200: Underway, 202: Underway},
        NOT_NOW,
    ),
)
_PROGRESS = (
    Operation(
        "GET",
        "getGenerationProgress",
        "Say how far a generation is, and how it ended.",
        RUN,
        generating.MAY,
        generating.look,
        Nothing,
        {200: Underway},
        NO_SUCH,
    ),
)
_LOOPS = (
    Operation(
        "POST",
        "beginLoop",
        "Ask for several generations in a row.",
        RUN,
        generating.MAY,
        looping.ask,
        NewLoop,
        {202: Series},
        {409: "None can begin now.", 429: "Enough were begun within an hour."},
    ),
)
_LOOP = (
    Operation(
        "GET",
        "getLoop",
        "Say how far several in a row are.",
        RUN,
        generating.MAY,
        looping.look,
        Nothing,
        {200: Series},
        NO_SUCH,
    ),
    Operation(
        "DELETE",
        "callLoopOff",
        "Call several in a row off, with the one that is at work.",
        RUN,
        generating.MAY,
        looping.stop,
        Nothing,
        {200: Series, 202: Series},
        NOT_NOW,
    ),
)

ONE = "api/proposals/{id}"
GENERATION = "api/generations/{number}"
ROUTES: tuple[Route, ...] = (
    Route("api-changes", "api/changes", _CHANGES),
    Route("api-change", "api/changes/{id}", _CHANGE),
    Route("api-proposals", "api/proposals", _PROPOSALS),
    Route("api-proposal", ONE, _PROPOSAL),
    Route("api-approve", f"{ONE}/approve", _APPROVE),
    Route("api-reject", f"{ONE}/reject", _REJECT),
    Route("api-request-changes", f"{ONE}/request-changes", revising.REQUEST),
    Route("api-withdraw-request", f"{ONE}/withdraw-request", revising.WITHDRAW),
    Route("api-branch", f"{ONE}/branch", _BRANCH),
    Route("api-comments", f"{ONE}/comments", talking.OPERATIONS),
    Route("api-thread", f"{ONE}/threads/{{number}}", talking.SETTLING),
    Route("api-validate", f"{ONE}/validate", _VALIDATE),
    Route("api-pull-request", f"{ONE}/pull-request", _PULL_REQUEST),
    Route("api-generations", "api/generations", _GENERATIONS, {"GET": figures.generations}),
    Route("api-generation", GENERATION, _GENERATION, {"GET": figures.generation}),
    Route("api-generation-progress", f"{GENERATION}/progress", _PROGRESS),
    Route("api-loops", "api/loops", _LOOPS),
    Route("api-loop", "api/loops/{number}", _LOOP),
)
