"""What do the logs of services look like, kind by kind? Made anew from a seed.

Written for this purpose: what varies are names without digits, lists, states, sizes and durations,
beside the numbers and addresses that any normaliser knows.
"""

import random

WORDS = [
    *("orders", "billing", "search", "mailer", "ledger", "basket", "profile", "gallery"),
    *("report", "catalog", "reviews", "tickets", "pricing", "coupons", "exports", "quotas"),
]
PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]
STATES = ["RUNNING", "PENDING", "STOPPED", "FAILED", "DRAINING"]
KINDS: dict[str, str] = {
    "session opened": "session opened for user {who} by (uid={n})",
    "session closed": "session closed for user {who}",
    "login failed": "Failed password for {who} from {ip} port {port} ssh2",
    "login invalid": "Invalid user {who} from {ip}",
    "accepted": "Accepted publickey for {who} from {ip} port {port} ssh2: RSA {hex}",
    "request": "{ip} GET /{word}/{n} 200 {n} bytes in {ms}ms",
    "slow query": "slow query on {word}: {ms} ms, {n} rows examined",
    "block served": "Served block blk_{n} to /{ip}",
    "block received": "Received block blk_-{n} of size {n} from /{ip}",
    "packet": "PacketResponder {d} for block blk_{n} terminating",
    "state": "instance {uuid} changed state from {state} to {state2}",
    "leader": "elected {word}-{d} as leader for term {n}",
    "heartbeat lost": "no heartbeat from {word}@{host} since {ms} ms, marking it dead",
    "rebalance": "rebalancing partitions {many} of topic {word}",
    "config": "loaded configuration keys {many} from /etc/{word}/{word}.conf",
    "missing keys": "required keys {many} are missing in section {word}",
    "enabled": "feature {word} is {flag} for tenant {n}",
    "gc": "GC pause ({word}) {ms}ms heap {mem}->{mem2}",
    "disk": "volume {word} is at {d}{d}% of {mem}",
    "job done": "job {word} finished in {d}.{d}s with exit status {d}",
    "job retry": "job {word} will be retried in {d}s (attempt {d} of {d})",
    "queue": "queue {word} has {n} messages, oldest {d}h{d}m",
    "cache": "cache {word}: hits={n} misses={n} evicted={n}",
    "connect": "connected to {host}:{port} as {who}",
    "disconnect": "connection to {host}:{port} closed by remote: {cause}",
    "tls": "certificate of {host} expires in {d} days",
    "upgrade": "package {word} upgraded from {d}.{d}.{d} to {d}.{d}.{d}",
    "thread": "Thread[{word}-{d},{d},main] is blocked on lock {hex} owned by {who}",
    "exception": "java.io.IOException: Connection reset by peer at {word}.Client.read",
    "kernel": "eth{d}: link is not ready, speed {n} Mbps duplex {flag}",
}


def log_lines(dice: random.Random, count: int) -> list[tuple[str, str]]:
    """Return lines with the names of their kinds, some kinds far more often than others."""
    kinds = list(KINDS)
    names = [kinds[int(dice.paretovariate(0.5)) % len(kinds)] for _ in range(count)]
    return [(name, KINDS[name].format(**_values(dice))) for name in names]


def _values(dice: random.Random) -> dict[str, str]:
    number = dice.getrandbits
    memory = [f"{dice.randint(1, 900)}{unit}" for unit in dice.sample(["K", "M", "G"], 2)]
    return {
        "n": str(dice.randint(0, 10**6)),
        "d": str(dice.randint(1, 9)),
        "ms": str(dice.randint(1, 9_999)),
        "port": str(dice.randint(1024, 65_535)),
        "ip": ".".join(str(dice.randint(1, 250)) for _ in range(4)),
        "hex": f"{number(48):012x}",
        "uuid": f"{number(32):08x}-{number(16):04x}-4abc-8def-{number(48):012x}",
        "host": f"{dice.choice(WORDS)}.{dice.choice(['eu', 'us', 'ap'])}.example.net",
        "who": dice.choice(PEOPLE),
        "word": dice.choice(WORDS),
        "state": dice.choice(STATES),
        "state2": dice.choice(STATES),
        "flag": dice.choice(["on", "off", "true", "false"]),
        "cause": dice.choice(["broken pipe", "timeout", "reset", "end of file"]),
        "mem": memory[0],
        "mem2": memory[1],
        "many": ", ".join(dice.sample(WORDS, dice.randint(1, 6))),
    }
