"""When the engine takes which way. Every answer is the same whatever is set here; only what it costs differs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers of rows are those of the larger side.

    `sliced_from`: from so many rows a few slices are compared first, `slices` of `slice_rows` each. `slabs`: into how
    many parts a table is cut at most, to see in which of them it differs; `slab_rows`: how many rows such a part has at
    least. `bucketed_from`: from so many rows it pays to add up buckets of keys first, of `bucket_rows` rows each, and
    to join only those that differ. `joined_rows`: about so many rows of a side are joined at once where they lie in the
    order of the key; `kept_rows`: where they do not. `dense`: a key of integers is counted by bits where these are at
    most so many for each row. `open_share`: where a greater share of the rows differs, the columns that differ are
    joined themselves, not read row by row. `scattered_share`: where a greater share differs, nearly all buckets do.
    """

    sliced_from: int = 100_000
    slices: int = 4
    slice_rows: int = 2_048
    slabs: int = 256
    slab_rows: int = 122_880
    bucketed_from: int = 100_000
    bucket_rows: int = 256
    joined_rows: int = 4_000_000
    kept_rows: int = 20_000_000
    dense: int = 8
    open_share: float = 0.2
    scattered_share: float = 1 / 512


DEFAULT = Tuning()
