"""The words of the house: closed lists of what something can be."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Which of the twins."""

    BASE = "base"
    HEAD = "head"


class Outcome(StrEnum):
    """What was seen."""

    EQUIVALENT = "equivalent"  # proven from the SQL, nothing needed to be asked
    UNCHANGED = "unchanged"  # measured
    VACUOUS = "vacuous"  # no rows on either side, so nothing was shown
    NOISE = "noise"  # varies without the change
    CHANGED = "changed"
    SKIPPED = "skipped"  # with the reason
    ERRORED = "errored"


class Grade(StrEnum):
    """What the policy makes of an outcome."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


class Status(StrEnum):
    """What the commit shows."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class ChangeKind(StrEnum):
    """What a request did to a node of the graph."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    DOWNSTREAM = "downstream"


class CauseKind(StrEnum):
    """By what a node counts as modified."""

    SQL = "sql"  # its own SQL or Python
    MACRO = "macro"
    VARIABLE = "variable"  # vars of a dbt_project.yml
    CONFIG = "config"
    CONTRACT = "contract"
    SEED = "seed"  # the content of its CSV
    FILE = "file"  # the content of a file of the repository that it reads
    SOURCE = "source"  # the definition of a source it reads
    HOOK = "hook"  # on-run-start, on-run-end
    RELATION = "relation"  # its database, schema or name
    NAME = "name"  # another one wrote the same relation at base


class KeySource(StrEnum):
    """Where a key was found, in order of trust."""

    META = "meta.proofbot.key"
    CONSTRAINT = "primary key constraint"
    UNIQUE_NOT_NULL = "unique and not_null tests"
    COMBINATION = "unique_combination_of_columns test"
    UNIQUE = "unique test"
    UNIQUE_KEY = "unique_key"
    CONFIG = ".proofbot.yml"
    INFERRED = "inferred from the data"


class Bound(StrEnum):
    """What the thresholds in a check's options make of what it saw."""

    NONE = "none"  # there are none: the policy decides
    WITHIN = "within"
    WARN = "warn"
    FAIL = "fail"


class Showing(StrEnum):
    """How much of a column's values a reader may see."""

    SHOW = "show"
    HASH = "hash"  # equal values look equal, and nothing more
    MASK = "mask"  # that there is a value
    HIDE = "hide"  # nothing: the column is never shown


class RowKind(StrEnum):
    """What became of a row, from base to head."""

    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"


class Period(StrEnum):
    """Into what a time column is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Measure(StrEnum):
    """An aggregate over the values of one column of one side, nulls left out."""

    NULLS = "nulls"  # rows in which it is null
    DISTINCT = "distinct"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    SUM = "sum"
    STDDEV = "stddev"  # of the sample: n - 1
    QUANTILE = "quantile"  # interpolated between the two nearest values
    MIN_LENGTH = "min_length"  # of texts, in characters
    MAX_LENGTH = "max_length"
    MEAN_LENGTH = "mean_length"
    TRUE = "true"  # rows in which it is true
    CHECKSUM = "checksum"  # of the values without regard to their order; says only whether two are equal
