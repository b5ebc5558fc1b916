"""Reading JSON bodies: bytes -> one checked pydantic model, or a 4xx that names each field at fault.

Runs on the event loop, so bodies of the application's own routes are bounded; metrics have their own decoders.
Values that were sent are never repeated in a message: they may be secrets (trap B175).
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import pydantic
from pydantic import BaseModel
from sanic import Request

from metricbox.errors import ErrorDetail, PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError

Model = TypeVar("Model", bound=BaseModel)

# A dashboard of 200 panels has about 200 KB.
MAX_JSON_BYTES = 4 * 1024 * 1024
_MAX_DETAILS = 50
_MAX_DEPTH = 64
_MAX_NAME_CHARS = 100
# Every text in a document; `:` behind those that name a member. msgspec keeps one of two equal names and tells nothing
# of it, so names are counted; a reader that calls back for each object would cost more.
_NAMES = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\r\n]*+(:)?+', re.DOTALL)
_LEAST_INT, _MOST_INT = -(2**63), 2**63 - 1


def read_json(request: Request, model: type[Model], max_bytes: int = MAX_JSON_BYTES) -> Model:
    """The body as `model`. Raises ValidationError, UnsupportedMediaTypeError or PayloadTooLargeError."""
    return check_model(read_json_object(request, max_bytes), model)


def read_json_object(request: Request, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """The body as a JSON object that is not checked further."""
    media_type = str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()
    # None at all is let in: curl users forget it, and there is nothing else it could be.
    if media_type not in {"", "application/json"} and not media_type.endswith("+json"):
        raise UnsupportedMediaTypeError("Send the body as JSON, with Content-Type: application/json.")
    # One rule for all of them: what a person or a page sends is small, and unpacking it would need a limit of its own.
    if str(request.headers.get("content-encoding", "")).strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaTypeError(
            "Send the body as it is, without Content-Encoding. Compression is for metrics only."
        )
    if len(request.body) > max_bytes:
        msg = f"The body has {len(request.body)} bytes; at most {max_bytes} are taken here."
        raise PayloadTooLargeError(msg)
    value = decode_json(request.body)
    if not isinstance(value, dict):
        raise ValidationError("The body must be a JSON object.")
    return value


def decode_json(body: bytes) -> Any:
    """Strict JSON: no NaN, no trailing comma, no name twice, bounded depth. Raises ValidationError with the reason."""
    if not body.strip():
        raise ValidationError("The body is empty; a JSON object is needed.")
    try:
        value = msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        msg = f"The body is not UTF-8 (byte {error.start})."
        raise ValidationError(msg) from error
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ")
        msg = f"The body is not JSON: {reason}. NaN and Infinity are not JSON either."
        raise ValidationError(msg) from error
    except RecursionError:
        raise _too_deep() from None
    if _check_shape(value) != _NAMES.findall(body).count(b":"):
        raise _name_twice(body)
    return value


def check_model(value: dict[str, Any], model: type[Model]) -> Model:
    """`value` as `model`. Raises ValidationError with a detail for each fault."""
    try:
        return model.model_validate(value)
    except pydantic.ValidationError as error:
        faults = error.errors(include_url=False, include_context=True, include_input=False)
        details = [_detail(value, fault) for fault in faults[:_MAX_DETAILS]]
        first = details[0]
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ValidationError(f"{first.field}: {first.message}{more}", details) from error


def _check_shape(value: Any) -> int:
    """Depth and whole numbers within bounds, so that what was stored can always be written as JSON again.

    The answer is the number of names in all objects.
    """
    level = [value]
    names = 0
    for _ in range(_MAX_DEPTH):
        if any(isinstance(item, int) and not _LEAST_INT <= item <= _MOST_INT for item in level):
            raise ValidationError("The body is not usable: it holds a whole number of more than 64 bits.")
        names += sum(len(item) for item in level if isinstance(item, dict))
        level = [child for item in level for child in _children(item)]
        if not level:
            return names
    raise _too_deep()


def _name_twice(body: bytes) -> ValidationError:
    """Which of two equal names counts is not the same in all readers of JSON: what one checks, another may not see."""
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        repeated.extend(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]

    json.loads(body, object_pairs_hook=note)
    name = repeated[0][:_MAX_NAME_CHARS] if repeated else "body"
    return ValidationError.for_field(name, "is named twice in one object")


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _too_deep() -> ValidationError:
    return ValidationError(f"The body is not usable: it is nested more than {_MAX_DEPTH} levels deep.")


def _detail(value: dict[str, Any], fault: Any) -> ErrorDetail:
    return ErrorDetail(
        _field_path(value, fault["loc"], is_missing=fault["type"] == "missing"), _message(fault)
    )


def _field_path(value: Any, location: Sequence[str | int], *, is_missing: bool) -> str:
    """`layout[2].w` from pydantic's location, without the union branches that pydantic puts in between."""
    path = ""
    for index, part in enumerate(location):
        # A name that is not there is a union branch, unless it is the one that is missed.
        is_missed = is_missing and index == len(location) - 1
        if isinstance(part, int):
            path += f"[{part}]"
            value = value[part] if isinstance(value, list) and part < len(value) else None
        elif isinstance(value, dict) and (part in value or is_missed):
            path += f".{part}" if path else part
            value = value.get(part)
    return path or "body"


UNKNOWN_FIELD = "is not a known field"
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": UNKNOWN_FIELD,
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "finite_number": "must be a finite number",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}

# Keyword of a JSON Schema -> the same sentence, for checks in the browser; {limit} stands for the keyword's value.
MESSAGE_OF_KEYWORD = {
    keyword: re.sub(r"\{\w+\}", "{limit}", _MESSAGES[fault])
    for keyword, fault in {
        "required": "missing",
        "additionalProperties": "extra_forbidden",
        "type:string": "string_type",
        "type:integer": "int_type",
        "type:number": "float_type",
        "type:boolean": "bool_type",
        "type:array": "list_type",
        "type:object": "dict_type",
        "minLength": "string_too_short",
        "maxLength": "string_too_long",
        "minItems": "too_short",
        "maxItems": "too_long",
        "maxProperties": "too_long",
        "exclusiveMinimum": "greater_than",
        "minimum": "greater_than_equal",
        "exclusiveMaximum": "less_than",
        "maximum": "less_than_equal",
    }.items()
}


def _message(fault: Any) -> str:
    template = _MESSAGES.get(fault["type"])
    if template is not None:
        return template.format_map(fault.get("ctx", {}))
    return str(fault["msg"]).removeprefix("Value error, ")
