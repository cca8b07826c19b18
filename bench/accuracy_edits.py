"""What requests do to the SQL of models in `bench.accuracy`: mutations, which mean to change data, and refactorings.

Each operator finds its sites in a model's text and yields other texts. Whether data change is not asked here: the
oracle says so. The texts keep to one shape (a clause or a column a line), on which the operators rely.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

Columns = Callable[[str], Mapping[str, str]]
"""The columns of a relation (`raw.x`, or a model's name), with their types."""


@dataclass(frozen=True)
class Edit:
    """One edit of one model: its kind, the text before and after in short, and the model's new text."""

    kind: str
    model: str
    what: str
    text: str


@dataclass(frozen=True)
class Site:
    """A model's text that operators look at, its key, and the relations it reads, by alias (empty: without one)."""

    model: str
    text: str
    key: tuple[str, ...]
    columns: Columns

    @property
    def relations(self) -> dict[str, str]:
        """What stands behind `from` and `join`."""
        found = re.findall(
            r"(?:from|join) \{\{ (?:ref\('(\w+)'\)|source\('raw', '(\w+)'\)) \}\}(?: as (\w+))?", self.text
        )
        return {alias: name or f"raw.{raw}" for name, raw, alias in found}


Operator = Callable[[Site], Iterator[str]]


def _each(pattern: str, new: str | Callable[[re.Match[str]], str], flags: int = re.MULTILINE) -> Operator:
    """An operator that puts something else where the pattern is found, one place at a time."""

    def operate(site: Site) -> Iterator[str]:
        for found in re.finditer(pattern, site.text, flags):
            put = new(found) if callable(new) else found.expand(new)
            yield site.text[: found.start()] + put + site.text[found.end() :]

    return operate


def _all_of(*operators: Operator) -> Operator:
    def operate(site: Site) -> Iterator[str]:
        for one in operators:
            yield from one(site)

    return operate


def _lose_filter(site: Site) -> Iterator[str]:
    lines = site.text.split("\n")
    for at, line in enumerate(lines):
        if re.match(r"\s*and ", line):
            yield "\n".join([*lines[:at], *lines[at + 1 :]])
        elif re.match(r"\s*where ", line) and not re.search(r"(_rank|position) = 1", line):
            follows = re.match(r"\s*and ", lines[at + 1])
            kept = [re.sub(r"^(\s*)and ", r"\1where ", lines[at + 1])] if follows else []
            yield "\n".join([*lines[:at], *kept, *lines[at + (2 if follows else 1) :]])


def _add_filter(site: Site) -> Iterator[str]:
    lines = site.text.split("\n")
    for alias, relation in site.relations.items():
        read = rf" as {alias}( on |$)" if alias else r"^\s*from \{\{"
        at = next(number for number, line in enumerate(lines) if re.search(read, line))
        while re.match(r"\s*(left join|join|where|and) ", lines[at + 1]):
            at += 1
        word = "    and" if re.match(r"\s*(where|and) ", lines[at]) else "where"
        indent = re.match(r"\s*", lines[at])
        assert indent
        for name, kind in site.columns(relation).items():
            condition = _CONDITIONS.get(kind)
            if condition:
                what = condition.format(f"{alias}.{name}" if alias else name)
                yield "\n".join([*lines[: at + 1], f"{indent.group()}{word} {what}", *lines[at + 1 :]])


_CONDITIONS = {
    "VARCHAR": "{} is not null",
    "INTEGER": "{} > 2",
    "DATE": "{} > date '2024-03-31'",
    "TIMESTAMP": "{} < timestamp '2024-05-10 00:00:00'",
    "BOOLEAN": "not {}",
    "DECIMAL(16,2)": "{} > 10",
}


def _wrong_column(site: Site) -> Iterator[str]:
    for alias, relation in site.relations.items():
        types = {name: kind for name, kind in site.columns(relation).items() if name not in _VOLATILE}
        for name, kind in types.items():
            pattern = rf"\b{alias}\.{name}\b" if alias else rf"(?<![.\w'{{])(?<!as ){name}\b(?!')"
            others = [one for one in types if one != name and types[one] == kind]
            for number, found in enumerate(re.finditer(pattern, site.text)):
                if others and not _is_marked(site.text, found.start()):
                    new = others[number % len(others)]
                    put = f"{alias}.{new}" if alias else new
                    if re.match(r",?\n", site.text[found.end() :]) and site.text[: found.start()].endswith("    "):
                        put += f" as {name}"
                    yield site.text[: found.start()] + put + site.text[found.end() :]


_VOLATILE = frozenset({"loaded_at", "batch_id", "sample_rank", "bucket", "ab_draw", "audit_draw"})


def _is_marked(text: str, at: int) -> bool:
    """Whether a place lies in Jinja, or among the marks."""
    return text.count("[[", 0, at) != text.count("]]", 0, at) or text.count("{{", 0, at) != text.count("}}", 0, at)


def _lose_branch(site: Site) -> Iterator[str]:
    lines = site.text.split("\n")
    for at, line in enumerate(lines):
        if line.strip() == "union all":
            end = next(n for n in range(at, len(lines)) if lines[n].strip() in ("", ")", "),"))
            yield "\n".join([*lines[:at], *lines[end:]])


def _swap_values(site: Site) -> Iterator[str]:
    """The results of two neighbouring branches of a case."""
    lines = site.text.split("\n")
    for at, (one, other) in enumerate(pairwise(lines)):
        first, second = (re.match(r"(\s*(?:when .* then|else)) (.*)$", line) for line in (one, other))
        if first and second:
            swapped = [f"{first.group(1)} {second.group(2)}", f"{second.group(1)} {first.group(2)}"]
            yield "\n".join([*lines[:at], *swapped, *lines[at + 2 :]])


def _make_volatile(site: Site) -> Iterator[str]:
    for alias, relation in site.relations.items():
        for name, kind in site.columns(relation).items():
            mark = {"DATE": "cast([[now]] as date)", "TIMESTAMP": "cast([[now]] as timestamp)", "DOUBLE": "[[random]]"}
            mark |= {"INTEGER": "cast([[random]] * 1000 as int)", "DECIMAL(16,2)": "cast([[random]] as decimal(16, 2))"}
            column = rf"^    {f'{alias}[.]' if alias else ''}{name}(,?)$"
            if kind in mark and name not in site.key:
                yield from _each(column, rf"    {mark[kind]} as {name}\1")(site)


def _shift_date(found: re.Match[str]) -> str:
    day = int(found.group(2))
    return f"date '{found.group(1)}{day + 1 if day < 28 else day - 1:02}'"


_COALESCE = r"coalesce\(((?:sum\()?[\w.]+\)?), ([^()\n]+)\)"
_MOMENT = r"(\b(?:\w+\.)?(?:\w+_on|\w+_at|month)) "
MUTATIONS: Mapping[str, Operator] = {
    "join type": _all_of(_each(r"^(\s*)left join ", r"\1join "), _each(r"^(\s*)join ", r"\1left join ")),
    "filter lost": _lose_filter,
    "filter added": _add_filter,
    "date off by one": _all_of(
        _each(r"date '(\d{4}-\d\d-)(\d\d)'", _shift_date),
        _each(r"(interval \d)(\d* day)", lambda m: f"interval {int(m.group().split()[1]) + 1} day"),
        _each(_MOMENT + ">= ", r"\1 > "),
        _each(_MOMENT + "<= ", r"\1 < "),
        _each(_MOMENT + "< ", r"\1 <= "),
        _each(_MOMENT + "> ", r"\1 >= "),
    ),
    "wrong column": _wrong_column,
    "dedupe dropped": _all_of(
        _each(r"^qualify row_number\(\).*\n", ""),
        _each(r"^where (version_rank|position) = 1\n", ""),
        _each(r"^select distinct$", "select"),
        _each(r"(?<=order by )(updated_at|received_at|rate) desc", r"\1"),
    ),
    "unit": _all_of(
        _each(r" / 100\.0", " / 1.0"),
        _each(r" / 100\.0", " / 1000.0"),
        _each(r" / (1000|60)\.0", " / 1.0"),
        _each(r" / 12 ", " "),
        _each(r"date_diff\('minute'", "date_diff('hour'"),
    ),
    "coalesce": _all_of(_each(_COALESCE, r"\1"), _each(r"coalesce\(([\w.]+), 0\)", r"coalesce(\1, 1)")),
    "sign": _all_of(_each(r"(?<=[\w)]) - (?=[\w(])", " + "), _each(r"(?<=[ (])-(?=[a-z])", ""), _each(r"> 0\b", "< 0")),
    "aggregation": _all_of(
        _each(r"\bsum\((?=[a-z.]+\w*\))", "max("),
        _each(r"\bavg\(", "max("),
        _each(r"\bmax\((?!case)", "min("),
        _each(r"\bmin\((?!case)", "max("),
        _each(r"count\(distinct ", "count("),
        _each(r"\bsum\((?=case)", "max("),
    ),
    "case branch": _all_of(
        _each(r"^        when .*\n", ""),
        _swap_values,
        _each(r"then ([\w.]+) else ([\w.]+) end", r"then \2 else \1 end"),
        _each(r"^(        when .*) >= (\d+)", r"\1 > \2"),
        _each(r"in \('(\w+)', '(\w+)'\)", r"in ('\1')"),
    ),
    "union": _all_of(_each(r"^(\s*)union all$", r"\1union"), _lose_branch),
    "made volatile": _make_volatile,
}


def _upper(site: Site) -> Iterator[str]:
    words = r"\b(select|from|where|and|join|left|on|as|case|when|then|else|end|group by|sum|count|coalesce|over)\b"
    parts = re.split(r"(\{\{.*?\}\}|\[\[.*?\]\]|'[^']*')", site.text)
    yield "".join(part if n % 2 else re.sub(words, lambda m: m.group().upper(), part) for n, part in enumerate(parts))


def _one_line(site: Site) -> Iterator[str]:
    yield re.sub(r"\s+", " ", site.text) + "\n"


def _leading_commas(site: Site) -> Iterator[str]:
    yield re.sub(r",\n(\s+)(?=\S)", r"\n\1, ", site.text)


def _comment(site: Site) -> Iterator[str]:
    yield f"-- what this model is for: one row per {', '.join(site.key) or 'row'}\n{site.text}"
    yield re.sub(r"^(    [\w.]+,)$", r"\1  -- as it is", site.text, flags=re.MULTILINE)
    yield re.sub(
        r"^(from .*)$", r"{# reads only what it needs #}\n\1 /* ; drop nothing */", site.text, flags=re.MULTILINE
    )


def _final_cte(site: Site) -> Iterator[str]:
    head, body = site.text.split("\n", 1)
    if body.startswith("with "):
        ctes, main = body.rsplit("\n)\nselect", 1)
        yield f"{head}\n{ctes}\n),\nfinal as (\nselect{main}\n)\nselect * from final\n"
    else:
        yield f"{head}\nwith final as (\n{body})\nselect * from final\n"


def _import_cte(site: Site) -> Iterator[str]:
    head, body = site.text.split("\n", 1)
    for found in re.finditer(r"((?:from|join) )(\{\{ \w+\([^)]*\) \}\})(?= as \w+)", body):
        rest = body[: found.start()] + f"{found.group(1)}imported" + body[found.end() :]
        rest = f",\n{rest[5:]}" if rest.startswith("with ") else f"\n{rest}"
        yield f"{head}\nwith imported as (\n    select * from {found.group(2)}\n){rest}"


def _swap_lines(pattern: str) -> Operator:
    """Two neighbouring lines of the pattern change places."""

    def operate(site: Site) -> Iterator[str]:
        lines = site.text.split("\n")
        for at, (one, other) in enumerate(pairwise(lines)):
            if re.match(pattern, one) and re.match(pattern, other):
                yield "\n".join([*lines[:at], other, one, *lines[at + 2 :]])

    return operate


def _in_cte(site: Site) -> Iterator[str]:
    """The order of columns inside a CTE; not where a union goes by their order."""
    if "union" not in site.text:
        yield from _swap_lines(r"        [^ ].*,$")(site)


def _rename_alias(site: Site) -> Iterator[str]:
    for alias in sorted(set(re.findall(r"\}\} as (\w+)", site.text))):
        if len(set(re.findall(rf"\w+ (?:\}}\}} )?as {alias}\b", site.text))) <= 1 and f"{alias} as (" not in site.text:
            yield re.sub(rf"\b{alias}(?=\.)|(?<=}}}} as ){alias}\b", f"the_{alias}", site.text)


def _swap_join(found: re.Match[str]) -> str:
    indent, left, join, right, on = found.groups()
    turned = {"join": "join", "left join": "right join"}[join]
    return f"{indent}from {right}\n{indent}{turned} {left} on {on}"


REFACTORINGS: Mapping[str, Operator] = {
    "formatting": _all_of(_upper, _one_line, _leading_commas),
    "comments": _comment,
    "CTE": _all_of(_final_cte, _import_cte),
    "column order in a CTE": _in_cte,
    "join order": _all_of(
        _swap_lines(r"left join "),
        _each(r"^(\s*)from (.* as \w+)\n\s*((?:left )?join) (.* as \w+) on ([^\n]*)$", _swap_join),
    ),
    "equivalent predicate": _all_of(
        _each(r"([\w.]+(?:\([^()]*\))?) <> ('[^']*')", r"not (\1 = \2)"),
        _each(r"([\w.]+) in \('(\w+)', '(\w+)'\)", r"(\1 = '\2' or \1 = '\3')"),
        _each(r"([\w.]+) between (date '[^']*') and (date '[^']*')", r"\1 >= \2 and \1 <= \3"),
        _each(r"where not ([\w.]+)$", r"where \1 = false"),
        _each(r"([\w.]+) is not null", r"not (\1 is null)"),
        _each(r"coalesce\(([\w.]+), ([^()\n]+)\)", r"case when \1 is null then \2 else \1 end"),
        _each(r"sum\(case when ([^\n]*?) then ([\w.-]+) else 0 end\)", r"coalesce(sum(\2) filter (where \1), 0)"),
        _each(r"count\(\*\)", "sum(1)::bigint"),
        _each(r"([\w.]+) (>=|<) (date '[^']*')", lambda m: f"not ({m[1]} {'<' if m[2] == '>=' else '>='} {m[3]})"),
        _each(r"^where (.*)\n\s*and (.*)$", r"where \2\n    and \1"),
        _each(r"^select distinct\n([^;]*)$", r"select\n\1\ngroup by all", re.MULTILINE | re.DOTALL),
    ),
    "alias renamed": _rename_alias,
    "volatile expression": _all_of(
        _each(r"\[\[(now|random|uuid)\]\]", r"[[\1_again]]"),
        _each(r"'(\{\{ (?:invocation_id|run_started_at) \}\})'", r"cast('\1' as varchar)"),
    ),
}


def find(operators: Mapping[str, Operator], kind: str, site: Site) -> Iterator[Edit]:
    """Every edit of a kind that a model's text allows, no text twice."""
    seen = {site.text}
    for text in operators[kind](site):
        if text not in seen:
            seen.add(text)
            yield Edit(kind, site.model, _difference(site.text, text), text)


def _difference(old: str, new: str) -> str:
    """The first lines that go and that come."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    told = [f"{line[0]} {line[2:].strip()}" for line in lines if line[0] in "+-" and line[2:].strip()]
    return "; ".join(told[:2])[:200]
