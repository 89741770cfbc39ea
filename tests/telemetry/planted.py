"""Which made-up secrets do the tests plant, and how do real texts carry them?"""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

A = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY"  # looks random, belongs to nobody
HEX = "0123456789abcdef0123456789abcdef"

ISSUED: dict[str, str] = {
    "aws-key-id": "AKIA" + "IOSFODNN7EXAMPLE",
    "selfimprove": "sit_" + A,
    "github": "ghp_" + "a" * 36,
    "github-fine-grained": "github_pat_" + A,
    "gitlab": "glpat-" + A[:20],
    "slack": "xoxb-" + "123456789012-abcdefGHIJKL",
    "slack-app": "xapp-" + "1-A0123-456-abcdef",
    "slack-webhook": "hooks.slack.com/" + "services/T00000000/B00000000/" + A,
    "discord-webhook": "discord.com/api/webhooks/" + "123456789/" + A,
    "model-provider": "sk-ant-" + "api03-" + A,
    "model-provider-short": "sk-" + A,
    "stripe": "sk_live_" + A,
    "stripe-webhook": "whsec_" + A,
    "google-api": "AIza" + A + "abc",
    "google-oauth": "ya29." + A,
    "google-client": "GOCSPX-" + A,
    "npm": "npm_" + A + "abcd",
    "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + A,
    "huggingface": "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "digitalocean": "dop_v1_" + HEX * 2,
    "sendgrid": "SG." + A[:22] + "." + A + "abcdefghijk",
    "twilio": "SK" + HEX,
    "mailgun": "key-" + HEX,
    "telegram": "123456789:AA" + A + "b",
    "discord": "M" + A[:23] + ".Gabcde." + A,
    "shopify": "shpat_" + HEX,
    "square": "sq0atp-" + A[:22],
    "databricks": "dapi" + HEX,
    "vault": "hvs." + A,
    "linear": "lin_api_" + A,
    "notion": "ntn_" + A + "abcdefghij",
    "atlassian": "ATATT3" + A,
    "doppler": "dp.pt." + A,
    "postman": "PMAK-" + A,
    "newrelic": "NRAK-" + A,
    "grafana": "glsa_" + A,
    "groq": "gsk_" + A,
    "xai": "xai-" + A,
    "replicate": "r8_" + A,
    "perplexity": "pplx-" + A,
    "tailscale": "tskey-" + "auth-" + A,
    "fly": "fm2_" + A,
    "supabase": "sbp_" + HEX,
    "figma": "figd_" + A,
    "sentry": "sntrys_" + A,
    "age": "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2,
    "dropbox": "sl." + A * 4,
    "terraform": "abcdefghijklmn.atlasv1." + A * 2,
    "planetscale": "pscale_tkn_" + A,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + A,
}

PASSWORDS = ("hunter2", "correct-horse-7", "Tr0ub4dor&3", "swordfish", "pässwörd9", "x9!Kd#2m")


def _as_json(secret: str) -> str:
    return json.dumps({"user": "bob", "password": secret, "n": 1})


CARRIERS: dict[str, Callable[[str], str]] = {
    "assignment": lambda s: f"login failed password={s}",
    "json": _as_json,
    "json in json": lambda s: json.dumps({"log": _as_json(s)}),
    "json in json in json": lambda s: json.dumps({"log": json.dumps({"inner": _as_json(s)})}),
    "percent": lambda s: "POST body: " + quote(f"user=bob&password={s}&x=1", safe=""),
    "wrapped": lambda s: (
        "payload " + base64.b64encode(f"password={s};".encode()).decode() + " end"
    ),
    "wrapped twice": lambda s: base64.b64encode(
        base64.b64encode(f"password={s};".encode())
    ).decode(),
    "yaml": lambda s: f"database:\n  password: {s}\n  port: 5432",
    "yaml block": lambda s: f"password: |\n  {s}\nport: 1",
    "python": lambda s: f"connect(host='db', password={s!r})",
    "xml": lambda s: f"<password>{s}</password>",
    "split line": lambda s: f"the password:\n    {s}",
    "invisible sign in the name": lambda s: f"pass\u200bword={s}",
    "look-alike in the name": lambda s: f"p\u0430ssword={s}",
    "full width name": lambda s: f"\uff50assword={s}",
    "header": lambda s: f"Authorization: Custom {s}",
}
