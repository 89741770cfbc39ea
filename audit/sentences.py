"""What does an entry say in plain language, and how good is the news?"""

from collections.abc import Mapping
from typing import Any, Literal

from audit.events import Event
from audit.models import Entry
from audit.people import names

Tone = Literal["good", "bad", "warn", "accent", "quiet"]

_SAID: Mapping[Event, str] = {
    Event.LOG_BEGUN: "The log began, with a key of its own",
    Event.LOG_HEARTBEAT: "The log is alive",
    Event.LOG_KEY_ROTATED: "{who} gave the log a new key beside the old one",
    Event.LOG_KEY_RETIRED: "{who} retired the log's old key",
    Event.LOG_SUCCEEDED: "{who} let the log go on under a new name, as signed entries were lost",
    Event.LOG_STATE_ADOPTED: "{who} took the last checkpoint for the last one signed",
    Event.WRITER_ENROLLED: "{who} let {what} sign entries",
    Event.WRITER_REVOKED: "{who} revoked the key of {what}",
    Event.LOG_VERIFIED: "{who} verified the log",
    Event.LOG_VERIFICATION_ASKED: "{who} asked for a verification of the log",
    Event.LOG_WORDS_REBUILT: "{who} made the index of words anew",
    Event.LOG_EXPORTED: "{who} took out a copy of the log to verify it elsewhere",
    Event.LOG_VERIFICATION_STOPPED: "{who} stopped a verification of the log before its end",
    Event.LOG_QUARANTINED: "{What} was not sealed",
    Event.LOG_ENTRY_GONE: "The last entry of {what} is gone from the database",
    Event.LOG_FILTER_EXPORTED: "{who} exported entries of the log",
    Event.PAYLOAD_ERASED: "{who} erased the words of {what}",
    Event.LOG_PUBLISH_FAILED: "Publishing the log at {what} failed",
    Event.LOG_PUBLISH_RESUMED: "The log is published at {what} again",
    Event.LOG_ANCHOR_CONFLICT: "{What} does not fit the log",
    Event.LOG_UNGUARDED: "Guards of the log were gone, and were put back",
    Event.PERSON_INTRODUCED: "{What} became known to the log",
    Event.PERSON_RENAMED: "{What} has another name than before",
    Event.USER_SIGNED_IN: "{who} signed in",
    Event.USER_SIGN_IN_FAILED: "A sign-in as {what} failed",
    Event.USER_SIGNED_OUT: "{who} signed out",
    Event.TARGET_ADDED: "{who} added {what}",
    Event.TARGET_CHANGED: "{who} changed the settings of {what}",
    Event.TARGET_STATE_CHANGED: "{What} changed its state",
    Event.TARGET_DIVERGENCE_ACCEPTED: "{who} accepted the rewritten history of {what}",
    Event.SOURCE_ADDED: "{who} added {what} to read from",
    Event.SOURCE_CHANGED: "{who} changed {what}",
    Event.TOKEN_CREATED: "{who} made {what}",
    Event.TOKEN_ROTATED: "{who} rotated {what}",
    Event.TOKEN_REVOKED: "{who} revoked {what}",
    Event.SOURCE_PAUSED: "{who} paused reading from {what}",
    Event.SOURCE_RESUMED: "{who} let reading from {what} go on",
    Event.SOURCE_TESTED: "{who} tried {what} without storing anything",
    Event.SOURCE_REMOVED: "{who} gave up reading from {what}",
    Event.EVENTS_IMPORT_ASKED: "{who} handed in files of events",
    Event.EVENTS_IMPORT_STARTED: "{who} began to import events",
    Event.EVENTS_IMPORT_STOPPED: "{who} stopped an import before its end",
    Event.EVENTS_IMPORTED: "{who} imported events",
    Event.EVENTS_EXPORTED: "{who} exported events",
    Event.EVENTS_EXPIRED: "{who} removed events past their retention",
    Event.KEEPING_CHANGED: "{who} changed how long events of {what} are kept",
    Event.PATTERN_FOUND: "{What} was found in the events",
    Event.PATTERN_MERGED: "{who} merged others into {what}",
    Event.PATTERN_SPLIT: "{who} moved a fingerprint out of {what}",
    Event.PATTERN_APART: "{who} said that {what} is not the same as another",
    Event.PATTERN_MUTED: "{who} muted {what}",
    Event.PATTERN_KNOWN: "{who} marked {what} as known",
    Event.PATTERN_ASSIGNED: "{who} assigned {what}",
    Event.PATTERN_DIAGNOSED: "{who} corrected the diagnosis of {what}",
    Event.PATTERN_REOPENED: "{who} looks at {what} again",
    Event.PATTERN_RETURNED: "{What} is back",
    Event.PATTERN_REMEDIED: "A remedy of {what} was declared effective",
    Event.PATTERN_RECURRED: "{What} came back after its remedy",
    Event.PATTERN_UNDONE: "{who} took back a move on {what}",
    Event.EVALUATION_STARTED: "An evaluation began",
    Event.EVALUATION_ENDED: "An evaluation ended",
    Event.EVALUATION_WOKEN: "What happened at {what} woke an evaluation",
    Event.MAINTENANCE_ENDED: "A maintenance pass ended",
    Event.SCAN_ENDED: "A weekly scan ended",
    Event.IDEA_RAISED: "{What} was raised",
    Event.IDEA_ACCEPTED: "{who} took {what} up",
    Event.IDEA_DISMISSED: "{who} turned {what} down",
    Event.LESSON_LEARNED: "{who} learned from how {what} ended",
    Event.AGENTS_PROVISIONED: "{who} provisioned the agents",
    Event.MODEL_ASKED: "{who} asked a language model",
    Event.MODEL_REFUSED: "{who} was not let ask a language model",
    Event.BUDGET_ALERTED: "A share of {what} is used",
    Event.BUDGET_CHANGED: "{who} changed the budget of {what}",
    Event.RESERVATION_LOST: "A worker ended before it could say what its call cost",
    Event.EXCHANGES_EXPIRED: "{who} removed the texts of exchanges past their retention",
    Event.BENCHMARKS_ASKED: "{who} asked for the benchmarks of {what}",
    Event.BENCHMARKS_MEASURED: "The benchmarks of {what} were measured",
    Event.BENCHMARKS_CANCELLED: "{who} called the benchmarks of {what} off",
    Event.BENCHMARKS_COMPARED: "Two commits of {what} were compared by their benchmarks",
    Event.BENCHMARK_DEFINED: "{who} defined a benchmark of {what}",
    Event.BENCHMARK_REMOVED: "{who} removed a benchmark of {what}",
    Event.GENERATIONS_ASKED: "{who} asked for {what}",
    Event.GENERATIONS_ENDED: "{What} ended",
    Event.GENERATIONS_RESET: "{who} took back the generations of {what}",
    Event.GENERATION_STARTED: "{who} began {what}",
    Event.GENERATION_PHASE_ENDED: "A phase of {what} ended",
    Event.GENERATION_CANCELLED: "{who} called {what} off",
    Event.GENERATION_ENDED: "{What} ended",
    Event.PROPOSAL_CREATED: "{who} wrote {what}",
    Event.PROPOSAL_REFUSED: "{What} was refused at the door",
    Event.PROPOSAL_CHECKED: "{What} was checked",
    Event.PROPOSAL_REHEARSED: "The way to {what} and back was tried out",
    Event.PROPOSAL_REWORDED: "The words of {what} changed in git",
    Event.PROPOSAL_REVIEWED: "{who} reviewed {what}",
    Event.PROPOSAL_APPROVED: "{who} approved {what}",
    Event.PROPOSAL_REJECTED: "{who} rejected {what}",
    Event.PROPOSAL_PR_OPENED: "A pull request was opened for {what}",
    Event.PROPOSAL_IMPLEMENTED: "{What} was implemented",
    Event.PROPOSAL_REVERTED: "{What} was taken back",
    Event.PROPOSAL_FAILED: "{What} failed",
    Event.PROPOSAL_SUPERSEDED: "{What} was superseded",
    Event.PROPOSAL_LAPSED: "The approval of {what} ended: people are asked again",
    Event.PROPOSAL_REMINDED: "Somebody was reminded of {what}",
    Event.PROPOSAL_ESCALATED: "{What} waits for too long: operators and admins were told",
    Event.PROPOSAL_TAKEN_OVER: "A move of {what} was taken over from git",
    Event.PROPOSAL_JUDGED: "The generation that wrote {what} said how sure it is",
    Event.PROPOSAL_ANNOUNCED: "It was announced that {what} will be approved",
    Event.PROPOSAL_WITHDRAWN: "{What} will not be approved as was announced",
    Event.PROPOSAL_HELD: "{who} kept {what} for people to decide",
    Event.STANDING_GRANTED: "{who} granted {what}, which a second person has to confirm",
    Event.STANDING_CONFIRMED: "{who} confirmed {what}",
    Event.STANDING_SUSPENDED: "{What} was suspended",
    Event.STANDING_REVOKED: "{who} revoked {what}",
    Event.FINDING_WAIVED: "{who} waived a finding about {what}",
    Event.FINDING_WAIVER_WITHDRAWN: "{who} withdrew a waiver of a finding about {what}",
    Event.CHECK_STOPPED: "{who} stopped the check of {what}",
    Event.CHECK_ASKED: "{who} asked for another check of {what}",
    Event.CHANGE_ASKED: "{who} had {what} checked that is no proposal",
    Event.CHANGE_CHECKED: "{What}, which is no proposal, was checked",
    Event.CHANGE_STOPPED: "{who} stopped the check of {what}",
    Event.PROPOSALS_PUBLISH_INTENDED: "The proposals of {what} are about to be written to git",
    Event.PROPOSALS_PUBLISHED: "The proposals of {what} were written to git",
    Event.PROPOSALS_PUBLISH_FAILED: "The proposals of {what} could not be written to git",
    Event.BACKUP_MADE: "{who} backed {what} up",
    Event.PROPOSALS_REBUILT: "{who} rebuilt the proposals of {what}",
    Event.DELIVERY_ASKED: "{who} asked for a stage of the delivery of {what}",
    Event.DELIVERY_STARTED: "{What} began",
    Event.DELIVERY_INTENDED: "{What} is about to act outside",
    Event.DELIVERY_AUTHORISED: "The policies permitted a write of {what}",
    Event.DELIVERY_DENIED: "The policies denied a write of {what}",
    Event.DELIVERY_STAGE_PASSED: "{What} passed a stage",
    Event.DELIVERY_STAGE_FAILED: "{What} failed a stage: the change is at fault",
    Event.DELIVERY_STAGE_ERRORED: "{What} could not run a stage: we are at fault",
    Event.DELIVERY_RECONCILED: "What became of a stage of {what} was looked up",
    Event.DELIVERY_GROUND_MOVED: "The branch moved since {what} was approved",
    Event.DELIVERY_DEPLOYED: "{What} was deployed",
    Event.DELIVERY_VERDICT: "The effect of {what} was measured",
    Event.DELIVERY_WINDOW_PASSED: "{who} let {what} pass its change window by",
    Event.DELIVERY_REVERT_REQUESTED: "{who} asked to take {what} back",
    Event.DELIVERY_REVERTED: "{What} was taken back",
    Event.DELIVERY_TIMED_OUT: "{What} ran out of time",
    Event.DELIVERY_ALARMED: "{What} needs a person",
    Event.DELIVERY_MOVED: "{What} moved on",
    Event.DELIVERY_ENDED: "{What} ended",
    Event.BRANCH_REMOVE_INTENDED: "A branch of {what} that nobody needs is about to be removed",
    Event.BRANCH_REMOVED: "A branch of {what} that nobody needed was removed",
    Event.BRANCH_REMOVE_FAILED: "A branch of {what} could not be removed",
    Event.LOOP_PAUSED: "{who} paused the loop",
    Event.LOOP_RESUMED: "{who} resumed the loop",
    Event.RUN_FAILED: "{What} failed",
    Event.RECORD_ADDED: "{who} added {what} in the back office",
    Event.RECORD_CHANGED: "{who} changed {what} in the back office",
    Event.RECORD_REMOVED: "{who} removed {what} in the back office",
    Event.SETTINGS_CHANGED: "The configuration is another one than at the last start",
}

_TONES: Mapping[str, Tone] = {
    "approved": "good",
    "implemented": "good",
    "resumed": "good",
    "stage_passed": "good",
    "deployed": "good",
    "rejected": "warn",
    "waived": "warn",
    "suspended": "bad",
    "announced": "accent",
    "denied": "bad",
    "refused": "warn",
    "paused": "warn",
    "reverted": "warn",
    "revert_requested": "warn",
    "failed": "bad",
    "stage_failed": "bad",
    "stage_errored": "bad",
    "timed_out": "bad",
    "alarmed": "bad",
    "alerted": "warn",
    "quarantined": "bad",
    "erased": "warn",
    "unguarded": "bad",
    "entry_gone": "bad",
    "publish_failed": "bad",
    "remove_failed": "bad",
    "publish_resumed": "good",
    "anchor_conflict": "bad",
    "sign_in_failed": "bad",
    "recurred": "bad",
    "returned": "warn",
    "lost": "warn",
    "remedied": "good",
    "created": "accent",
    "pr_opened": "accent",
    "started": "accent",
}

# Which fact names a subject where it is not its title, and how a kind and a title are joined.
_TITLES: Mapping[str, tuple[str, ...]] = {
    "pattern": ("component", "template"),
    "target": ("name",),
    "token": ("name",),
    "source": ("name",),
}
# By which way in something came, where it was none of the pages.
_DOORS: Mapping[str, str] = {
    "mcp": " through an agent",
    "api": " over the API",
    "chat": " in a chat",
    "terminal": " on a terminal",
}
_OF: Mapping[str, str] = {"delivery": " of"}


def sentence(entry: Entry, *, title: str = "") -> str:
    """Say in one sentence who did what to which thing, by the title that the caller knows."""
    what = subject_in_words(entry, title=title)
    who = _who(entry)
    said = next((text for event, text in _SAID.items() if event == entry.event), None)
    if said is None:  # the event comes from the row: it is no format string of ours
        return f"{who} recorded {entry.event} of {what}"
    text = said.format(who=who, what=what, What=_begun(what))
    text = text if who != names.FORGOTTEN else _begun(text)
    text += _DOORS.get(str(entry.facts.get("door")), "")
    detail = entry.names.say(_detail(entry.facts))
    return f"{text} ({detail})" if detail else text


def subject_in_words(entry: Entry, *, title: str = "") -> str:
    """Name the subject so that a person knows it again."""
    kind, _, name = str(entry.subject).partition(":")
    if numbered := _numbered(kind, entry):
        return numbered
    if told := title or _title_of(kind, {**entry.facts, **entry.texts}):
        return f"the {kind}{_OF.get(kind, '')} “{told}”"
    if kind in ("person", "user") and (called := entry.names.say(name)) != name:
        return called if called == names.FORGOTTEN else f"{kind} {called}"
    short = name[:8] if len(name) == 36 and name.count("-") == 4 else name
    return f"{kind} {short}" if short else f"the {kind}"


def _numbered(kind: str, entry: Entry) -> str:
    """Name what people know by its number within a target, or by how many there are."""
    if kind == "standing":
        return f"standing approval #{str(entry.subject).partition(':')[2]}"
    number, wanted = entry.facts.get("number"), entry.facts.get("wanted")
    if kind == "generation" and type(number) is int:
        return f"generation {number} of {entry.target}"
    if kind == "loop" and type(wanted) is int:
        return f"the {wanted} generations in a row of {entry.target}"
    return ""


def _title_of(kind: str, facts: Mapping[str, Any]) -> str:
    values = [facts.get(name) for name in _TITLES.get(kind, ("title",))]
    return next((value for value in values if isinstance(value, str) and value), "")


def tone(entry: Entry) -> Tone:
    """Say how good the news is."""
    if entry.event == Event.LOG_VERIFIED:
        return "good" if entry.facts.get("ok") is True else "bad"
    return _TONES.get(str(entry.event).partition(".")[2], "quiet")


def _who(entry: Entry) -> str:
    return "selfimprove" if entry.actor_type == "system" else entry.who


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _detail(facts: Mapping[str, Any]) -> str:
    """Pick the one fact that tells the most."""
    outcomes = facts.get("outcomes")
    if isinstance(outcomes, dict):
        proposed = outcomes.get("proposed", 0)
        return f"{proposed} proposed" if proposed else "nothing new to propose"
    if isinstance(ruled := facts.get("authorised"), dict) and "outcome" not in facts:
        decided = ", ".join(ruled.get("policies") or ["no policy"])
        return f"{str(ruled.get('action')).replace('_', ' ')}: {decided}"
    if isinstance(phase := facts.get("phase"), str):
        return f"{phase}: {str(facts.get('result', '')).lower()}"
    for name in ("under", "stage", "location", "branch"):
        value = facts.get(name)
        if isinstance(value, str) and value:
            return f"{name}: {value}"
    for name in ("outcome", "verdict", "state", "to", "status", "backend"):
        value = facts.get(name)
        if isinstance(value, str) and value:
            return value.lower().replace("_", " ")
    return ""
