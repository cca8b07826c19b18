"""The lines of a report about what varies without the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain import ModelReport, Noise
from bot.render import figures
from bot.render.dress import Dress, Labels, Line

_LISTED = 12
NOISE = "Noise"


def lines(models: Sequence[ModelReport], labels: Labels, dress: Dress) -> list[Line]:
    """What began to vary, which sets of rows vary, and last, in one line, which columns do."""
    noisy = [(labels.of(model.unique_id), model.noise) for model in models if model.noise is not None]
    became = [
        _column(name, column, why, dress) for name, noise in noisy for column, why in sorted(noise.became.items())
    ]
    rows = [f"{dress.name(name)}{_because(noise.rows_cause, dress)}" for name, noise in noisy if noise.rows]
    columns = [said for name, noise in noisy for said in _columns(name, noise, dress)]
    broken = [
        f"{dress.name(f'{name}.{column}')} {dress.prose(what)}"
        for name, noise in noisy
        for column, what in sorted(noise.broken.items())
    ]
    found = []
    if broken:
        found.append(Line("Varies, and is broken", "; ".join(dress.listed(broken, _LISTED))))
    if became:
        what = "base gives the same values each time, and head does not"
        found.append(Line("Varies since this change", f"{_listed(became, dress)}: {what}"))
    if rows:
        what = "which rows there are varies without the change, so rows that come and go show nothing"
        found.append(Line("Unstable rows", f"{_listed(rows, dress)}: {what}"))
    if columns:
        verb = "varies" if len(columns) == 1 else "vary"
        how = _how([noise for _, noise in noisy])
        found.append(Line(NOISE, f"{_listed(columns, dress)}: {verb} without the change, {how}"))
    return found


def details(model: ModelReport, dress: Dress) -> Iterator[Line]:
    """What there is to say of the noise of one model."""
    noise = model.noise
    if noise is None:
        return
    became = [f"{dress.name(column)}{_because(why, dress)}" for column, why in sorted(noise.became.items())]
    if became:
        yield Line("Varies since this change", f"{_listed(became, dress)}: at head only, at base it did not")
    for column, what in sorted(noise.broken.items())[: _LISTED * dress.times]:
        yield Line("Varies, and is broken", f"{dress.name(column)} {dress.prose(what)}")
    if noise.rows:
        which = "which rows there are, and how many," if noise.count else "which rows there are"
        yield Line("Unstable rows", f"{which} varies without the change{_because(noise.rows_cause, dress)}")
    if noise.key:
        yield Line("Varying key", "the key varies without the change, so rows were compared without it")
    columns = [f"{dress.name(column)}{_because(why, dress)}" for column, why in sorted(noise.columns.items())]
    columns += [f"{dress.name(column)} ({said})" for column, said in _in_part(noise)]
    if columns:
        yield Line(NOISE, f"{_listed(columns, dress)}, {_how([noise])}")
    if noise.differing:
        number = figures.plural(noise.differing, "row")
        verb = "differs" if noise.differing == 1 else "differ"
        yield Line("Rows that differ by noise alone", f"{number} {verb} in nothing else")


def _columns(name: str, noise: Noise, dress: Dress) -> Iterator[str]:
    yield from (_column(name, column, why, dress) for column, why in sorted(noise.columns.items()))
    yield from (f"{dress.name(f'{name}.{column}')} ({said})" for column, said in _in_part(noise))
    if noise.key:
        yield f"{dress.name(name)} (its key)"


def _in_part(noise: Noise) -> Iterator[tuple[str, str]]:
    for column, share in sorted(noise.tolerated.items()):
        yield column, f"by rounding, up to {figures.number(share)} of the value"
    for column, rows in sorted(noise.partly.items()):
        yield column, f"in {figures.plural(rows, 'row')}; it was compared"


def _column(name: str, column: str, cause: str, dress: Dress) -> str:
    return f"{dress.name(f'{name}.{column}')}{_because(cause, dress)}"


def _because(cause: str, dress: Dress) -> str:
    return f" ({dress.name(cause)})" if cause else ""


def _how(noises: Iterable[Noise]) -> str:
    controls = max(noise.controls for noise in noises)
    if controls == 0:
        return "as an earlier run has found"
    times = "once" if controls == 1 else f"{figures.count(controls)} times"
    return f"found by building base {times} more"


def _listed(items: Sequence[str], dress: Dress) -> str:
    return ", ".join(dress.listed(items, _LISTED))
