"""Is every kind of credential taken out, and only the credential?"""

import pytest

from telemetry.sanitizer import sanitize, secrets_in
from tests.telemetry.planted import CARRIERS, HEX, ISSUED, PASSWORDS, A


def clean(text: str) -> str:
    return sanitize(text)[0]


@pytest.mark.parametrize("rule", ISSUED)
def test_each_issuers_key_goes_and_the_words_around_it_stay(rule: str) -> None:
    secret = ISSUED[rule]
    assert clean(f"call with {secret} failed") == "call with [REDACTED_KEY] failed"


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_goes_in_every_carrier(carrier: str, password: str) -> None:
    if carrier.startswith("wrapped") and not password.isascii():
        pytest.skip("only readable ASCII is unwrapped")
    text = CARRIERS[carrier](password)
    for form in (password, password.encode("unicode_escape").decode()):
        assert form not in clean(text), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc123", "Authorization: Bearer [REDACTED]"),
        ("used Bearer abcdefgh12345678~+/== here", "used Bearer [REDACTED] here"),
        ("BEARER   abc123.def", "BEARER   [REDACTED]"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [REDACTED]"),
        ('"Authorization": "Token abc"', '"Authorization": "Token [REDACTED]"'),
        ("Authorization: opaque1", "Authorization: [REDACTED_KEY]"),
        (f"Bearer {ISSUED['jwt']}", "Bearer [REDACTED]"),
        ("x-api-key: abc123", "x-api-key: [REDACTED_KEY]"),
        ("Cookie: sid=abc; theme=dark", "Cookie: [REDACTED_KEY]"),
        ('{"Set-Cookie": "sid=abc; Path=/", "a": 1}', '{"Set-Cookie": "[REDACTED_KEY]", "a": 1}'),
        ("curl -u bob:secretpw host", "curl -u bob:[REDACTED_KEY] host"),
        ("api_key=abc123, user=bob", "api_key=[REDACTED_KEY], user=bob"),
        ("client_secret: 'q w e 1'", "client_secret: '[REDACTED_KEY]'"),
        ("DB_PASS=x1 next", "DB_PASS=[REDACTED_KEY] next"),
        ("token => abc123;", "token => [REDACTED_KEY];"),
        (
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCY",
            "AWS_SECRET_ACCESS_KEY=[REDACTED_KEY]",
        ),
        (f"secret={HEX[:8]}-{HEX[:4]}-4abc-8def-{HEX[:12]}", "secret=[REDACTED_KEY]"),
        ("redis://:pw1@cache:6379/0", "redis://cache:6379"),
        ("postgres://bob:p@ss/w%40rd@db.internal:5432/app", "postgres://db.internal:5432"),
        ("token=[REDACTED_KEY]hunter2", "token=[REDACTED_KEY]"),
        (f"seen {A} alone", "seen [REDACTED_KEY] alone"),
    ],
)
def test_the_value_goes_and_its_frame_stays(text: str, expected: str) -> None:
    assert clean(text) == expected


PEM_BODY = "MIIEpAIBAAKCAQEA" + A + "\n" + A + "\nabcd=="


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}",
        f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n-----END PRIVATE KEY-----".replace("\n", "\\n"),
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{PEM_BODY}",
    ],
    ids=["whole", "cut", "escaped", "pgp"],
)
def test_a_private_key_goes_whole_cut_or_escaped(text: str) -> None:
    assert clean(f"key:\n{text}") == "key:\n[REDACTED_KEY]"


@pytest.mark.parametrize(
    "text",
    [
        "invalid token: unexpected end of input",
        "password: must be at least 8 characters",
        "the bearer of bad news had a basic understanding, the token expired",
        "max_tokens=4096 tokens=512 token_count: 12 prompt_tokens=9",
        "test_pass_rate: 0 turned for the better, build-pass-ratio = 0.97, test_pass_count: 3",
        "public_key=abc foreign key: user_id primary_key=17",
        "if token == expected: return secret != None",
        "password=None api_key: str = os.environ['X'] token=${TOKEN}",
        "session=s-17 call=c-0193 trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b of 2026-11-21T01:02:03.123Z",
        "row 123e4567-e89b-12d3-a456-426614174000",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "test_the_worker_survives_a_kill_in_every_stage_of_the_pipeline",
        "Tool execution tool=web_search success=false latency_ms=402 error_code=timeout",
        "PWD=/srv/app OLDPWD=~/x key: value author=bob keyboard interrupt",
    ],
)
def test_what_only_sounds_like_a_secret_stays(text: str) -> None:
    assert clean(text) == text


def test_findings_say_what_and_where_but_never_the_secret() -> None:
    text = "first line\napi_key=abc123\nghp_" + "b" * 20
    findings = secrets_in(text)
    assert [(f.rule, f.line) for f in findings] == [("named-value", 2), ("github", 3)]
    assert findings[0].start == text.index("abc123")
    assert findings[0].length == 6
    assert "abc123" not in repr(findings)


def test_addresses_and_paths_are_no_secrets() -> None:
    assert secrets_in("8.8.8.8 bob@example.org https://a.org/x /a/b/c/d") == ()
