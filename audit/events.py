"""Which things can happen that the log must know."""

from enum import StrEnum


class Event(StrEnum):
    """Name each recordable act as subject.verb."""

    LOG_BEGUN = "log.begun"
    LOG_HEARTBEAT = "log.heartbeat"
    LOG_KEY_ROTATED = "log.key_rotated"
    LOG_KEY_RETIRED = "log.key_retired"
    LOG_SUCCEEDED = "log.succeeded"
    LOG_STATE_ADOPTED = "log.state_adopted"
    WRITER_ENROLLED = "writer.enrolled"
    WRITER_REVOKED = "writer.revoked"
    LOG_VERIFIED = "log.verified"
    LOG_VERIFICATION_ASKED = "log.verification_asked"
    LOG_VERIFICATION_STOPPED = "log.verification_stopped"
    LOG_WORDS_REBUILT = "log.words_rebuilt"
    LOG_EXPORTED = "log.exported"
    LOG_QUARANTINED = "log.quarantined"
    LOG_ENTRY_GONE = "log.entry_gone"
    LOG_FILTER_EXPORTED = "log.filter_exported"
    PAYLOAD_ERASED = "payload.erased"
    LOG_PUBLISH_FAILED = "log.publish_failed"
    LOG_PUBLISH_RESUMED = "log.publish_resumed"
    LOG_ANCHOR_CONFLICT = "log.anchor_conflict"
    LOG_UNGUARDED = "log.unguarded"
    PERSON_INTRODUCED = "person.introduced"
    PERSON_RENAMED = "person.renamed"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGN_IN_FAILED = "user.sign_in_failed"
    USER_SIGNED_OUT = "user.signed_out"
    TARGET_ADDED = "target.added"
    TARGET_CHANGED = "target.changed"
    TARGET_STATE_CHANGED = "target.state_changed"
    TARGET_DIVERGENCE_ACCEPTED = "target.divergence_accepted"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    TOKEN_CREATED = "token.created"  # noqa: S105  # an act, no secret
    TOKEN_ROTATED = "token.rotated"  # noqa: S105  # an act, no secret
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  # an act, no secret
    SOURCE_PAUSED = "source.paused"
    SOURCE_RESUMED = "source.resumed"
    SOURCE_TESTED = "source.tested"
    SOURCE_REMOVED = "source.removed"
    EVENTS_IMPORT_ASKED = "events.import_asked"
    EVENTS_IMPORT_STARTED = "events.import_started"
    EVENTS_IMPORT_STOPPED = "events.import_stopped"
    EVENTS_IMPORTED = "events.imported"
    EVENTS_EXPORTED = "events.exported"
    EVENTS_EXPIRED = "events.expired"
    KEEPING_CHANGED = "keeping.changed"
    PATTERN_FOUND = "pattern.found"
    PATTERN_MERGED = "pattern.merged"
    PATTERN_SPLIT = "pattern.split"
    PATTERN_APART = "pattern.apart"
    PATTERN_MUTED = "pattern.muted"
    PATTERN_KNOWN = "pattern.known"
    PATTERN_ASSIGNED = "pattern.assigned"
    PATTERN_DIAGNOSED = "pattern.diagnosed"
    PATTERN_REOPENED = "pattern.reopened"
    PATTERN_RETURNED = "pattern.returned"
    PATTERN_REMEDIED = "pattern.remedied"
    PATTERN_RECURRED = "pattern.recurred"
    PATTERN_UNDONE = "pattern.undone"
    EVALUATION_STARTED = "evaluation.started"
    EVALUATION_ENDED = "evaluation.ended"
    LESSON_LEARNED = "lesson.learned"
    AGENTS_PROVISIONED = "agents.provisioned"
    MODEL_ASKED = "model.asked"
    PROPOSAL_CREATED = "proposal.created"
    PROPOSAL_REFUSED = "proposal.refused"
    PROPOSAL_CHECKED = "proposal.checked"
    PROPOSAL_REHEARSED = "proposal.rehearsed"
    PROPOSAL_REWORDED = "proposal.reworded"
    PROPOSAL_REVIEWED = "proposal.reviewed"
    PROPOSAL_APPROVED = "proposal.approved"
    PROPOSAL_REJECTED = "proposal.rejected"
    PROPOSAL_PR_OPENED = "proposal.pr_opened"
    PROPOSAL_IMPLEMENTED = "proposal.implemented"
    PROPOSAL_REVERTED = "proposal.reverted"
    PROPOSAL_FAILED = "proposal.failed"
    PROPOSAL_SUPERSEDED = "proposal.superseded"
    PROPOSAL_TAKEN_OVER = "proposal.taken_over"
    FINDING_WAIVED = "finding.waived"
    FINDING_WAIVER_WITHDRAWN = "finding.waiver_withdrawn"
    CHECK_STOPPED = "check.stopped"
    CHECK_ASKED = "check.asked"
    PROPOSALS_PUBLISH_INTENDED = "proposals.publish_intended"
    PROPOSALS_PUBLISHED = "proposals.published"
    PROPOSALS_PUBLISH_FAILED = "proposals.publish_failed"
    PROPOSALS_REBUILT = "proposals.rebuilt"
    DELIVERY_STARTED = "delivery.started"
    DELIVERY_INTENDED = "delivery.intended"
    DELIVERY_AUTHORISED = "delivery.authorised"
    DELIVERY_DENIED = "delivery.denied"
    DELIVERY_STAGE_PASSED = "delivery.stage_passed"
    DELIVERY_STAGE_FAILED = "delivery.stage_failed"
    DELIVERY_STAGE_ERRORED = "delivery.stage_errored"
    DELIVERY_RECONCILED = "delivery.reconciled"
    DELIVERY_DEPLOYED = "delivery.deployed"
    DELIVERY_VERDICT = "delivery.verdict"
    DELIVERY_REVERT_REQUESTED = "delivery.revert_requested"
    DELIVERY_REVERTED = "delivery.reverted"
    DELIVERY_TIMED_OUT = "delivery.timed_out"
    DELIVERY_MOVED = "delivery.moved"
    DELIVERY_ENDED = "delivery.ended"
    DELIVERY_ALARMED = "delivery.alarmed"
    BRANCH_REMOVE_INTENDED = "branch.remove_intended"
    BRANCH_REMOVED = "branch.removed"
    BRANCH_REMOVE_FAILED = "branch.remove_failed"
    LOOP_PAUSED = "loop.paused"
    LOOP_RESUMED = "loop.resumed"
    RUN_FAILED = "run.failed"
    RECORD_ADDED = "record.added"
    RECORD_CHANGED = "record.changed"
    RECORD_REMOVED = "record.removed"
    SETTINGS_CHANGED = "settings.changed"


# Each of these changes the state of an object, and is written with its transition or not at all.
TIED = (
    Event.PROPOSAL_CREATED,
    Event.PROPOSAL_REWORDED,
    Event.PROPOSAL_APPROVED,
    Event.PROPOSAL_REJECTED,
    Event.PROPOSAL_PR_OPENED,
    Event.PROPOSAL_IMPLEMENTED,
    Event.PROPOSAL_REVERTED,
    Event.PROPOSAL_FAILED,
    Event.PROPOSAL_SUPERSEDED,
    Event.PROPOSAL_TAKEN_OVER,
    Event.DELIVERY_STARTED,
    Event.DELIVERY_MOVED,
    Event.DELIVERY_ENDED,
)
