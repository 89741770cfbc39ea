"""Do stack traces of three languages name the system's own functions, and nothing else?"""

import pytest

from telemetry.events.stacks import MOST_FRAMES, frames_of

PYTHON = """Traceback (most recent call last):
  File "/srv/agent/runner.py", line 88, in run
    return tool(**arguments)
  File "/srv/agent/tools/http.py", line 10, in fetch
    answer = session.get(url, headers={"Authorization": "Bearer abc"})
  File "/srv/agent/.venv/lib/python3.11/site-packages/requests/sessions.py", line 602, in get
    return self.request("GET", url, **kwargs)
  File "/usr/lib/python3.11/socket.py", line 706, in readinto
    return self._sock.recv_into(b)
TimeoutError: timed out
"""
CHAINED = f"""Traceback (most recent call last):
  File "/srv/agent/cache.py", line 3, in look
KeyError: 'x'

During handling of the above exception, another exception occurred:

{PYTHON}"""
JAVASCRIPT = """TypeError: fetch failed
    at node:internal/deps/undici/undici:13185:13
    at Object.fetch (/srv/agent/src/tools/http.js:10:5)
    at async Tool.run (file:///srv/agent/src/tools/index.mjs:3:4)
    at new Session (C:\\agent\\src\\session.ts:7:1)
    at next (/srv/agent/node_modules/express/lib/router.js:1:2)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)"""
JAVA = """java.net.SocketTimeoutException: Read timed out
\tat java.base/java.net.Socket.read(Socket.java:1)
\tat com.acme.tools.Http.fetch(Http.java:42)
\tat com.acme.Agent$1.run(Agent.java:7)
Caused by: java.io.IOException: reset
\tat com.acme.Wire.read(Wire.java:1)"""


@pytest.mark.parametrize(
    ("stack", "frames"),
    [
        (PYTHON, ("tools.http:fetch", "agent.runner:run")),
        (CHAINED, ("tools.http:fetch", "agent.runner:run")),
        (JAVASCRIPT, ("tools.http:Object.fetch", "tools.index:Tool.run", "src.session:Session")),
        (JAVA, ("com.acme.tools.Http:fetch", "com.acme.Agent$1:run")),
        ("", ()),
        ("no answer\nwithin 400 ms", ()),
        ('  File "<stdin>", line 1, in <module>\n', ()),
    ],
    ids=["python", "chained", "javascript", "java", "nothing", "words", "typed in"],
)
def test_the_top_frames_are_those_of_the_system(stack: str, frames: tuple[str, ...]) -> None:
    assert frames_of(stack) == frames


def test_lines_and_places_of_installation_make_no_difference() -> None:
    moved = PYTHON.replace("/srv/agent", "/home/jo/work/agent").replace("line 10", "line 12")
    assert frames_of(moved) == frames_of(PYTHON)


def test_recursion_does_not_fill_the_frames() -> None:
    deep = '  File "/srv/a/walk.py", line 4, in walk\n' * 900
    assert frames_of(f'  File "/srv/a/main.py", line 1, in main\n{deep}') == (
        "a.walk:walk",
        "a.main:main",
    )
    many = "".join(f'  File "/srv/a/m{n}.py", line 4, in f\n' for n in range(50))
    assert frames_of(many) == tuple(f"a.m{49 - n}:f" for n in range(MOST_FRAMES))
