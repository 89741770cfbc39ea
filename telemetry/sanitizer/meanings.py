"""What does it mean that a rule found something, in words for a reader?"""

from telemetry.sanitizer.rules import ISSUER_RULES

_OURS = {
    "named-value": "a value behind a name such as password, token or api_key",
    "shaped-value": "a value that a list, a pair or an option calls secret",
    "random-token": "a long run of signs that only chance writes",
    "wrapped-credential": "base64 that holds a credential",
    "wrapped-lines": "base64 over several lines that holds a credential",
    "pem": "a private key or certificate block",
    "url-password": "the password in an address",
    "authorization": "the value of an Authorization header",
    "scheme": "what stands behind Bearer, Basic or another scheme",
    "cookie": "the value of a cookie",
    "curl-user": "the password of curl's --user",
    "url": "path and query of an address whose domain is not allowed",
    "url-userinfo": "the user in an address",
    "email": "an e-mail address",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "path": "the rest of a file path that is not allowed",
    "failed": "the sanitizer failed: the whole text was dropped",
    "unstable": "the text never came to rest: it was dropped whole",
}
_MEANINGS = {**{rule.id: rule.says for rule in ISSUER_RULES}, **_OURS}


def meaning(rule: str) -> str:
    """Return what a rule finds, in a few words; a rule of a former version has its name only."""
    return _MEANINGS.get(rule, rule)
