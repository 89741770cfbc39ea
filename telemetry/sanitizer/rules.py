"""Which names announce a credential, and which values and neighbours show that there is none?"""

import re

from telemetry.sanitizer.ruleset import shipped

ISSUER_RULES = shipped()


def _alternatives(words: str) -> str:
    """Join words; a hyphen in a word stands for any sign that people put between two words."""
    return "|".join(word.replace("-", r"[_\-. ]?") for word in words.split())


# The left side of `name = value`. A strong name makes almost any value a secret, a weak one only
# a value that looks random.
STRONG_WORDS = (
    "password passwd passphrase passcode pwd secret token credential api-key access-key"
    " private-key auth-key signing-key encryption-key master-key account-key shared-key"
    " storage-key connection-string auth-token session-token session-key"
    " passwort kennwort contraseña mot-de-passe wachtwoord senha пароль"
)
WEAK_WORDS = "signature session nonce auth key pass sig sid pin"
STRONG_NAMES = _alternatives(STRONG_WORDS)
WEAK_NAMES = _alternatives(WEAK_WORDS)

# What follows a name and makes it harmless: token_count, secret_name, password_policy …
_SUFFIX_WORDS = (
    "id ids name names count counts type types limit limits length lengths len usage used url urls"
    " uri uris path paths file files ttl policy field fields budget size index prefix version"
    " status required enabled valid error errors kind format algorithm provider manager store"
    " endpoint hint rotation token tokens total rate rates ratio percent in out at age s"
)
_SUFFIXES = tuple(_SUFFIX_WORDS.split())
_BEGUN_SUFFIX = re.compile(r"(?:exp|per|min|max)\w{0,8}$")
# What stands before a name and makes it harmless: public_key, foreign key, max_tokens …
_PREFIX_WORDS = (
    "public foreign primary partition sort row cache lookup group dict map hot short next"
    " unexpected prompt completion input output total max min num end start stop pad idempotency"
)
_PREFIXES = tuple(_PREFIX_WORDS.split())


def has_harmless_suffix(suffix: str) -> bool:
    """Say whether what follows a name says that no secret is meant."""
    lowered = folded_case(suffix)
    return lowered.endswith(_SUFFIXES) or _BEGUN_SUFFIX.search(lowered) is not None


def has_harmless_prefix(before: str) -> bool:
    """Say whether what stands before a name says that no secret is meant."""
    lowered = folded_case(before.removesuffix("\n"))
    return lowered.endswith(_PREFIXES) or (
        lowered[-1:] in {"_", "-", ".", " "} and lowered[:-1].endswith(_PREFIXES)
    )


def folded_case(text: str) -> str:
    """Return the text in lower case as patterns compare it, which know two signs more."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return lowered.replace("\u017f", "s").replace("\u0131", "i").replace("i\u0307", "i")


# Values that name a thing instead of being one.
HARMLESS_VALUES = re.compile(
    r"(?:none|null|nil|true|false|undefined|missing|invalid|required|expired|unset|empty|optional|"
    r"unknown|absent|present|str|string|int|integer|bytes|bool|boolean|float|any|object|text|char|"
    r"varchar|yes|no|ok|valid|redacted|hidden|bearer|basic|digest|negotiate|token|apikey|key|"
    r"secret|password|changed|disabled|enabled|default)[.,:;!?]?$",
    re.IGNORECASE,
)
REFERENCE = re.compile(
    r"(?:\$\{?\w|\$\(|\{\{|%\(|<[A-Za-z_]|os\.environ|process\.env|env[.(\[]|environ\[|getenv|"
    r"secrets\.[A-Z]|vault:|settings\.|config\.|self\.[a-z_]+$|[A-Za-z_][\w.]{0,60}\(|\*{3,}|"
    r"[xX]{4,}$|\.{3}|…)"
)
