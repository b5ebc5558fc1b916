"""The two bases of all models of the contract: what comes in and what goes out. Pure."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _drop_null_defaults(schema: dict[str, Any]) -> None:
    """A field that may be left out but not be null has no default to show."""
    for field in schema.get("properties", {}).values():
        types = [field, *field.get("anyOf", ())]
        if field.get("default", "") is None and not any(one.get("type") == "null" for one in types):
            del field["default"]


class RequestModel(BaseModel):
    """What comes in: strict types, unknown fields refused, names as in the contract."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_extra=_drop_null_defaults,
    )


class AnswerModel(BaseModel):
    """What goes out."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)
