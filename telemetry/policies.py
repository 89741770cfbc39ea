"""What may stay in a target's texts: by the configuration, and by the target's own allowlist?"""

import hashlib
import hmac

from django.conf import settings

from targets import allowlists
from targets.models import Target
from telemetry.sanitizer import Policy


def policy(target: Target | None = None) -> Policy:
    """Return what the configuration allows to stay in a text, and the target beside it."""
    section = settings.SELFIMPROVE.telemetry
    general = Policy(tuple(section.allowed_domains), tuple(section.allowed_paths), _key())
    if target is None:
        return general
    return general.with_allowed(
        allowlists.entries(target.allowed_domains), allowlists.entries(target.allowed_paths)
    )


def _key() -> bytes:
    """Return this installation's key for fingerprints; it is stored nowhere."""
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, b"selfimprove.telemetry.sanitizer", hashlib.sha256).digest()
