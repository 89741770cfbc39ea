"""Do addresses, URLs, mail and paths keep what evidence needs and lose the rest?"""

import pytest

from telemetry.sanitizer import Policy, sanitize

POLICY = Policy(allowed_domains=("github.com", "api.openai.com"), allowed_paths=("/opt/jarvis",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 192.168.1.10:8080 on", "from 192.168.x.x:8080 on"),
        ("10.1.2.3 172.16.5.6 172.31.0.1", "10.x.x.x 172.16.x.x 172.31.x.x"),
        ("169.254.1.1 100.64.3.4", "169.254.x.x 100.64.x.x"),
        ("8.8.8.8:53, 172.32.0.1", "[EXTERNAL_IP]:53, [EXTERNAL_IP]"),
        ("10.0.0.0/8", "10.x.x.x/8"),
        ("2001:4860:4860::8888", "[EXTERNAL_IP]"),
        ("[2001:db8::1]:443", "[EXTERNAL_IP]:443"),
        ("fe80::1%eth0 fd12:3456::9", "fe80::x fd12::x"),
        ("::ffff:10.0.0.1", "10.x.x.x"),
    ],
)
def test_an_internal_address_keeps_its_network_and_an_external_one_nothing(
    text: str, expected: str
) -> None:
    assert sanitize(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8000 0.0.0.0 ::1",
        "v1.2.3.4 version 1.2.3.4 package==1.2.3.4 Chrome/120.0.1.2",
        "999.9.9.9 1.2.3 1.2.3.4.5",
        "12:34:56 00:1b:44:11:3a:b7 std::vector dead::beef",
    ],
)
def test_loopback_versions_times_and_names_are_no_addresses(text: str) -> None:
    assert sanitize(text)[0] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://a.example/x/y?q=1#f.", "see https://a.example."),
        ("(https://a.example:8443/x)", "(https://a.example:8443)"),
        ("http://bob:pw@a.example/x", "http://a.example"),
        ("https://github.com/a/b?c=d", "https://github.com/a/b?c=d"),
        ("https://gist.github.com/a", "https://gist.github.com/a"),
        ("https://github.com@evil.org/x", "https://evil.org"),
        ("https://github.com.evil.org/x", "https://github.com.evil.org"),
        ("https://notgithub.com/x", "https://notgithub.com"),
        ("https://g\u0456thub.com/x", "https://g\u0456thub.com"),
        ("https://bob:pw1@github.com/a", "https://github.com/a"),
        (
            "https://github.com/a?token=ghp_aaaaaaaaaaaaaaaaaaaa",
            "https://github.com/a?token=[REDACTED_KEY]",
        ),
        (r'{"u": "https:\/\/a.example\/x"}', r'{"u": "https:\/\/a.example"}'),
        ("http://10.1.2.3:80/x", "http://10.x.x.x:80"),
        ("http://[2001:db8::1]:80/x", "http://[EXTERNAL_IP]:80"),
    ],
)
def test_a_url_keeps_its_domain_unless_the_domain_is_allowed(text: str, expected: str) -> None:
    assert sanitize(text, POLICY)[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open /home/alice/project/x.txt:12 failed", "open /home/alice/[...]:12 failed"),
        ('File "/usr/lib/python3/json.py", line 3', 'File "/usr/lib/[...]", line 3'),
        ('"/home/bob/My Documents/x.txt"', '"/home/bob/[...]"'),
        ("/opt/jarvis/a/b/c", "/opt/jarvis/a/b/c"),
        ("/opt/jarvis-old/a/b", "/opt/jarvis-old/[...]"),
        ("/opt/jarvis/../../etc/shadow", "/opt/jarvis/[...]"),
        ("~/mail/inbox/1", "~/mail/[...]"),
        (r"C:\Users\bob\Documents\x.txt", r"C:\Users\bob\[...]"),
        (r"\\server\share\dir\x", r"\\server\share\[...]"),
        ("file:///home/alice/x/y", "file:///home/alice/[...]"),
        ("/etc/passwd and/or 24/7", "/etc/passwd and/or 24/7"),
        ("config/tools.yaml src/a/b/c.py", "config/tools.yaml src/a/b/c.py"),
    ],
)
def test_a_path_outside_the_allowlist_keeps_two_components(text: str, expected: str) -> None:
    assert sanitize(text, POLICY)[0] == expected


def test_mail_addresses_go_and_things_with_an_at_sign_stay() -> None:
    text = "bob.smith+x@mail.example.org git@github.com:a/b icon@2x.png @app.route user@host"
    expected = "[EMAIL] git@github.com:a/b icon@2x.png @app.route user@host"
    assert sanitize(text)[0] == expected
