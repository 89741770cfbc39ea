"""Which secrets and private places does a text hold, and how does it read without them?

Pure functions without Django: the package can be lifted out and used elsewhere.
"""

from telemetry.sanitizer.meanings import meaning
from telemetry.sanitizer.redaction import Policy, sanitize, secrets_in
from telemetry.sanitizer.spans import Finding

__all__ = ["Finding", "Policy", "meaning", "sanitize", "secrets_in"]
