"""`make demo`: make the shop, let proofbot prove its pull request, and say what to try next.

    python -m demo [FOLDER]

FOLDER must be empty or not there yet; without one a new temporary folder is used.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo.make_project import Demo, make

_PROOFBOT = Path(sys.executable).with_name("proofbot")
_MEANING = {
    0: "the gate is open",
    1: "the gate is closed by a finding, so a CI job would fail here",
    2: "the call or the configuration is wrong",
    3: "proofbot or something it needs failed",
}


def main(arguments: list[str]) -> int:
    """Run the demo; returns 0 where proofbot closed the gate as it should, else 1."""
    folder = Path(arguments[0]).absolute() if arguments else Path(tempfile.mkdtemp(prefix="proofbot-demo-"))
    started = time.monotonic()
    demo = make(folder / "shop")
    rows = sum(demo.raw_rows.values())
    _say(f"A shop in dbt with {rows:,} raw rows: {demo.folder}  ({time.monotonic() - started:.1f} s)")
    _show_history(demo)
    _say("All dbt tests pass on both branches. What does the pull request do to the data?\n")

    out = folder / "proof"
    cache = folder / "cache"  # so that removing the folder removes everything
    command = [str(_PROOFBOT), "run", "--out", str(out)]
    _say(f"$ cd {shlex.quote(str(demo.folder))}")
    _say(f"$ {shlex.join(command)}\n")
    started = time.monotonic()
    environment = os.environ | {"PROOFBOT_CACHE_DIR": str(cache)}
    code = subprocess.run(command, cwd=demo.folder, env=environment, check=False).returncode
    _say(f"\nproofbot took {time.monotonic() - started:.0f} s. Exit code {code}: {_MEANING.get(code, 'unknown')}.")
    if code not in (0, 1) or not (out / "report.json").is_file():
        return 1
    _say_what_is_next(demo, out, cache)
    return 0 if code == 1 else 1


def _show_history(demo: Demo) -> None:
    _say("")
    log = ["git", "--no-pager", "log", "--graph", "--format=%h%d %s", demo.main, demo.request]
    subprocess.run(log, cwd=demo.folder, check=True)
    _say("")


def _say_what_is_next(demo: Demo, out: Path, cache: Path) -> None:
    proofbot = shlex.quote(str(_PROOFBOT))
    _say(f"""
The files of this run
  {out / "comment.md"}   what a pull request gets as its comment
  {out / "report.html"}  the same as a page for the browser: every model, its lineage, its statements
  {out / "report.json"}  the same for programs

Can you see the bug in the diff?
  cd {shlex.quote(str(demo.folder))}
  git diff {demo.main}...{demo.request} -- models/marts/fct_orders.sql

What to try next, in that folder
  export PROOFBOT_CACHE_DIR={shlex.quote(str(cache))}
  {proofbot} run --head {demo.mended}   # the same request without the bug
  {proofbot} run --dry-run    # what would be built and asked
  {proofbot} run -v           # with every statement that is asked
  rm -r {shlex.quote(str(out.parent))}   # when you have seen enough""")


def _say(text: str) -> None:
    # Flushed, so that it stands before what the child processes print.
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
