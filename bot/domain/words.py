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


class Effect(StrEnum):
    """What a request declares to happen to a model."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"  # within the limits that it says
    ADDED = "added"
    REMOVED = "removed"


class RowUnit(StrEnum):
    """What the limits of a declared number of rows are about."""

    DIFFERENCE = "difference"
    PERCENT = "percent"
    TOTAL = "total"


class Verified(StrEnum):
    """What became of what was declared. The order is from best to worst."""

    AS_DECLARED = "as declared"
    ABSENT = "declared but absent"
    OUTSIDE = "outside the declared limits"
    NOT_DECLARED = "not declared"
    UNKNOWN = "could not be verified"


class Beside(StrEnum):
    """An environment beside the twins."""

    CONTROL = "control"  # base's code once more: what varies there varies without the change
    CONTROL_2 = "control 2"
    CONTROL_3 = "control 3"
    HEAD_AGAIN = "head again"  # head's code once more
    HYBRID = "hybrid"  # base's code on head's parents
    INCREMENT = "increment"  # head's code of incremental models on what was there before


class Preset(StrEnum):
    """A policy that comes with proofbot."""

    ADVISORY = "advisory"  # what is found never closes the gate
    STANDARD = "standard"
    STRICT = "strict"


class ControlMode(StrEnum):
    """When the control is built."""

    AUTO = "auto"  # for what changed and nobody declared
    ALWAYS = "always"  # for whatever changed, declared or not
    NEVER = "never"


class Incremental(StrEnum):
    """How incremental models are built."""

    FULL = "full"  # from nothing, on both sides
    INCREMENT = "increment"  # as increments of what is there already
    BOTH = "both"  # from nothing, and at head as increments, too: the two are compared


class Event(StrEnum):
    """What a rule of the policy can be about."""

    CHANGED = "changed"  # data or columns changed, and nobody declared it
    DECLARED = "declared"  # what changed was declared so
    ABSENT = "absent"  # it was declared and did not happen
    OUTSIDE = "outside"  # it is outside of the declared limits
    NOISE = "noise"  # it varies without the change, too
    UNSTABLE = "unstable"  # which rows there are varies without the change
    VOLATILE = "volatile"  # the change makes a column vary by itself
    ADDED = "added"  # a model is added
    REMOVED = "removed"  # a model is removed
    REORDERED = "reordered"  # the order of columns changed
    VACUOUS = "vacuous"  # there are no rows on either side
    SKIPPED = "skipped"  # it was not compared
    SAMPLED = "sampled"  # only a sample is known to be unchanged
    LIMITED = "limited"  # a setting fits nothing, a column cannot be compared
    FAILED = "failed"  # a dbt test, a build, a key, an assertion fails that did not before
    FAILED_BEFORE = "failed before"  # it fails as it did before
    KNOWN = "known"  # it fails as the baseline says
    WARNED = "warned"  # a dbt test warns
    BEYOND = "beyond"  # it is beyond a threshold that fails


class Proof(StrEnum):
    """How it is known why a model changed."""

    SAME_CODE = "same code"  # its own code is the same on both sides: only what it reads can have changed it
    HYBRID = "hybrid"  # its base code was built on head's parents
    NONE = "none"  # it is likely, not proven


class Relates(StrEnum):
    """How a condition relates a column to values."""

    IN = "in"  # one of some values
    BETWEEN = "between"  # both ends included
    NULL = "is null"
    NOT_NULL = "is not null"
