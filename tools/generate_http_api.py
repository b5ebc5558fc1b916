"""The text of docs/reference/http-api.md, from the same description that a server hands out. Used by generate.py."""

import http
import json
from collections.abc import Iterator, Mapping
from typing import Any

import generate_openapi

from metricbox.web.contract import ALLOWED, CallerKind, Who, find_contract

Json = Mapping[str, Any]

_INTRO = """\
# HTTP API

The same as OpenAPI 3.1 is at `GET /api/v1/openapi.json`, for programs. Success is `{"data": …, "meta": …}` where
nothing else is said, failure `{"error": …, "code": …, "details": [{"field": …, "message": …}]}`; the agents' doors and
`/prometheus` answer in the shapes of their own protocols. Every answer has `X-Request-Id` and `X-Metricbox-Version`.
HEAD works wherever GET does. A blank parameter is one that was not given. Unknown fields of a request are refused by
name; a number that is not finite is `null`.

Credentials: the session cookie `metricbox_session`, or a token as `Authorization: Bearer T`, as `Token T`, or as the
password of Basic; at Influx's doors also as `?p=T`. A request that changes something and carries the cookie needs an
`Origin` of this server, or is answered 403.

## Who may call

| who | "" |
|---|---|
"""


def render() -> str:
    document = generate_openapi.build()
    parts = [
        _INTRO.replace('| who | "" |', f"| who | {' | '.join(CallerKind)} |").replace(
            "|---|---|\n", "|---|" + "---|" * len(CallerKind) + "\n"
        )
    ]
    parts += [_who_row(who) for who in Who]
    parts.append(
        "\nWhere the object counts, the row tells of one that an editor owns and that is not public.\n"
        "`anyone on this machine` and `anyone when it is public` come on top.\n"
    )
    parts.append("\n## All routes\n\n| method | path | who | what it does |\n|---|---|---|---|\n")
    parts += [
        f"| {method.upper()} | `{path}` | {one['x-who']} | {one['summary']} |\n"
        for path, method, one in _iter_operations(document)
    ]
    parts.append(f"\nThe browser's pages and their files, open to anyone: {', '.join(_list_pages())}.\n")
    tags = dict.fromkeys(one["tags"][0] for _, _, one in _iter_operations(document))
    for tag in sorted(tags):
        parts.append(f"\n## {tag}\n")
        parts += [
            _operation(document, path, method, one)
            for path, method, one in _iter_operations(document)
            if one["tags"] == [tag]
        ]
    parts.append("\n## Models\n")
    parts += [_model(name, one) for name, one in document["components"]["schemas"].items()]
    return "".join(parts)


def _iter_operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _list_pages() -> list[str]:
    paths = {route.path for route in generate_openapi.list_routes() if find_contract(route.handler) is None}
    return [f"`/{path.strip('/')}`" for path in sorted(paths)]


def _who_row(who: Who) -> str:
    marks = ("yes" if kind in ALLOWED[who] else "–" for kind in CallerKind)
    return f"| {who} | {' | '.join(marks)} |\n"


def _operation(document: Json, path: str, method: str, one: Json) -> str:
    text = f"\n### {method.upper()} {path}\n\n{one['summary']}"
    if "description" in one:
        text += f" {one['description']}"
    text += f"\n\nWho: {one['x-who']}.\n"
    parameters = one.get("parameters", ())
    if parameters:
        text += "\n| parameter | in | type | what it is |\n|---|---|---|---|\n"
        text += "".join(
            f"| `{each['name']}`{_star(each.get('required'))} | {each['in']} | {show_type(each['schema'])} "
            f"| {each.get('description', '')} |\n"
            for each in parameters
        )
    if "requestBody" in one:
        text += _body(one["requestBody"])
    return text + "\n" + "".join(_answers(document, one["responses"]))


def _star(is_required: object) -> str:
    return " (required)" if is_required else ""


def _body(body: Json) -> str:
    text = ""
    for media_type, content in body["content"].items():
        schema = content["schema"]
        note = body.get("description", "")
        if "properties" in schema:
            text += f"\nBody, `{media_type}`:\n\n{_fields(schema)}"
        else:
            text += f"\nBody, `{media_type}`: {show_type(schema)}. {note}".rstrip() + "\n"
    return text


def _answers(document: Json, responses: Json) -> Iterator[str]:
    errors: dict[str, list[str]] = {}
    for status, response in responses.items():
        if "$ref" in response:
            shared = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            (media_type, content), *others = shared["content"].items()
            shape = show_type(content["schema"])
            if media_type != "application/json":
                shape += f", `{media_type}`"
            shape += "".join(f" or `{other}`" for other, _ in others)
            errors.setdefault(shape, []).append(f"{status} {http.HTTPStatus(int(status)).phrase}")
            continue
        yield f"Answer {status}: {_success(response)}.\n"
    for shape, statuses in errors.items():
        yield f"\nErrors, {shape}: {', '.join(statuses)}.\n"


def _success(response: Json) -> str:
    if "content" not in response:
        return "nothing"
    (media_type, content), *others = response["content"].items()
    schema = content["schema"]
    where = "" if media_type == "application/json" else f", `{media_type}`"
    where += "".join(f" or `{other}`" for other, _ in others)
    if "data" not in schema.get("properties", {}):
        return show_type(schema) + where
    return ", ".join(f"`{name}` {show_type(each)}" for name, each in schema["properties"].items())


def show_type(schema: Json) -> str:
    """A schema in a cell of a table."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(show_type(each) for each in schema[key]))
    kind = schema.get("type", "anything")
    if kind == "array":
        items = schema.get("items", schema.get("prefixItems"))
        inner = ", ".join(map(show_type, items)) if isinstance(items, list) else show_type(items or {})
        return f"list of ({inner})" if " " in inner else f"list of {inner}"
    if kind == "object":
        values = schema.get("additionalProperties", True)
        return f"object of {show_type(values)}" if isinstance(values, Mapping) else "object"
    limits = _limits(schema)
    return f"{kind} ({limits})" if limits else str(kind)


def _limits(schema: Json) -> str:
    low, high = schema.get("minimum", schema.get("minLength")), schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if "minLength" in schema or "maxLength" in schema else ""
    parts = []
    if low is not None and high is not None:
        parts.append(f"{low} to {high}{unit}")
    elif low is not None:
        parts.append(f"from {low}{unit}")
    elif high is not None:
        parts.append(f"at most {high}{unit}")
    if schema.get("format"):
        parts.append(str(schema["format"]))
    return ", ".join(parts)


def _model(name: str, schema: Json) -> str:
    text = f"\n### {name}\n\n{' '.join(schema.get('description', '').split())}\n"
    return f"{text}\n{_fields(schema)}" if schema.get("properties") else text


def _fields(schema: Json) -> str:
    required = schema.get("required", ())
    rows = (
        f"| `{name}`{_star(name in required)} | {show_type(each)} | {each.get('description', '')} |\n"
        for name, each in schema["properties"].items()
    )
    return f"| field | type | what it is |\n|---|---|---|\n{''.join(rows)}"
