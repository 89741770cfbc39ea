"""Which settings does the MCP server have?"""

from pydantic import BaseModel, ConfigDict, Field


class Mcp(BaseModel):
    """Say whether and where agents find the tools over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8101, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    max_body_bytes: int = Field(default=1_000_000, ge=1024)
    threads: int = Field(default=4, ge=1, le=32)

    @property
    def address(self) -> str:
        """Return what a client is given to connect to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/mcp"
