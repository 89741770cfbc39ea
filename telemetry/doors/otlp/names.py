"""What do the conventions call a tool, an agent, a session, an error: old names and new?

These names are the allowlist: whatever else an emitter attaches is dropped before anything is
kept. Arguments, results and messages are not in it; of a stack trace only the functions are read.
"""

OPERATION = ("gen_ai.operation.name",)
KIND = ("openinference.span.kind", "traceloop.span.kind")
OBSERVATION = ("langfuse.observation.type",)
METHOD = ("mcp.method.name",)
REQUEST = ("jsonrpc.request.id",)
TOOL = ("gen_ai.tool.name", "tool.name", "mcp.tool.name", "tool_name", "function_name",
        "traceloop.entity.name")  # fmt: skip
AGENT = ("gen_ai.agent.name", "agent.name", "agent_name", "agent", "agent_role")
SERVICE = ("service.name",)
WORKFLOW = ("gen_ai.workflow.name", "task_name", "workflow.name")
SESSION = ("gen_ai.conversation.id", "session.id", "langfuse.session.id", "conversation.id",
           "session_id", "thread_id", "mcp.session.id")  # fmt: skip
ERROR_TYPE = ("error.type", "error_type", "error_code")
EXCEPTION_TYPE = ("exception.type",)
EXCEPTION_MESSAGE = ("exception.message",)
STACK = ("exception.stacktrace",)
FINGERPRINT = ("selfimprove.fingerprint", "fingerprint")
ERROR_MESSAGE = ("error.message", "error_message", "error", "langfuse.observation.status_message")
LEVEL = ("langfuse.observation.level",)
SUCCESS = ("success", "tool.success")
DURATION = ("duration_ms", "latency_ms")
STATUS_CODE = ("http.response.status_code", "status_code", "http.status_code")
ATTEMPT = ("attempt", "retry_count")
EVENT_NAME = ("event.name",)
EVENT_TIME = ("event.timestamp",)
GIVEN_ID = ("event.id", "id")
DECISION = ("decision", "source", "decision_source")
SCORE = ("gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label")
OWN = ("correction_type", "rating", "reason_category", "error_category", "final_status")
FINISH = ("terminate_reason",)

ALLOWED = frozenset(
    OPERATION + KIND + OBSERVATION + METHOD + REQUEST + TOOL + AGENT + WORKFLOW + SESSION
    + ERROR_TYPE + EXCEPTION_TYPE + EXCEPTION_MESSAGE + STACK + FINGERPRINT + ERROR_MESSAGE + LEVEL
    + SUCCESS + DURATION + STATUS_CODE + ATTEMPT + EVENT_NAME + EVENT_TIME + GIVEN_ID + DECISION
    + SCORE + OWN + FINISH
)  # fmt: skip
RESOURCE = frozenset(SERVICE + SESSION + AGENT)
