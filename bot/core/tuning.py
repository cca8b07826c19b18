"""When the engine takes which way. Every answer is the same whatever is set here; only what it costs differs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers of rows are those of the larger side.

    `sliced_from`: from so many rows a few slices are compared first, `slices` of `slice_rows` each. `slabs`: into how
    many parts a table is cut at most, to see in which of them it differs; `slab_rows`: how many rows such a part has at
    least. `bucket_rows`: rows of a bucket of keys; buckets whose sums are equal are not joined. `bucketed_from`: from
    so many rows that pays. `dense`: a key of integers is counted by bits where these are at most so many for each row.
    `open_share`: where a greater share of the rows differs, the columns that differ are joined themselves, not read
    row by row. `scattered_share`: where a greater share differs, nearly all buckets do.
    """

    sliced_from: int = 100_000
    slices: int = 4
    slice_rows: int = 2_048
    slabs: int = 256
    slab_rows: int = 122_880
    bucketed_from: int = 100_000
    bucket_rows: int = 256
    dense: int = 8
    open_share: float = 0.2
    scattered_share: float = 1 / 512


DEFAULT = Tuning()
