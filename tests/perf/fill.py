"""How does a database fill itself with events and counts, faster than anything could send them?

The steps of times in the counts of tools stay empty: no question of a page reads them.
"""

KINDS, TOOLS = 2_000, 40
COLUMNS = """(target_id, uid, event_type, timestamp, session_id, agent, component, success,
 error_code, error_message, latency_ms, correction_type, error_category, final_status, rating,
 reason_category, fingerprint)"""
FILL = {
    "postgresql": """
INSERT INTO telemetry_event {columns}
SELECT {target}, lpad(to_hex(n), 32, '0'), 'tool_call',
 timestamptz '{start}' + n * interval '1 second' * {step}, 's-' || n % 40000, 'agent-' || n % 8,
 'tool-' || n % {tools}, n % 8 <> 0, CASE WHEN n % 8 = 0 THEN 'timeout' ELSE '' END,
 CASE WHEN n % 8 = 0 THEN 'no answer within ' || n % 900 || ' ms' ELSE '' END, n % 977, '', '', '',
 '', '', CASE WHEN n % 8 = 0 THEN lpad(to_hex((n / 8 * n / 8) % {kinds}), 16, '0') ELSE '' END
FROM generate_series({first}::bigint, {last}) AS n""",
    # Its || binds more tightly than its %.
    "sqlite": """
WITH RECURSIVE counted(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counted WHERE n < {last})
INSERT INTO telemetry_event {columns}
SELECT {target}, printf('%032x', n), 'tool_call',
 strftime('%Y-%m-%d %H:%M:%f', '{start}', (n * {step}) || ' seconds') || '000',
 's-' || (n % 40000), 'agent-' || (n % 8), 'tool-' || (n % {tools}), n % 8 <> 0,
 CASE WHEN n % 8 = 0 THEN 'timeout' ELSE '' END,
 CASE WHEN n % 8 = 0 THEN 'no answer within ' || (n % 900) || ' ms' ELSE '' END, n % 977, '', '',
 '', '', '', CASE WHEN n % 8 = 0 THEN printf('%016x', (n / 8 * n / 8) % {kinds}) ELSE '' END
FROM counted""",
}

_SPANS = {
    "postgresql": {
        "minute": "date_trunc('minute', timestamp, 'UTC')",
        "hour": "date_trunc('hour', timestamp, 'UTC')",
        "day_of_hour": "date_trunc('day', hour, 'UTC')",
        "day": "date_trunc('day', timestamp, 'UTC')",
    },
    "sqlite": {
        "minute": "strftime('%Y-%m-%d %H:%M:00', timestamp)",
        "hour": "strftime('%Y-%m-%d %H:00:00', timestamp)",
        "day_of_hour": "strftime('%Y-%m-%d 00:00:00', hour)",
        "day": "strftime('%Y-%m-%d 00:00:00', timestamp)",
    },
}
_STEPS = [*(f"under_{2**power}" for power in range(17)), "longer"]
_OF_TOOL = ("n", "ok", "timed", "latency_us", *_STEPS)
_SUMS = ", ".join(f"sum({name})" for name in _OF_TOOL)
_COUNTS = (
    """
INSERT INTO telemetry_minutecount (target_id, at, component, calls, failures)
SELECT target_id, {minute}, component, count(*), sum(CASE WHEN success THEN 0 ELSE 1 END)
FROM telemetry_event GROUP BY 1, 2, 3""",
    """
INSERT INTO telemetry_tool_hour (target_id, hour, event_type, component, agent, {of_tool})
SELECT target_id, {hour}, event_type, component, agent, count(*),
 sum(CASE WHEN success THEN 1 ELSE 0 END), count(latency_ms), sum(latency_ms) * 1000, {zeros}
FROM telemetry_event GROUP BY 1, 2, 3, 4, 5""",
    """
INSERT INTO telemetry_tool_day (target_id, day, event_type, component, agent, {of_tool})
SELECT target_id, {day_of_hour}, event_type, component, agent, {sums}
FROM telemetry_tool_hour GROUP BY 1, 2, 3, 4, 5""",
    """
INSERT INTO telemetry_pattern_hour (target_id, hour, fingerprint, n, first_seen, last_seen)
SELECT target_id, {hour}, fingerprint, count(*), min(timestamp), max(timestamp)
FROM telemetry_event WHERE fingerprint <> '' GROUP BY 1, 2, 3""",
    """
INSERT INTO telemetry_pattern_day (target_id, day, fingerprint, n, first_seen, last_seen)
SELECT target_id, {day_of_hour}, fingerprint, sum(n), min(first_seen), max(last_seen)
FROM telemetry_pattern_hour GROUP BY 1, 2, 3""",
    """
INSERT INTO telemetry_pattern_session
 (target_id, day, fingerprint, session_id, agent, n, first_seen, last_seen)
SELECT target_id, {day}, fingerprint, session_id, agent, count(*), min(timestamp), max(timestamp)
FROM telemetry_event WHERE fingerprint <> '' GROUP BY 1, 2, 3, 4, 5""",
)


def counts(vendor: str) -> list[str]:
    """Return the statements that count all events."""
    zeros = ", ".join("0" for _ in _STEPS)
    names = {"of_tool": ", ".join(_OF_TOOL), "sums": _SUMS, "zeros": zeros, **_SPANS[vendor]}
    return [statement.format(**names) for statement in _COUNTS]
