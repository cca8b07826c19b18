"""GitHub's expressions, as far as action.yml and the examples use them. What is not known here is an error.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>().,\[\]*]))"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_OF_STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(", re.IGNORECASE)
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class NotUnderstood(Exception):
    """An expression that GitHub would refuse, or that this evaluator does not know."""


@dataclass(frozen=True)
class Scope:
    """What an expression can see: the contexts by name, and how the job and its steps stand.

    `failed` is about the steps before in the same action or job; `cancelled` about the job.
    """

    contexts: Mapping[str, Any]
    failed: bool = False
    cancelled: bool = False


def fill(text: object, scope: Scope) -> str:
    """The text with its `${{ }}` replaced by what they come to."""
    return _EXPRESSION.sub(lambda found: spell(evaluate(found[1], scope)), spell(text))


def holds(condition: object, scope: Scope) -> bool:
    """Whether a step with this `if:` runs. Without a word on the status it runs only after success, as on GitHub."""
    text = spell(condition).strip() if condition is not None else "success()"
    whole = _EXPRESSION.fullmatch(text)
    text = whole[1] if whole else text
    if not _OF_STATUS.search(text):
        text = f"success() && ({text})"
    return truth(evaluate(text, scope))


def evaluate(text: str, scope: Scope) -> Any:
    """What an expression without its braces comes to.

    Raises:
        NotUnderstood: it is malformed, or names a function or a context that is not known.
    """
    return _Reader(text, scope).whole()


def truth(value: Any) -> bool:
    """Whether GitHub takes a value for true."""
    return not (value is None or value is False or value == "" or value == 0 or value != value)


def spell(value: Any) -> str:
    """A value as text, as GitHub writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, Mapping):
        return "Object"
    return "Array" if isinstance(value, list) else str(value)


class _Reader:
    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._tokens = list(_tokens(text))
        self._at = 0

    def whole(self) -> Any:
        value = self._either()
        if self._at != len(self._tokens):
            raise NotUnderstood(f"{self._tokens[self._at][1]!r} in {self._text!r}")
        return value

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if truth(value) else other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if truth(value) else value
        return value

    def _compared(self) -> Any:
        value = self._single()
        if self._take("=="):
            return _equal(value, self._single())
        if self._take("!="):
            return not _equal(value, self._single())
        return value

    def _single(self) -> Any:
        if self._take("!"):
            return not truth(self._single())
        if self._take("("):
            value = self._either()
            self._must(")")
            return value
        kind, word = self._next()
        if kind == "number":
            return float(word)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind != "name":
            raise NotUnderstood(f"{word!r} in {self._text!r}")
        if word in _WORDS:
            return _WORDS[word]
        return self._called(word) if self._take("(") else self._named(word)

    def _called(self, name: str) -> Any:
        given: list[Any] = []
        while not self._take(")"):
            if given:
                self._must(",")
            given.append(self._either())
        function = _functions(self._scope).get(name.lower())
        if function is None:
            raise NotUnderstood(f"the function {name} in {self._text!r}")
        return function(*given)

    def _named(self, name: str) -> Any:
        if name not in self._scope.contexts:
            raise NotUnderstood(f"the context {name} in {self._text!r}")
        value: Any = self._scope.contexts[name]
        while True:
            if self._take("."):
                kind, part = self._next()
                if kind != "name":
                    raise NotUnderstood(f"{part!r} in {self._text!r}")
                value = _part(value, part)
            elif self._take("["):
                value = _part(value, spell(self._either()))
                self._must("]")
            else:
                return value

    def _take(self, sign: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign)
        self._at += found
        return found

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise NotUnderstood(f"no {sign!r} where it is needed in {self._text!r}")

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise NotUnderstood(f"{self._text!r} ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Sequence[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotUnderstood(f"{text[at:]!r} in {text!r}")
        assert token.lastgroup
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def _functions(scope: Scope) -> Mapping[str, Callable[..., Any]]:
    return {
        "always": lambda: True,
        "cancelled": lambda: scope.cancelled,
        "success": lambda: not scope.failed and not scope.cancelled,
        "failure": lambda: scope.failed and not scope.cancelled,
        "startswith": lambda text, start: spell(text).lower().startswith(spell(start).lower()),
        "endswith": lambda text, end: spell(text).lower().endswith(spell(end).lower()),
        "contains": _contains,
        "format": lambda text, *values: spell(text).format(*map(spell, values)),
    }


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equal(one, what) for one in where)
    return spell(what).lower() in spell(where).lower()


def _part(value: Any, name: str) -> Any:
    """A part of an object, whatever its case; nothing, where there is none or no object."""
    if not isinstance(value, Mapping):
        return None
    return next((part for key, part in value.items() if str(key).lower() == name.lower()), None)


def _equal(left: Any, right: Any) -> bool:
    """Equality as GitHub sees it: of texts without case, of different kinds as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
