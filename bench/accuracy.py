"""What proofbot finds, misses and makes up, on requests whose truth is known.

    python -m bench.accuracy [--cases 216] [--project shop] [--seed 1] [--only shop-007] [--keep DIR] [--recce PYTHON]

Each case is a pull request against one of the projects in `bench/projects`: a mutation of a model's SQL, a
refactoring, or both. An oracle that knows neither dbt nor proofbot says what it changes (`accuracy_truth`). Then
`proofbot run` and recce say what they see, and both are held against the truth (`accuracy_scores`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

from bench.accuracy_cases import Case, draw
from bench.accuracy_projects import Project, branch_off, commit, load_all, write
from bench.accuracy_recce import Recce
from bench.accuracy_recce import read as read_recce
from bench.accuracy_scores import Score, Told, read_report, score, sums, table
from bench.peers import install
from tests import warm

_REPOSITORY = Path(__file__).resolve().parent.parent
_AT_ONCE = 2
_DOCUMENT = _REPOSITORY / "docs" / "benchmarks.md"
_OPENS, _CLOSES = "<!-- written by bench.accuracy -->", "<!-- end -->"


def main() -> None:
    """Draw the cases, ask the tools, print the tables and what was not right."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--cases", type=int, default=216, help="how many in all (216)")
    parser.add_argument("--project", action="append", choices=list(load_all()), help="only these")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other cases (1)")
    parser.add_argument(
        "--only", nargs="*", default=[], help="only the cases of these names, as drawn with the same --cases"
    )
    parser.add_argument("--keep", type=Path, help="a folder in which everything stays; what is there is not run again")
    parser.add_argument("--environments", type=Path, default=_REPOSITORY / ".venv-peers", help="where recce lives")
    parser.add_argument("--done", action="store_true", help="only what proofbot has said already, in the folder kept")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--tools", nargs="*", default=["proofbot", "recce"], choices=["proofbot", "recce"])
    arguments = parser.parse_args()
    if arguments.keep:
        _run(arguments.keep.resolve(), arguments)
        return
    with tempfile.TemporaryDirectory(prefix="proofbot-accuracy-") as folder:
        _run(Path(folder), arguments)


def _run(folder: Path, arguments: argparse.Namespace) -> None:
    projects = load_all()
    chosen = arguments.project or list(projects)
    each = -(-arguments.cases // len(chosen))
    folder = folder / _digest(arguments.seed)
    drawn = [_draw(projects[name], each, arguments.seed, folder) for name in chosen]
    cases = [case for some in zip_longest(*drawn) for case in some if case]
    if arguments.only:
        cases = [case for case in cases if case.name in arguments.only]
    if arguments.done:
        cases = [case for case in cases if (folder / "cases" / case.name / "report.json").exists()]
    scores: dict[str, list[Score]] = {}
    if "proofbot" in arguments.tools:
        for one in ask_proofbot(projects, cases, folder, warm.dbt()):
            scores.setdefault("proofbot", []).append(one)
            _say(_line(one))
            (folder / "table.md").write_text(_page(scores))
    recce = install(arguments.environments, "recce") if "recce" in arguments.tools else None
    if recce:
        for case, told in ask_recce(projects, cases, folder, recce):
            for name, answer in told.items():
                scores.setdefault(name, []).append(score(case, answer))
            _say(f"recce {_line(scores[next(reversed(told))][-1])}")
    page = _page(scores)
    sys.stdout.write(page)
    if arguments.write:
        before, _, rest = _DOCUMENT.read_text().partition(_OPENS)
        _DOCUMENT.write_text(f"{before}{_OPENS}\n{page}{_CLOSES}{rest.partition(_CLOSES)[2]}")


def _digest(seed: int) -> str:
    """The folder of a seed, and of the very code and projects by which cases are drawn: what is kept is never mixed."""
    here = Path(__file__).resolve().parent
    read = [*sorted(here.glob("accuracy_*.py")), *sorted(here.glob("projects/**/*.*"))]
    names = ("accuracy_cases.py", "accuracy_edits.py", "accuracy_truth.py")
    texts = [file.read_bytes() for file in read if "projects" in file.parts or file.name in names]
    return f"{hashlib.sha256(b''.join(texts)).hexdigest()[:8]}-{seed}"


def _draw(project: Project, each: int, seed: int, folder: Path) -> list[Case]:
    kept = folder / f"{project.name}-{each}.cases"
    if not kept.exists():
        _say(f"{project.name}: drawing {each} cases")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps([*draw(project, each, seed)]))
    drawn: list[Case] = pickle.loads(kept.read_bytes())
    return drawn


def ask_proofbot(projects: Mapping[str, Project], cases: Sequence[Case], folder: Path, dbt: Path) -> Iterator[Score]:
    """What proofbot says of each case. What an earlier run left in the folder is taken as it is."""
    for name in sorted({case.project for case in cases}):
        if not (folder / name).exists():
            write(projects[name], folder / name, target="base")
            commit(folder / name, "main", f"The project {name}")
    for case in cases:
        if not (folder / "cases" / case.name).exists():
            branch_off(folder / case.project, case.name, case.texts, _subject(case))
            _describe(case, folder / "cases" / case.name)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from (
            score(case, told)
            for case, told in zip(cases, pool.map(lambda one: _prove(one, folder, dbt), cases), strict=True)
        )


def _prove(case: Case, folder: Path, dbt: Path) -> Told:
    out = folder / "cases" / case.name
    if not (out / "report.json").exists():
        environment = os.environ | {
            "PROOFBOT_CACHE_DIR": str(folder / "cache"),
            "PROOFBOT_DBT": str(dbt),
            "PYTHONPATH": str(_REPOSITORY),
        }
        command = [sys.executable, "-m", "bot", "run", "--base", "main", "--head", case.name, "--out", str(out)]
        ended = subprocess.run(
            command, cwd=folder / case.project, env=environment, capture_output=True, text=True, check=False
        )
        (out / "log.txt").write_text(f"exit code {ended.returncode}\n{ended.stdout}\n{ended.stderr}")
        if ended.returncode not in (0, 1):
            said = " ".join(ended.stderr[ended.stderr.rfind("proofbot:") :].split())
            return Told(problem=f"exit code {ended.returncode}: {said}"[:300])
    return read_report(json.loads((out / "report.json").read_text()))


def ask_recce(
    projects: Mapping[str, Project], cases: Sequence[Case], folder: Path, python: Path
) -> Iterator[tuple[Case, dict[str, Told]]]:
    """What recce says of each case: as it is, and told which columns are volatile."""
    (folder / "recce").mkdir(exist_ok=True)
    with ExitStack() as stack:
        recces: dict[str, Recce] = {}
        for case in cases:
            kept = folder / "recce" / f"{case.name}.json"
            if not kept.exists():
                if case.project not in recces:
                    recce = Recce(projects[case.project], folder / "recce" / case.project, python)
                    recces[case.project] = stack.enter_context(recce)
                kept.write_text(json.dumps(recces[case.project].ask(case), indent=2))
            as_it_is, informed = read_recce(case, json.loads(kept.read_text()))
            yield case, {"recce": as_it_is, "recce, told": informed}


def _describe(case: Case, folder: Path) -> None:
    folder.mkdir(parents=True)
    truth = {
        name: {"changed": one.changed, "columns": sorted(one.columns), "open": sorted(one.open), "rows": one.rows}
        for name, one in case.truth.models.items()
    }
    said = {
        "subject": _subject(case),
        "edits": [{"model": edit.model, "kind": edit.kind, "what": edit.what} for edit in case.edits],
        "roots": sorted(case.truth.roots),
        "truth": truth,
    }
    (folder / "case.json").write_text(json.dumps(said, indent=2))


def _subject(case: Case) -> str:
    return f"{case.name}: {' and '.join(f'{edit.kind} in {edit.model}' for edit in case.edits)}"


def _line(one: Score) -> str:
    real = "changes data" if one.case.truth.changed else "changes nothing"
    return f"{_subject(one.case)} ({real}): {one.amiss or 'right'}"


def _page(scores: Mapping[str, Sequence[Score]]) -> str:
    """The table, what was right in all, what was built, and every case of proofbot's that was not wholly right."""
    if not scores:
        return "There is nothing to tell.\n"
    ours = scores.get("proofbot", [])
    parts = [table(scores), "\n".join(f"- {sums(tool, some)}" for tool, some in scores.items())]
    built = [one.told for one in ours if one.told.affected]
    if built:
        parts.append(_built(built))
    wrong = [f"- {_line(one)}" for one in ours if one.amiss]
    if wrong:
        told = "Not wholly right (`python -m bench.accuracy --keep DIR --only NAME` shows it again):"
        parts.append("\n".join([told, "", *wrong]))
    return "\n\n".join(parts) + "\n"


def _built(runs: Sequence[Told]) -> str:
    """How many models were built for those that a request affects; what base lacked is built once for all requests."""
    affected = sum(one.affected for one in runs)
    kinds = sorted({name for one in runs for name in one.built} - {"base", "head"})
    parts = ", ".join(f"{name} {sum(one.built.get(name, 0) for one in runs):,}" for name in ("head", *kinds))
    beside = [sum(one.built.values()) - one.built.get("base", 0) for one in runs]
    ratios = sorted(built / one.affected for built, one in zip(beside, runs, strict=True))
    return (
        f"Models built in {len(runs):,} runs with {affected:,} affected models: {parts}; in all"
        f" {sum(beside) / affected:.2f} times the affected ones,"
        f" at most 2.2 times in {sum(ratio <= 2.2 for ratio in ratios)} runs, {ratios[-1]:.1f} times at worst."
        f" Base, which is kept between runs: {sum(one.built.get('base', 0) for one in runs):,}."
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
