"""The two bases of all models of the contract: what comes in and what goes out. Pure."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class RequestModel(BaseModel):
    """What comes in: strict types, unknown fields refused, names as in the contract."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, allow_inf_nan=False)


class AnswerModel(BaseModel):
    """What goes out."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)
