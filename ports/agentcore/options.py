"""Which settings say what of AWS AgentCore is used, and where it is asked?"""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ports import addresses

ACTOR = "{actorId}"
NAMED = r"[a-zA-Z][a-zA-Z0-9-_]{0,99}-[a-zA-Z0-9]{10}"
ARN = r"arn:(aws|aws-cn|aws-us-gov):bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:memory/"
INTERPRETER = r"aws\.codeinterpreter\.v1|[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}"
EVALUATOR = rf"Builtin\.[a-zA-Z0-9._-]+|ThirdParty\.[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]+|{NAMED}"
SPACE = r"[a-zA-Z0-9/][a-zA-Z0-9-_/{}]*"


class AgentCore(BaseModel):
    """Say what of AgentCore is used; without `enabled`, nothing is asked there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    region: str = Field(default="", pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")
    address: str = ""
    memory_id: str = Field(default="", pattern=rf"^(({ARN})?{NAMED})?$")
    memory_namespace: str = Field(
        default=f"/self-improving-agent/{ACTOR}/", max_length=900, pattern=f"^{SPACE}$"
    )
    code_interpreter_id: str = Field(
        default="aws.codeinterpreter.v1", pattern=f"^({INTERPRETER})$"
    )
    evaluator_id: str = Field(default="", max_length=111, pattern=f"^({EVALUATOR})?$")
    status_seconds: float = Field(default=3, gt=0, le=60)
    call_seconds: float = Field(default=15, gt=0, le=300)

    @field_validator("address")
    @classmethod
    def _private(cls, given: str) -> str:
        """Refuse an address at which others could read what is sent."""
        return addresses.private(given)

    @field_validator("memory_namespace")
    @classmethod
    def _closed(cls, given: str) -> str:
        """Refuse a namespace under which one actor could read another's."""
        if given.count(ACTOR) != 1 or set("{}") & set(given.replace(ACTOR, "")):
            raise ValueError(f"it holds {ACTOR} once, in whose place the target's name stands")
        if not given.endswith("/"):
            raise ValueError("it ends with /, or it would also find what begins alike")
        return given

    def namespace(self, actor: str) -> str:
        """Return the namespace of one actor."""
        return self.memory_namespace.replace(ACTOR, actor)
