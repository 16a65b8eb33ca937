"""JSON out of a file, of bounded size and depth."""

import json

from minikeras.guarded import limits


def parsed(text, what):
    """The values that JSON text stands for.

    Args:
        text: a string or bytes.
        what: what to call it in messages.

    Raises:
        LimitExceeded: if it is too long, holds too many values or is nested too deeply.
        ValueError: if it is no JSON.
    """
    limits.check("text", len(text), what)
    marks = (b",", b"[", b"{", b":") if isinstance(text, bytes) else (",", "[", "{", ":")
    # No fewer than the values, but counted without parsing.
    if sum(map(text.count, marks)) > limits.limit("values"):
        limits.check("values", sum(map(text.count, marks)), what)
    try:
        value = json.loads(text)
    except RecursionError:
        raise limits.LimitExceeded(
            f"{what}: lists and objects are nested too deeply; at most {limits.limit('depth')} "
            "within one another are allowed"
        ) from None
    except ValueError as error:
        raise ValueError(f"{what} is damaged, it is not valid JSON: {error}") from None
    check(value, what)
    return value


def check(value, what):
    """Check the depth and the strings of parsed JSON, level by level."""
    longest, level, depth = limits.limit("string"), [value], 0
    while level:
        inner = []
        for item in level:
            if type(item) is dict:
                inner.extend(item.values())
                inner.extend(item)
            elif type(item) is list:
                inner.extend(item)
            elif type(item) is str and len(item) > longest:
                limits.check("string", len(item), f"{what}: the string {item[:20]!r}...")
        level, depth = inner, depth + 1
        if inner:
            limits.check("depth", depth, what)
