"""The base of what comes in over HTTP: an unknown field is an error, and said so."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", frozen=True)
