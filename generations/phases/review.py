"""Does a second look agree with the change?"""

from django.conf import settings

from generations.advising.opinion import second_opinion
from generations.models import Reason
from generations.options import Generations
from generations.phases.shape import Answer, Passed, Rejected, Turn


def run(turn: Turn) -> Answer:
    """Have the engine judge the change as git reads it, beside what the gates said."""
    report = turn.generation.report
    if report is None:
        raise RuntimeError("no gate has looked at the change: nothing can be reviewed")
    turn.told("reviews the change")
    reviewed = turn.engine.review(turn, turn.plan(), turn.change(), report)
    review = reviewed.review
    found = {"review": review.model_dump(mode="json"), "review_score": review.score}
    details = {**reviewed.details, "approved": review.approved, "score": review.score}
    details["findings"] = [one.model_dump(mode="json") for one in review.findings]
    details |= second_opinion(turn, review)
    limits: Generations = settings.SELFIMPROVE.generations
    if not review.approved:
        words = "; ".join(review.must_fix) or "it was not approved"
        return Rejected(Reason.REVIEW, f"The review says no: {words}.", found, details)
    if review.score < limits.consensus:
        words = f"The review gives {review.score:.2f}; {limits.consensus:.2f} is needed."
        return Rejected(Reason.REVIEW, words, found, details)
    return Passed(f"Approved with {review.score:.2f}.", found, details)
