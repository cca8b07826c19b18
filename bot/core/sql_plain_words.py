"""The words in which plain SQL differs from one warehouse to the next: one table of them a warehouse.

Templates are in the grammar of the warehouse; `{0}`, `{1}` are expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Words:
    """How one warehouse says what all of them can say.

    `sqlglot` is the name of its grammar there. Types: `text_type`, `integer_type`, `float_type`, `moment_type` (without
    a time zone), `wide` (a decimal with so many digits behind the point). Casts to text: `plain` (of integers,
    decimals and texts), `float_text` (so that no two floats have the same), `date_text` (ISO), `time_text`, `other`
    (of types that nobody knows), `nested` (of lists, records, JSON; as `other` where empty), `bytes_text`;
    `float_shown` for a reader, where it is another one. `moment_text` and `instant_text` are ISO texts of moments
    without and with a time zone, as a reader sees them.

    `micros` and `instant_micros` are whole microseconds since 1970. `utc` makes a moment without time zone of one that
    has one. `seal` makes of a text one that is equal to no other text, and `unseal` undoes it. `hash` makes a
    whole number of 64 bits of a text, `pieced` says that texts are short of length: each value is hashed by itself.
    `equal_nan` says that NaN equals NaN. `singles` are types of floats in four bytes. `zoned` are types of moments
    that are instants, whatever their name says. `quantile`: an aggregate, of a float and a share; or None.

    `temporary` says that sessions have temporary tables; else they are tables of ours, whose names begin with
    `SESSION`. The rest is what `core.sql_plain_spelling` puts right.
    """

    sqlglot: str
    text_type: str = "varchar"
    integer_type: str = "bigint"
    float_type: str = "double"
    moment_type: str = "timestamp"
    wide: str = "decimal(38, {0})"
    plain: str = "cast({0} as varchar)"
    float_text: str = "cast({0} + 0 as varchar)"
    date_text: str = "cast({0} as varchar)"
    time_text: str = "cast({0} as varchar)"
    moment_text: str = "cast({0} as varchar)"
    instant_text: str = "cast({0} as varchar)"
    bytes_text: str = "to_hex({0})"
    other: str = "cast({0} as varchar)"
    nested: str = ""
    float_shown: str = ""
    length: str = "length({0})"
    joined: str = " || "
    micros: str = ""
    instant_micros: str = ""
    utc: str = "({0} at time zone 'UTC')"
    seal: str = "{0}"
    unseal: str = "{0}"
    hash: str = ""
    digest: str = "substring(md5({0}), 1, 8)"
    equal_nan: bool = True
    pieced: bool = False
    singles: frozenset[str] = frozenset({"real", "float4"})
    zoned: frozenset[str] = frozenset({"timestamptz", "timestamp with time zone"})
    mixed_as_float: bool = False
    quantile: str | None = None
    infinity: str = "cast('Infinity' as double)"
    truncated: str = "cast(cast(date_trunc('{1}', {0}) as date) as varchar)"
    deviation: str = "stddev_samp({0})"
    modulo: str = "mod({0}, {1})"
    any_value: str = "any_value({0})"
    temporary: bool = False
    quote_all: bool = True
    unique_names: bool = False
    plain_booleans: bool = True
    own_words: Mapping[str, str] = field(default_factory=dict)


SESSION = "proofbot_in_session_"
"""The beginning of the name of a table that stands for a temporary one. Who asks puts one of its session there."""

_DUCKDB = Words(
    "duckdb",
    bytes_text="hex({0})",
    micros="epoch_us(cast({0} as timestamp))",
    instant_micros="epoch_us({0})",
    hash="cast(hash({0}) >> 1 as bigint)",
    singles=frozenset({"real", "float4", "float"}),
    quantile="quantile_cont({0}, {1})",
    temporary=True,
)
_POSTGRES = Words(
    "postgres",
    text_type="text",
    float_type="double precision",
    plain="cast({0} as text)",
    float_text="cast({0} + 0 as text)",
    date_text="cast({0} as text)",
    time_text="cast({0} as text)",
    moment_text="cast({0} as text)",
    instant_text="cast({0} as text)",
    bytes_text="encode({0}, 'hex')",
    other="cast({0} as text)",
    micros="cast(extract(epoch from cast({0} as timestamp)) * 1000000 as bigint)",
    instant_micros="cast(extract(epoch from {0}) * 1000000 as bigint)",
    hash="cast(cast('x' || substring(md5({0}), 1, 16) as bit(64)) as bigint)",
    quantile="percentile_cont({1}) within group (order by {0})",
    infinity="cast('Infinity' as double precision)",
    truncated="cast(cast(date_trunc('{1}', {0}) as date) as text)",
    any_value="(array_agg({0}))[1]",
    temporary=True,
    quote_all=False,
)
_SPARK = Words(
    "spark",
    text_type="string",
    plain="cast({0} as string)",
    float_text="cast({0} + 0 as string)",
    date_text="cast({0} as string)",
    time_text="cast({0} as string)",
    moment_text="cast({0} as string)",
    instant_text="cast({0} as string)",
    bytes_text="hex({0})",
    other="cast({0} as string)",
    nested="to_json({0}, map('ignoreNullFields', 'false'))",
    moment_type="timestamp",
    micros="unix_micros(cast({0} as timestamp))",
    instant_micros="unix_micros({0})",
    utc="{0}",
    hash="xxhash64({0})",
    singles=frozenset({"real", "float4", "float"}),
    zoned=frozenset({"timestamp", "timestamp_ltz"}),
    quantile="percentile({0}, {1})",
    truncated="cast(cast(date_trunc('{1}', {0}) as date) as string)",
)
_TRINO = Words(
    "trino",
    moment_type="timestamp(6)",
    nested="json_format(cast({0} as json))",
    bytes_text="to_hex({0})",
    micros="cast(to_unixtime(with_timezone(cast({0} as timestamp(6)), 'UTC')) * 1000000 as bigint)",
    instant_micros="cast(to_unixtime({0}) * 1000000 as bigint)",
    utc="cast(at_timezone({0}, 'UTC') as timestamp(6))",
    hash="from_big_endian_64(xxhash64(to_utf8({0})))",
    digest="substr(lower(to_hex(md5(to_utf8({0})))), 1, 8)",
    equal_nan=False,
    infinity="infinity()",
    any_value="arbitrary({0})",
)

WORDS: Mapping[str, Words] = {
    "duckdb": _DUCKDB,
    "postgres": _POSTGRES,
    "bigquery": Words(
        "bigquery",
        text_type="string",
        integer_type="int64",
        float_type="float64",
        moment_type="datetime",
        wide="bignumeric",
        plain="cast({0} as string)",
        float_text="cast({0} + 0 as string)",
        date_text="cast({0} as string)",
        time_text="cast({0} as string)",
        moment_text="cast({0} as string)",
        instant_text="cast({0} as string)",
        other="to_json_string({0})",
        micros="unix_micros(timestamp({0}))",
        instant_micros="unix_micros({0})",
        utc="datetime({0}, 'UTC')",
        hash="farm_fingerprint({0})",
        digest="substr(to_hex(md5({0})), 1, 8)",
        equal_nan=False,
        singles=frozenset(),
        zoned=frozenset({"timestamp"}),
        infinity="cast('inf' as float64)",
        truncated="cast(date_trunc(date({0}), {1}) as string)",
        own_words={"week": "isoweek"},
        unique_names=True,
    ),
    "spark": _SPARK,
    "databricks": replace(_SPARK, sqlglot="databricks"),
    "redshift": Words(
        "redshift",
        text_type="varchar(65535)",
        float_type="double precision",
        plain="cast({0} as varchar(65535))",
        # Redshift writes fifteen digits of a float, so that two may have the same text.
        float_text="cast({0} + 0 as varchar(64)) || '/' || cast(fnv_hash({0} + 0) as varchar(32))",
        date_text="cast({0} as varchar(32))",
        time_text="cast({0} as varchar(32))",
        moment_text="cast({0} as varchar(64))",
        instant_text="cast({0} at time zone 'UTC' as varchar(64))",
        float_shown="cast({0} + 0 as varchar(64))",
        other="cast({0} as varchar(65535))",
        nested="json_serialize({0})",
        micros="datediff(microsecond, cast('1970-01-01' as timestamp), cast({0} as timestamp))",
        instant_micros="datediff(microsecond, cast('1970-01-01' as timestamp), {0} at time zone 'UTC')",
        hash="farmfingerprint64({0})",
        pieced=True,
        mixed_as_float=True,
        infinity="cast('Infinity' as double precision)",
        truncated="cast(cast(date_trunc('{1}', {0}) as date) as varchar(32))",
        temporary=True,
    ),
    "trino": _TRINO,
    "athena": replace(_TRINO, sqlglot="athena", singles=frozenset({"real", "float4", "float"})),
    "tsql": Words(
        "tsql",
        text_type="nvarchar(max)",
        float_type="float",
        moment_type="datetime2(7)",
        plain="cast({0} as nvarchar(max))",
        float_text="convert(nvarchar(max), {0} + 0, 3)",
        date_text="convert(nvarchar(max), {0}, 23)",
        time_text="convert(nvarchar(max), {0}, 121)",
        moment_text="convert(nvarchar(max), {0}, 121)",
        instant_text="convert(nvarchar(max), switchoffset({0}, '+00:00'), 121)",
        bytes_text="convert(nvarchar(max), {0}, 2)",
        other="cast({0} as nvarchar(max))",
        length="datalength({0})",
        joined=" + ",
        micros="datediff_big(microsecond, '1970-01-01', cast({0} as datetime2(7)))",
        instant_micros="datediff_big(microsecond, '1970-01-01', cast(switchoffset({0}, '+00:00') as datetime2(7)))",
        utc="cast(switchoffset({0}, '+00:00') as datetime2(7))",
        # Collations make no difference of case, and none of them sees spaces at the end.
        seal="({0} + N'|') collate Latin1_General_100_BIN2",
        unseal="left({0}, len({0}) - 1)",
        hash="cast(substring(hashbytes('SHA2_256', {0}), 1, 8) as bigint)",
        digest="lower(convert(nvarchar(8), convert(binary(4), hashbytes('MD5', {0})), 2))",
        zoned=frozenset({"datetimeoffset"}),
        infinity="1.7976931348623157e308",
        truncated="",
        own_words={
            "day": "cast({0} as date)",
            # The first of January 1900 was a Monday.
            "week": "dateadd(day, -((datediff(day, '19000101', {0}) % 7 + 7) % 7), cast({0} as date))",
            "month": "datefromparts(year({0}), month({0}), 1)",
            "quarter": "datefromparts(year({0}), (datepart(quarter, {0}) - 1) * 3 + 1, 1)",
            "year": "datefromparts(year({0}), 1, 1)",
        },
        deviation="stdev({0})",
        modulo="({0} % {1})",
        any_value="max({0})",
        temporary=True,
        plain_booleans=False,
    ),
}
"""The words of each warehouse, by its name in sqlglot."""

TARGETS: Mapping[str, str] = {
    "bigquery": "bigquery",
    "databricks": "databricks",
    "spark": "spark",
    "redshift": "redshift",
    "athena": "athena",
    "trino": "trino",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "fabric": "tsql",
    "duckdb": "duckdb",
    "postgres": "postgres",
}
"""The name in sqlglot of what dbt's adapters speak, by the adapter's type."""
