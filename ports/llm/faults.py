"""Which failures of a provider pass by themselves, and what can a person do about the others?"""

RETRIED_STATUS = {408, 409, 429, 500, 502, 503, 504, 529}
RETRIED_KINDS = {"overloaded_error", "api_error", "timeout_error", "rate_limit_error"}
SPENDING_LIMITS = {
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "linked_organization_spend_limit_reached",
}
# The provider had the question and may have begun to answer it before it gave up.
PERHAPS_BILLED_STATUS = {200, 408, 504}

LARGEST_TEXT = (
    1_000_000  # characters; the longest answer of a current model has about half of that
)
LARGEST_BODY = 64_000_000  # bytes, as a stream wraps each word in a line of its own

ADVICE = {
    "authentication_error": "the key is not accepted: it is mistyped, expired or revoked",
    "permission_error": "the key may not use this model",
    "billing_error": "the account cannot pay",
    "not_found_error": "there is no such model for this key: it may be retired; name another"
    " in config/agents.yaml",
    "request_too_large": "the question is too long for this model",
    "invalid_request_error": "the provider does not take this question",
    **dict.fromkeys(SPENDING_LIMITS, "the account's limit of spending is reached"),
}


def told(kind: str, status: int, said: object = "", *, secret: str = "") -> str:
    """Write for a person what the provider answered, without the key that it may repeat."""
    words = " ".join(str(said or "").split())
    if secret:
        words = words.replace(secret, "[key]")
    parts = [f"the provider answered {status}", ADVICE.get(kind, ""), words[:200]]
    return "; ".join(part for part in parts if part)


def seconds(text: str | None) -> float | None:
    """Read a retry-after given in seconds; a date or nonsense counts as not given."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return max(0.0, found) if found == found else None
