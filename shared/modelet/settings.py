"""Every environment variable the runtime reads, in one model.

Plain pydantic rather than pydantic-settings, whose import alone costs 66 ms of a cold start.
"""

import os
from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
)

from modelet.errors import SettingsError

__all__ = ["PREFIX", "Settings", "read_settings"]

PREFIX = "MODELET_"


class Settings(BaseModel):
    """Limits and switches of one execution environment; each field is `MODELET_<FIELD>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_inputs: PositiveInt = Field(2048, description="Inputs in one request.")
    max_chars: PositiveInt = Field(100_000, description="Characters (or token ids) in one input.")
    max_total_chars: PositiveInt = Field(1_000_000, description="Characters (or token ids) in one request.")
    cache_bytes: NonNegativeInt = Field(32 << 20, description="Memory for cached answers; 0 turns the cache off.")
    threads: NonNegativeInt = Field(0, description="Worker threads across sequences; 0 means one for each core.")
    max_response_bytes: PositiveInt = Field(
        6 * 1024 * 1024 - 64 * 1024, description="Bytes of an answer: what Lambda returns at once, less its envelope."
    )
    metrics: bool = Field(True, description="Metrics for CloudWatch, a line of the log for each call.")
    tracing: bool = Field(False, description="X-Ray tracing; needs the extra modelet[tracing].")
    hash_key: Annotated[SecretStr | None, BeforeValidator(lambda value: value or None)] = Field(
        None, min_length=16, description="Keys pseudonyms, the same in every environment; without it there are none."
    )
    jobs_table: str = Field("", description="DynamoDB table of batch jobs.")
    results_bucket: str = Field("", description="S3 bucket that batch jobs write to.")
    replies: bool = Field(False, description="Workers put their answers to single requests into that bucket.")
    parts_queue: str = Field("", description="URL of the queue of batch jobs' parts.")
    part_queues: str = Field("", description="How the names of all services' such queues begin.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read `MODELET_*` variables. Raises SettingsError naming each one that is unknown or wrong."""
        values = {k.removeprefix(PREFIX).lower(): v for k, v in environment.items() if k.startswith(PREFIX)}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise SettingsError(
                f"{wrong}. Known variables: {', '.join(PREFIX + n.upper() for n in cls.model_fields)}"
            ) from None


def read_settings() -> Settings:
    """The settings of this environment. Called at INIT, by what composes a function; everything else is handed them."""
    return Settings.from_environment(os.environ)
