"""What do the agents want? Workers that keep calling tools through the gateway."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from typing import Any

from .fakes import Secrets

Agents = dict[str, dict[str, Any]]


class Demand:
    """Run the workers of every agent that the gateway names."""

    def __init__(self, port: int, secrets: Secrets, seed: int, scale: float) -> None:
        self.port = port
        self.secrets = secrets
        self.seed = seed
        self.scale = scale
        self.stop = threading.Event()
        self.sessions = _numbers()
        self.threads: list[threading.Thread] = []

    def start(self, agents: Agents) -> None:
        """Start one thread per worker."""
        for name, agent in agents.items():
            for number in range(agent["workers"]):
                chance = random.Random(f"{self.seed}-{name}-{number}")
                thread = threading.Thread(target=self._work, args=(name, agent, chance))
                thread.daemon = True
                thread.start()
                self.threads.append(thread)

    def end(self) -> None:
        """Stop all workers, waiting for the calls they have under way."""
        self.stop.set()
        for thread in self.threads:
            thread.join(3)

    def _work(self, name: str, agent: dict[str, Any], chance: random.Random) -> None:
        while not self.stop.is_set():
            session = f"s-{next(self.sessions)}"
            for _ in range(chance.randint(5, 12)):
                if self.stop.wait(self._pause(agent["think_ms"], chance)):
                    return
                self._call(name, agent, session, chance)

    def _pause(self, think_ms: float, chance: random.Random) -> float:
        """Tell how long a worker thinks: mostly as usual, sometimes long, sometimes not."""
        return think_ms * chance.gammavariate(2, 0.5) / 1000 / self.scale

    def _call(self, name: str, agent: dict[str, Any], session: str, chance: random.Random) -> None:
        tool = chance.choices(list(agent["calls"]), list(agent["calls"].values()))[0]
        action = chance.choice(("read", "write")) if tool == "memory" else "use"
        body = {"agent": name, "session": session, "action": action, "input": {"n": 1}}
        answer = self.ask("POST", f"/tools/{tool}", body)
        if answer is None:  # the gateway is being restarted
            self.stop.wait(0.2)
        elif not answer["ok"] and chance.random() < 0.1:
            self.ask("POST", "/people", self._complaint(name, session, answer, chance))
        elif answer["ok"] and chance.random() < 0.004:
            thanks = {"event_type": "feedback", "rating": "thumbs_up"}
            self.ask("POST", "/people", {**thanks, "agent": name, "session_id": session})

    def _complaint(
        self, name: str, session: str, answer: dict[str, Any], chance: random.Random
    ) -> dict[str, Any]:
        late = answer.get("error_code") == "timeout"
        said = chance.choice(
            (
                {"event_type": "feedback", "rating": "thumbs_down"},
                {"event_type": "user_correction", "correction_type": "retry"},
                {"event_type": "user_correction", "correction_type": "rephrase"},
                {"event_type": "escalation", "reason_category": "timeout" if late else "error"},
            )
        )
        comment = f"again nothing; tell {self.secrets.email} please"
        return {**said, "agent": name, "session_id": session, "comment": comment}

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        """Ask the gateway; None when it cannot be reached."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            return dict(json.loads(connection.getresponse().read()))
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _numbers() -> Iterator[str]:
    """Count sessions, under a lock because all workers share the count."""
    start = random.SystemRandom().randrange(16**4)
    lock = threading.Lock()
    count = 0

    def advance() -> str:
        nonlocal count
        with lock:
            count += 1
            return f"{start:04x}-{count}"

    return iter(advance, "")
