"""The shape of the house: who may import whom, and what no module may look like.

import-linter holds the contracts of pyproject.toml. What it can't see is read from the syntax trees here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = _ROOT / "bot"
_VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"})
_MOST_LINES = 400

# Whom the modules of a room may import of ours. A room is the first part of a module's path below bot/.
_PURE = ("core", "checks", "render", "domain", "errors")
_NOUNS = frozenset({"domain", "errors"})
_MAY_IMPORT = {
    "domain": frozenset[str](),
    "errors": frozenset[str](),
    "core": _NOUNS,
    "checks": _NOUNS | {"core"},
    "render": _NOUNS | {"core"},
    "world": _NOUNS,
    "run": _NOUNS | {"core", "checks", "render", "world"},
    "cli": _NOUNS | {"core", "checks", "render", "world", "run"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset[str](),
}
# Of these, pure rooms may have the part that only thinks.
_PURE_PART = {
    "pathlib": frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"}),
    "urllib": frozenset({"urllib.parse"}),
}
_TOUCHING_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
_TOUCHING_METHODS = frozenset({"now", "utcnow", "today", "import_module", "read_text", "write_text"})


def _modules(package: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(package.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(tree: ast.Module, package_parts: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    """Every import of a module, those inside functions counted: its line, the module, and the name or ''."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            start = package_parts[: len(package_parts) - node.level + 1] if node.level else ()
            module = ".".join((*start, *([node.module] if node.module else [])))
            for alias in node.names:
                yield node.lineno, module, alias.name


def _room(path: Path, package: Path) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def _import_faults(path: Path, tree: ast.Module, package: Path) -> Iterator[str]:
    room = _room(path, package)
    parts = ("bot", *path.relative_to(package).parent.parts)
    for line, module, name in _imports(tree, parts):
        top, *rest = module.split(".")
        if top != "bot":
            allowed = _PURE_PART.get(top)
            if room in _PURE and allowed is not None and name not in allowed and module not in allowed:
                yield f"{path.name}:{line} imports {module} {name}, and {room} is pure"
            continue
        target = rest[0] if rest else name
        if target != room and target not in _MAY_IMPORT.get(room, frozenset()):
            yield f"{path.name}:{line} imports {target}, which {room} must not know"


def _call_faults(path: Path, tree: ast.Module, package: Path) -> Iterator[str]:
    if _room(path, package) not in _PURE:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in _TOUCHING_CALLS:
            yield f"{path.name}:{node.lineno} calls {called.id} in a pure room"
        if isinstance(called, ast.Attribute) and called.attr in _TOUCHING_METHODS:
            yield f"{path.name}:{node.lineno} calls {called.attr} in a pure room"


def _shape_faults(path: Path, tree: ast.Module, package: Path) -> Iterator[str]:
    room = _room(path, package)
    if room not in _MAY_IMPORT:
        yield f"{path.name} lies in {room}, which is no room of the design"
    if _VAGUE_NAMES & set(path.relative_to(package).with_suffix("").parts):
        yield f"{path.name} has a name that says nothing"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > _MOST_LINES:
        yield f"{path.name} has {lines} lines"
    if not ast.get_docstring(tree):
        yield f"{path.name} has no docstring"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for body in (tree.body, *(node.body for node in classes)):
        for node in body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{path.name}:{node.lineno} {node.name} has no docstring"


def _faults(package: Path) -> list[str]:
    return [
        fault
        for path, tree in _modules(package)
        for rule in (_import_faults, _call_faults, _shape_faults)
        for fault in rule(path, tree, package)
    ]


def test_contracts_of_import_linter_are_kept() -> None:
    """A user would lose the promise that deciding and touching are apart, so that what decides is tested whole."""
    assert lint_imports(config_filename=str(_ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_module_keeps_to_its_room() -> None:
    """A user would lose the same through an import inside a function, a vague module or an undocumented door."""
    assert _faults(_PACKAGE) == []


@pytest.mark.parametrize(
    ("place", "text", "fault"),
    [
        ("core/x.py", "def f() -> None:\n    '''F.'''\n    from bot.world import git\n", "x.py:3 imports world"),
        ("core/x.py", "from ..render import words\n", "x.py:1 imports render"),
        ("core/x.py", "from .. import world\n", "x.py:1 imports world"),
        ("world/x.py", "import bot.core.plan\n", "x.py:1 imports core"),
        ("checks/x.py", "from bot import render\n", "x.py:1 imports render"),
        ("core/x.py", "from pathlib import Path\n", "x.py:1 imports pathlib Path, and core is pure"),
        ("render/x.py", "import pathlib\n", "x.py:1 imports pathlib"),
        ("core/x.py", "import urllib.request\n", "x.py:1 imports urllib.request"),
        ("core/x.py", "open('a')\n", "x.py:1 calls open"),
        ("core/x.py", "import datetime\ndatetime.datetime.now()\n", "x.py:2 calls now"),
        ("core/utils.py", "", "utils.py has a name that says nothing"),
        ("common/x.py", "", "x.py lies in common, which is no room"),
        ("core/x.py", "\n" * 401, "x.py has 40"),
        ("core/x.py", "", "x.py has no docstring"),
        (
            "core/x.py",
            "class Plan:\n    '''A plan.'''\n    def draw(self) -> None: ...\n",
            "x.py:3 draw has no docstring",
        ),
    ],
)
def test_a_fault_is_seen(tmp_path: Path, place: str, text: str, fault: str) -> None:
    """Without it the test above could pass because it sees nothing."""
    path = tmp_path / place
    path.parent.mkdir()
    path.write_text(text)
    assert any(found.startswith(fault) for found in _faults(tmp_path)), _faults(tmp_path)


@pytest.mark.parametrize("place", ["core/x.py", "checks/x.py"])
def test_what_is_allowed_is_no_fault(tmp_path: Path, place: str) -> None:
    """Without it the sample tests above could pass because everything is a fault."""
    path = tmp_path / place
    path.parent.mkdir()
    path.write_text(
        '"""A module."""\n'
        "from pathlib import PurePosixPath\nfrom urllib.parse import urlparse\nfrom bot.domain import Row\n"
    )
    assert _faults(tmp_path) == []
