"""Selectors alone, as match[] holds them."""

from collections.abc import Sequence

from metricbox.errors import ValidationError
from metricbox.query.promql.formatting import quote_go
from metricbox.query.promql.nodes import VectorSelector
from metricbox.query.promql.parse import parse
from metricbox.query.promql.scanning import fail, scan


def parse_selectors(texts: Sequence[str]) -> list[VectorSelector]:
    """May take a while. Raises ValidationError."""
    return [parse_selector(text) for text in texts]


def parse_selector(text: str) -> VectorSelector:
    """A name, braces, or both, and nothing around them: no function, no offset."""
    tokens = scan(text)
    depth = 0
    for number, token in enumerate(tokens):
        is_name = number == 0 and token.kind == "word"
        if depth == 0 and not is_name and token.text != "{":
            raise fail(f"unexpected {quote_go(token.text[:50])}", text, token.position)
        depth += (token.text == "{") - (token.text == "}")
    if not tokens:
        raise fail("unexpected end of input", text, 0)
    try:
        node = parse(text)
    except ValidationError as error:
        if "at least one non-empty matcher" in error.message:
            raise ValidationError.for_field(
                "match[]", "match[] must contain at least one non-empty matcher"
            ) from None
        raise
    if not isinstance(node, VectorSelector):
        raise fail("unexpected expression, a selector was expected", text, 0)
    return node
