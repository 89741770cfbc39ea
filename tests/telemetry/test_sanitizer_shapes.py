"""Are secrets found that a structure, a wrapping or a disguise keeps away from their name?"""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.sanitizer import sanitize, secrets_in
from tests.telemetry.planted import A

CLOUD = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def clean(text: str) -> str:
    return sanitize(text)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"password": {"value": "hunter2"}}', '{"password": {"value": "[REDACTED_KEY]"}}'),
        ('{"passwords": ["a1", "b2"]}', '{"passwords": ["[REDACTED_KEY]", "[REDACTED_KEY]"]}'),
        ("password=[hunter2]", "password=[REDACTED_KEY]]"),
        (
            '{"name": "DB_PASSWORD", "value": "hunter2"}',
            '{"name": "DB_PASSWORD", "value": "[REDACTED_KEY]"}',
        ),
        (
            "- name: API_TOKEN\n  value: hunter2\n- name: PORT",
            "- name: API_TOKEN\n  value: [REDACTED_KEY]\n- name: PORT",
        ),
        ("<input name=password value=hunter2>", "<input name=password value=[REDACTED_KEY]>"),
        ("run --password swordfish --port 5", "run --password [REDACTED_KEY] --port 5"),
        ("run --db-password 'a b' --x", "run --db-password '[REDACTED_KEY]' --x"),
        ("run --db-pass x9kd3 --v", "run --db-pass [REDACTED_KEY] --v"),
        ('{"name": "DB_PASS", "value": "x1"}', '{"name": "DB_PASS", "value": "[REDACTED_KEY]"}'),
        (
            "auth_token=x9kd3 session-key: q1w2",
            "auth_token=[REDACTED_KEY] session-key: [REDACTED_KEY]",
        ),
        ("run --api-key abc123", "run --api-key [REDACTED_KEY]"),
        ("the password is hunter2 now", "the password is [REDACTED_KEY] now"),
        ('"cookies": {"sid": "abc"}', '"cookies": {[REDACTED_KEY]}'),
        (
            "Passwort: hunter2, contraseña=abc1",
            "Passwort: [REDACTED_KEY], contraseña=[REDACTED_KEY]",
        ),
    ],
)
def test_the_value_goes_wherever_the_structure_puts_it(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"password": ["This field is required."]}',
        '{"password": ["required"]}',
        '{"name": "token_count", "value": "12"}',
        '{"name": "timeout_ms", "value": "hunter2"}',
        "the --password option is required",
        "use --token to sign in, --max-tokens 4096",
        "the password is required, the password was changed",
        "password is 8 characters, passwords=[]",
        "secrets=[REDACTED_KEY] tokens: [12, 13]",
        "--password [REDACTED_KEY] --secret-name db",
        "token_type=[a, b]",
        "clearCookies({path: 1}) cookie policy: {strict}",
    ],
)
def test_what_only_has_such_a_shape_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", [CLOUD, f"key {CLOUD}", f"({CLOUD})", f'["{CLOUD}"]'])
def test_a_cloud_key_goes_without_a_name(text: str) -> None:
    assert CLOUD not in clean(text)
    assert "[REDACTED_KEY]" in clean(text)


def test_nearly_every_cloud_key_goes_without_a_name() -> None:
    chance = random.Random(7)  # noqa: S311  # the same keys in every run
    keys = ["".join(chance.choices(SIGNS, k=40)) for _ in range(1_000)]
    missed = [key for key in keys if key in clean(f"upload failed with {key} then")]
    assert len(missed) <= 5


@pytest.mark.parametrize(
    "name",
    [
        "Controllers/Api2/UserSettingsController1",
        "getUserAccountByIdentifierAndTenantNum12",
        "Resources/Images2/BackgroundDarkLarge400",
        "TestWorkerSurvivesTheKillInEveryStage004",
        "3f786850e387550fdab836ed7e6dc881de23001b",
        "Microsoft/Windows/CurrentVersion/Run2024",
    ],
)
def test_names_and_paths_of_forty_signs_stay(name: str) -> None:
    assert len(name) == 40
    assert not secrets_in(f"seen {name} here")


@pytest.mark.parametrize("width", [16, 20, 24, 40, 57, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n", "\n    "])
def test_base64_over_several_lines_is_read_as_one(width: int, end: str) -> None:
    plain = "user=bob password=hunter2-Xy9 and more words, so that it wraps over several lines"
    packed = base64.b64encode(plain.encode()).decode()
    lines = [packed[place : place + width] for place in range(0, len(packed), width)]
    said = clean("payload:" + end + end.join(lines) + end + "end of it")
    assert not any(line in said for line in lines[:-1]), said
    assert said.startswith("payload:")
    assert said.endswith("end of it")


def test_wrapped_lines_without_a_secret_stay() -> None:
    packed = base64.b64encode(
        b"nothing to hide, only a sentence that is long enough to wrap"
    ).decode()
    lines = "\n".join(packed[place : place + 20] for place in range(0, len(packed), 20))
    assert clean(lines) == lines
    prose = "internationalisation\nstandardisations\nand\nso\non"
    assert clean(prose) == prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 8.8.8.8\\nto", "from [EXTERNAL_IP]\\nto"),
        ("line\\n8.8.8.8 x", "line\\n[EXTERNAL_IP] x"),
        ("line\\t10.1.2.3:80", "line\\t10.x.x.x:80"),
        ("\uff18.\uff18.\uff18.\uff18", "[EXTERNAL_IP]"),
        ("8\u200b.8.8.8", "[EXTERNAL_IP]"),
        ("8%2E8%2E8%2E8", "[EXTERNAL_IP]"),
        ("172%2E16%2E1%2E9", "172.16.x.x"),
        ("bob%40example.org", "[EMAIL]"),
        ("bob\\u0040example.org", "[EMAIL]"),
        ("bob\uff20example.org", "[EMAIL]"),
        ("bob&#64;example.org", "[EMAIL]"),
        ('"a\\\\nbob@example.org"', '"a\\\\[EMAIL]"'),
    ],
)
def test_addresses_go_in_every_disguise(text: str, expected: str) -> None:
    said = clean(text)
    assert said == expected or (expected in said and "bob" not in said)


FAMILIES = ["my-api-key-", "secretpassword", "--password ", "password=[", '{"name":"password",']
FAMILIES += ["QUJDREVGR0hJSktMTU5PUFFS\n", "A" * 20 + "\r\n", "cookies={", "password is ", "8.8."]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_long_text_of_one_shape_is_sanitised_to_its_end(family: str) -> None:
    key = "ghp_" + "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0dF2hJ4"
    text = (family * (50_000 // len(family) + 1))[:50_000]
    once = sanitize(f"{text} {key}")[0]
    assert key not in once
    assert sanitize(once)[0] == once


WORDS = st.sampled_from(["hunter2", A, CLOUD, "a b", "[REDACTED_KEY]", "is", "value", "x9!", ""])
MARKS = ['{"password": {"value": "', '"}', "--password ", " --token ", "passwords=[", "]", ", "]
MARKS += [
    "- name: DB_SECRET\n  value: ",
    "\n",
    "cookies={a=",
    "}",
    "the password is ",
    "\\n",
    "%40",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from(MARKS)), max_size=12).map("".join))
def test_shapes_are_stable_too(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "[[REDACTED_KEY]]" not in once or "[" in text
