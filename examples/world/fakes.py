"""Which secrets does the example spill? Obviously fake ones, put together at run time.

No literal in this repository looks like a real credential: each value is joined from parts, so
that neither a scanner nor a reader has to wonder. The same seed gives the same values, so a test
can ask for them and look for them where they must never be.
"""

import base64
import json
import random
import string
from dataclasses import dataclass

ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Secrets:
    """Hold every value that must never leave the example's own logs."""

    vendor_key: str
    bearer: str
    token: str
    dsn: str
    cloud_key: str
    email: str
    address: str

    def credentials(self) -> dict[str, str]:
        """Tell what the gateway sends to which tool or task."""
        return {
            "web_search": self.vendor_key,
            "ledger": self.bearer,
            "mailer": self.token,
            "nightly_digest": self.dsn,
        }

    def forbidden(self) -> tuple[str, ...]:
        """List the strings that must not appear in anything that is stored or shown."""
        password = self.dsn.split(":")[2].split("@")[0]
        return (
            self.vendor_key, self.bearer, self.token, self.dsn, password, self.cloud_key,
            self.email, self.address,
        )  # fmt: skip


def secrets(seed: int) -> Secrets:
    """Make the fake secrets of a run."""
    source = random.Random(f"fake-{seed}")

    def letters(count: int, alphabet: str = ALPHABET) -> str:
        return "".join(source.choice(alphabet) for _ in range(count))

    host = ".".join(("10", "20", "30", str(source.randint(2, 250))))
    return Secrets(
        vendor_key="-".join(("sk", "ant", "api03", "FAKE" + letters(40))),
        bearer=_web_token(letters(43)),
        token="_".join(("ghp", "FAKE" + letters(32))),
        dsn="postgresql" + "://" + "digest:" + "fake" + letters(14) + "@" + host + ":5432/digest",
        cloud_key="AK" + "IA" + "FAKE" + letters(12, string.ascii_uppercase + string.digits),
        email="@".join(("dana.fake", "customer.example")),
        address=".".join(("192", "168", "17", str(source.randint(2, 250)))),
    )


def _web_token(signature: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "gateway", "note": "fake"})
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join((*coded, signature))
