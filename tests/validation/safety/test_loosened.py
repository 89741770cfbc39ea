"""Is it told where code switches a protection off, opens a door or writes a secret down?"""

import ast

import pytest

from validation.safety import leaks, loosened, python


def rules(code: str) -> set[tuple[str, bool]]:
    """Return what a piece of code is told for, and whether that refuses it."""
    return {(one.rule, one.refuses) for one in python.seen(code)}


@pytest.mark.parametrize(
    ("code", "rule", "what"),
    [
        ("get(u, verify=False)", "unchecked", "sets verify to False"),
        ("session.verify = False", "unchecked", "sets verify to False"),
        ("context.check_hostname = False", "unchecked", "sets check_hostname to False"),
        ("options = {'verify_signature': False}", "unchecked", "verify_signature"),
        ("get(u, timeout=None)", "limit", "sets timeout to None"),
        ("run(c, shell=True)", "shell", "sets shell to True"),
        ("Environment(autoescape=False)", "template", "autoescape"),
        ("app.run(debug=True)", "open", "sets debug to True"),
        ("app.run(host='0.0.0.0')", "open", "listens on 0.0.0.0"),
        ("load(p, allow_pickle=True)", "deserialise", "allow_pickle"),
        ("a.extractall(p)", "unpacks", "calls .extractall"),
        ("c.enable_load_extension(True)", "native", "calls .enable_load_extension"),
        ("e.from_string(t)", "template", "calls .from_string"),
    ],
)
def test_what_is_switched_off_or_opened_is_told(code: str, rule: str, what: str) -> None:
    (found,) = loosened.seen(ast.parse(code))
    assert (found.rule, found.refuses) == (rule, False)
    assert what in found.what


@pytest.mark.parametrize(
    "code",
    [
        "get(u, verify=True)",
        "get(u, verify=path)",
        "get(u, timeout=3)",
        "run(c, shell=False)",
        "app.run(host='127.0.0.1')",
        "verify = False",
        "d = {'timeout': 5, **more}",
        "f(**options)",
    ],
)
def test_what_keeps_its_protection_needs_no_word(code: str) -> None:
    assert list(loosened.seen(ast.parse(code))) == []


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("log.info('t %s', token)", "writes down token"),
        ("print(f'{self.api_key}')", "writes down api_key"),
        ("logging.warning('x' + user_password)", "writes down user_password"),
        ("requests.get(url + '?t=' + token)", "puts into an address token"),
        ("requests.post(f'https://{secret}.example')", "puts into an address secret"),
        ("log.debug(request.headers['a'], cookie)", "writes down cookie"),
    ],
)
def test_a_secret_that_is_written_down_is_told(code: str, what: str) -> None:
    (found,) = leaks.seen(ast.parse(code))
    assert (found.what, found.refuses) == (what, False)


@pytest.mark.parametrize(
    "code",
    [
        "log.info('the token was renewed')",
        "log.info('%d', len(token))",
        "log.info('%s', mask(token))",
        "log.info('%s', token is None)",
        "cache.get(token)",
        "requests.post(url, json={'token': token})",
        "log.info('%s', tokens_used)",
        "save(password)",
    ],
)
def test_a_secret_that_is_only_spoken_of_needs_no_word(code: str) -> None:
    assert list(leaks.seen(ast.parse(code))) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import os\nos.environ['LD_PRELOAD'] = x", ("steers", True)),
        ("import os\nos.environ['PYTHONPATH'] = x", ("steers", False)),
        ("import os\nos.environ['LD_LIBRARY_PATH'] = x", ("steers", False)),
        ("from os import environ\nenviron['path'] = x", ("steers", False)),
        ("import os\nos.environ[name] = x", ("steers", False)),
        ("import os\nos.putenv('A', 'b')", ("steers", False)),
        ("import sys\nsys.path.insert(0, '/tmp')", ("steers", False)),
        ("import os, signal\nos.kill(1, signal.SIGSTOP)", ("steers", False)),
        ("import os\nos.chmod('/srv', 0o777)", ("rights", False)),
        ("import socket\nsocket.gethostbyname(x)", ("talks", False)),
        ("import http.server", ("serves", False)),
        ("import ssl\nssl._create_unverified_context()", ("unchecked", False)),
        ("import logging\nlogging.disable(50)", ("silent", False)),
        ("import logging.config\nlogging.config.dictConfig(x)", ("dynamic-code", False)),
        ("from jinja2 import Template\nTemplate(x).render()", ("template", False)),
        ("import requests\nrequests.get = None", ("replaces", False)),
        ("import requests\n@requests.get\ndef x():\n    pass", ("import-time", True)),
        (
            "import requests\nx = (lambda f=1: requests.get('u'))()",
            ("import-time", True),
        ),
        (
            "import requests\ndef __getattr__(name):\n    return requests.get(name)",
            ("import-time", True),
        ),
        (
            "import requests\nclass M(type):\n    def __new__(m, *a):\n        requests.get('u')\n"
            "class X(metaclass=M):\n    pass",
            ("import-time", True),
        ),
    ],
)
def test_what_reaches_further_is_found_however_it_is_begun(
    code: str, found: tuple[str, bool]
) -> None:
    assert found in rules(code)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['APP_MODE'] = 'test'",
        "from django.conf import settings\nsettings.DEBUG = x",
        "class A:\n    def __new__(cls):\n        return super().__new__(cls)",
        "import functools\n@functools.cache\ndef f():\n    return 1",
        "class A:\n    def __getattr__(self, name):\n        return self.inner[name]",
    ],
)
def test_ordinary_code_of_the_same_look_needs_no_word(code: str) -> None:
    assert rules(code) == set()
