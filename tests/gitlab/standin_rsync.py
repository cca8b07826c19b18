"""What gitlab-ci-local asks of rsync where jobs run in a shell: to keep artifacts. Machines without rsync run it, too.

It knows the two calls that gitlab-ci-local makes then, word by word, and refuses every other. It needs
nothing but Python's own library, since it is started as a script.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_REFUSED = 1  # as rsync: a wrong call
_PARTIAL = 23  # as rsync: something that was named is not there
_FOR_CONTAINERS = ".gitlab-ci-local/builds/.docker/"
_FILES = "--files-from="


def main(arguments: Sequence[str]) -> int:
    """Does what one call asks for; returns rsync's exit code."""
    match list(arguments):
        case ["-a", "--delete-excluded", "--delete", *_, "./", target] if target == _FOR_CONTAINERS:
            return 0  # a copy of the checkout for jobs in containers: there are none
        case ["--exclude", ".gitlab-ci-local/**", "-rRa", names, ".", target] if names.startswith(_FILES):
            return _keep(Path(names.removeprefix(_FILES)).read_text(encoding="utf-8").splitlines(), Path(target))
    sys.stderr.write(f"this is no rsync, and it does not know this call: {' '.join(arguments)}\n")
    return _REFUSED


def _keep(names: Sequence[str], target: Path) -> int:
    """Copies files and folders, each to its own path below the target."""
    code = 0
    for source in map(Path, names):
        if not source.exists():
            sys.stderr.write(f"{source} is not there\n")
            code = _PARTIAL
        elif source.is_dir():
            shutil.copytree(source, target / source, symlinks=True, dirs_exist_ok=True)
        else:
            (target / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / source)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
