"""What does each playbook change in its scene? Messages are worded as the libraries word them."""

from tests.evaluation.scenes import TASK, Expected, Scene

OUTAGE = {"answered": 2}  # most calls fail
OPEN = Scene(code="pybreaker.CircuitBreakerError", latency_ms=1, message="Timeout not elapsed yet")
LONG_PROMPT = (
    "Error code: 400 - This model's maximum context length is 128000 tokens. However, your "
    "messages resulted in 130452 tokens. Please reduce the length of the messages."
)
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
LARGE_PAGE = "page_size must be less than or equal to 100, got 1000"
MISSED = 'Run time of job "digest (trigger: interval)" was missed by 0:00:04.153'

PLAIN: dict[str, Expected] = {
    "tool-timeout": Expected(
        scene=Scene(code="botocore.exceptions.ReadTimeoutError", latency_ms=2001),
        line="timeout_ms: 3250",
        silent={"latency_ms": 300.0},
        reason="more time would not help",
    ),
    "connect-timeout": Expected(
        scene=Scene(code="httpx.ConnectTimeout", message="_ssl.c: the handshake timed out"),
        line="connect_timeout_ms: 750",
        silent=OUTAGE,
        reason="most calls succeed, but 4 of 6 calls failed",
    ),
    "task-timeout": Expected(
        scene=Scene(kind=TASK, code="TimeLimitExceeded", times=12),
        line="timeout_ms: 45000",
        silent={"times": 5},
        reason="at least 10 minutes, but it was seen over 4 minutes",
    ),
    "rate-limited": Expected(
        scene=Scene(code="anthropic.RateLimitError", answered=240),
        line="max_calls_per_second: 4",
        silent={"settings": {"max_calls_per_second": 1}},
        reason="stays at 1: it is 1 already",
    ),
    "missing-retry": Expected(
        scene=Scene(kind=TASK, code="aiohttp.ClientConnectorError"),
        line="retries: 2",
        silent={"settings": {"retries": 1}},
        reason="already retried 1 times",
    ),
    "upstream-errors": Expected(
        scene=Scene(code="openai.InternalServerError", settings={"retries": 1}),
        line="retries: 2",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
    "overloaded": Expected(
        scene=Scene(code="overloaded_error", message="Overloaded", settings={"retries": 2}),
        line="backoff_ms: 200",
        silent={"settings": {"retries": 5, "backoff_ms": 10000}},
        reason="it is 10000 already",
    ),
    "retries-without-a-pause": Expected(
        scene=Scene(
            code="urllib3.exceptions.MaxRetryError",
            then=False,
            after_seconds=0.5,
            settings={"retries": 3, "backoff_ms": 0},
        ),
        line="backoff_ms: 200",
        silent={"after_seconds": 20.0},
        reason="tried again within two seconds, but 0 of 4 repeated calls",
    ),
    "connection-lost": Expected(
        scene=Scene(code="aiohttp.ServerDisconnectedError", then=True),
        line="retries: 2",
        silent={"then": False},
        reason="0 of 4 failures that were followed by another call",
    ),
    "connection-refused": Expected(
        scene=Scene(code="ECONNREFUSED", settings={"retries": 2}),
        line="backoff_ms: 200",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
    "name-lookup": Expected(
        scene=Scene(
            code="socket.gaierror", message="[Errno -3] Temporary failure in name resolution"
        ),
        line="dns_cache_seconds: 60",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
    "pool-exhausted": Expected(
        scene=Scene(message=POOL, latency_ms=90_000),
        line="pool_size: 8",
        silent={"latency_ms": 20.0},
        reason="several calls run at the same time, but at most 1",
    ),
    "too-many-connections": Expected(
        scene=Scene(code="53300", message="FATAL: sorry, too many clients already"),
        line="pool_size: 2",
        silent={"settings": {"pool_size": 1}},
        reason="it is 1 already",
    ),
    "too-much-at-once": Expected(
        scene=Scene(
            message="You have exceeded the limit of 4 concurrent requests", latency_ms=90_000
        ),
        line="max_concurrency: 3",
        silent={"latency_ms": 20.0},
        reason="several calls run at the same time",
    ),
    "context-exceeded": Expected(
        scene=Scene(code="context_length_exceeded", message=LONG_PROMPT),
        line="max_context_tokens: 115000",
        silent={"message": "context_length_exceeded"},
        reason="a message states the limit, but no message states a limit",
    ),
    "history-too-long": Expected(
        scene=Scene(code="array_above_max_length", message="too many images: at most 100 images"),
        line="history_messages: 90",
        silent={"settings": {"history_messages": 2}},
        reason="it is 2",
    ),
    "answer-cut": Expected(
        scene=Scene(code="openai.LengthFinishReasonError"),
        line="max_tokens: 6144",
        silent={"agents": ("planner", "writer")},
        reason="one agent's setting, and the failures are of 2 agents",
    ),
    "tool-output-cut": Expected(
        scene=Scene(code="output_truncated", message="output truncated: 31400 characters"),
        line="max_output_chars: 35000",
        silent={"settings": {"max_output_chars": 500000}},
        reason="it is 500000 already",
    ),
    "malformed-arguments": Expected(
        scene=Scene(code="json.decoder.JSONDecodeError", then=True),
        line="format_retries: 2",
        silent={"then": False},
        reason="0 of 4 failures",
    ),
    "empty-retrieval": Expected(
        scene=Scene(code="no_results", message="No relevant documents found"),
        line="min_score: 0.72",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
    "stale-index": Expected(
        scene=Scene(code="stale_index", message="index is older than 24 h", times=12),
        line="reindex_minutes: 720",
        silent={"times": 5},
        reason="at least 10 minutes",
    ),
    "cache-expired": Expected(
        scene=Scene(code="cursor_not_found", latency_ms=90_000),
        line="cache_seconds: 600",
        silent={"latency_ms": 20.0},
        reason="several calls run at the same time",
    ),
    "credentials-expired": Expected(
        scene=Scene(code="ExpiredTokenException", then=True),
        line="refresh_before_seconds: 60",
        silent={"then": False},
        reason="0 of 4 failures",
    ),
    "lock-timeout": Expected(
        scene=Scene(code="psycopg.errors.LockNotAvailable"),
        line="lock_timeout_ms: 2000",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
    "write-conflict": Expected(
        scene=Scene(code="40P01", message="deadlock detected"),
        line="retries: 2",
        silent={"settings": {"retries": 3}},
        reason="already retried 3 times",
    ),
    "queue-backlog": Expected(
        scene=Scene(kind=TASK, code="queue.Full", message="the queue is full", times=12),
        line="workers: 3",
        silent={"times": 5},
        reason="at least 10 minutes",
    ),
    "lease-lost": Expected(
        scene=Scene(kind=TASK, code="ReceiptHandleIsInvalid"),
        line="lease_ms: 45000",
        silent={"times": 2},
        reason="2 occurrences, 3 are needed",
    ),
    "batch-too-large": Expected(
        scene=Scene(code="413", message="Invalid input: inputs must be at most 2048"),
        line="batch_size: 1843",
        silent={"settings": {"batch_size": None}},
        reason="has a setting tools.vendor.batch_size; it would have to stand in config/tools",
    ),
    "page-too-large": Expected(
        scene=Scene(code="invalid_page_size", message=LARGE_PAGE),
        line="page_size: 90",
        silent={"message": "page_size is wrong"},
        reason="no message states a limit",
    ),
    "task-overlap": Expected(
        scene=Scene(
            kind=TASK,
            message="skipped: maximum number of running instances reached (1)",
            times=12,
        ),
        line="every_ms: 90000",
        silent={"times": 5},
        reason="at least 10 minutes",
    ),
    "task-missed": Expected(
        scene=Scene(kind=TASK, message=MISSED),
        line="misfire_grace_ms: 2000",
        silent={"settings": {"misfire_grace_ms": 3600000}},
        reason="it is 3600000 already",
    ),
    "polling-gives-up": Expected(
        scene=Scene(
            code="botocore.exceptions.WaiterError", message="Max attempts exceeded", then=True
        ),
        line="poll_attempts: 30",
        silent={"then": False},
        reason="0 of 4 failures",
    ),
    "breaker-opens-early": Expected(
        scene=OPEN,
        line="breaker_failures: 5",
        silent={"latency_ms": 900.0},
        reason="within 100 ms, but half of 4 failures took at most 900 ms",
    ),
    "breaker-closes-early": Expected(
        scene=OPEN.but(answered=2),
        line="breaker_reset_ms: 10000",
        silent={"answered": 40, "latency_ms": 900.0},
        reason="at least half of the calls fail, but 4 of 44 calls failed",
    ),
    "loop-limit": Expected(
        scene=Scene(
            code="langgraph.errors.GraphRecursionError",
            message="Recursion limit of 25 reached without hitting a stop condition",
        ),
        line="max_iterations: 38",
        silent=OUTAGE,
        reason="4 of 6 calls failed",
    ),
}
