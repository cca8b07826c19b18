"""The configuration of a run: where it is found, what a request changes in it, and what it can hold with our checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator
from rich.console import Console

from bot.core import config
from bot.core.profile import Profile
from bot.core.sql import DuckDb
from bot.domain import Side
from bot.errors import UsageError
from bot.run import configuration
from bot.run.config import schema_text
from bot.run.configuration import KINDS
from bot.run.stage import Request, Setting, Stage
from bot.world.dbt import Dbt, Toolchain
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import SideFolders, Workspace
from tests.core.manifests import Entry, node
from tests.core.manifests import read as project_of

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_CHANGED = "`.proofbot.yml` changed: the change takes effect after the merge"
Files = Mapping[str, str]


class _Scene:
    """Two trees in a folder, with a dbt project in `shop/`, and what the chapters are told of them."""

    def __init__(self, folder: Path, base: Files, head: Files | None = None, named: Path | None = None) -> None:
        sides = {Side.BASE: base, Side.HEAD: base if head is None else head}
        folders = {side: _folders(folder / side.value, side, files) for side, files in sides.items()}
        request = Request(
            here=folder, base=None, head=None, working_tree=False, project_dir=None, profiles_dir=None, profile=None,
            target=None, variables={}, variables_text="", out=None, dry_run=False, verbose=False, config=named,
        )  # fmt: skip
        children, toolchain = Children(), Toolchain(("dbt",), "1.11.0", {"duckdb": "1.10.0"})
        self.stage = Stage(request, Progress(Console(quiet=True), verbose=False), Workspace(folder), children)
        self.setting = Setting(
            toolchain=toolchain, adapter_version="1.10.0", profile=Profile("shop", "dev", "duckdb", {}, ""),
            profile_path=folder, variables_text="", grounds=cast("Any", None), dialect=DuckDb(), threads=1,
            base=folders[Side.BASE], head=folders[Side.HEAD],
            dbt=Dbt(toolchain, children, profile="shop", target="dev", variables="", on_event=lambda _: None),
        )  # fmt: skip

    def settle(self, base: Entry | None = None, head: Entry | None = None) -> tuple[int, tuple[str, ...]]:
        """How many samples are shown of the model, and what is said."""
        loaded = configuration.load(self.stage, self.setting.base)
        before, after = base or node("orders"), head or base or node("orders")
        settings, notices = configuration.settle(
            self.stage, self.setting, loaded, (project_of(before), project_of(after))
        )
        return settings.models["model.shop.orders"].samples.rows, notices


def _folders(tree: Path, side: Side, files: Files) -> SideFolders:
    (tree / "shop").mkdir(parents=True)
    for name, text in files.items():
        (tree / name).write_text(text, encoding="utf-8")
    return SideFolders(side, tree, tree / "shop", *(tree for _ in range(3)))


@pytest.mark.parametrize(
    ("files", "where", "rows"),
    [
        ({}, "", 0),
        ({".proofbot.yml": "samples: 1"}, ".proofbot.yml", 1),
        ({"shop/.proofbot.yml": "samples: 2"}, "shop/.proofbot.yml", 2),
        ({".proofbot.yml": "samples: 1", "shop/.proofbot.yml": "samples: 2"}, "shop/.proofbot.yml", 2),
    ],
)
def test_it_is_found_in_the_project_or_else_at_the_root(tmp_path: Path, files: Files, where: str, rows: int) -> None:
    """A user's configuration would be overlooked, or that of another project of the repository be used."""
    scene = _Scene(tmp_path, files)
    assert configuration.load(scene.stage, scene.setting.base).where == where
    assert scene.settle() == (rows, ())


@pytest.mark.parametrize(
    ("base", "head", "rows", "notice"),
    [
        ("samples: 1", "samples: 1", 1, None),
        ("samples: 1", "samples: 9", 1, f"{_CHANGED}, and this request is judged by the old one: samples: 1 -> 9"),
        ("samples: 1", "samples: 1 # or 2", 1, _CHANGED),
        (None, "samples: 9", 0, "`.proofbot.yml` is new: it takes effect after the merge"),
        ("samples: 1", None, 1, "`.proofbot.yml` is removed: that takes effect after the merge"),
    ],
)
def test_what_a_request_changes_waits_for_the_merge(
    tmp_path: Path, base: str | None, head: str | None, rows: int, notice: str | None
) -> None:
    """A request would decide what is asked of it, or its author believe that it does."""
    before, after = ({".proofbot.yml": text} if text is not None else {} for text in (base, head))
    assert _Scene(tmp_path, before, after).settle() == (rows, (notice,) if notice else ())


def test_what_the_changed_file_configures_in_vain_is_said_before_the_merge(tmp_path: Path) -> None:
    """A user would merge a misspelt selection, and learn of it in the next request."""
    head = {".proofbot.yml": "models:\n- {select: ordres, samples: 1}"}
    assert _Scene(tmp_path, {}, head).settle()[1] == (
        "`.proofbot.yml` is new: it takes effect after the merge",
        ".proofbot.yml of head:2: `select: ordres` has no models; did you mean `orders`?",
    )


def test_a_mistake_at_base_is_told_with_how_to_get_out(tmp_path: Path) -> None:
    """A user whose request mends the configuration would not understand why it is still refused."""
    with pytest.raises(UsageError) as caught:
        _Scene(tmp_path, {".proofbot.yml": "sample: 1"}, {".proofbot.yml": "samples: 1"}).settle()
    assert str(caught.value) == ".proofbot.yml:1:1: sample: there is no such key; did you mean `samples`?"
    assert "merged by hand" in caught.value.remedy


@pytest.mark.parametrize("text", ["sample: 1", "models: [{select: orders, checks: {histogram: true}}]"])
def test_a_mistake_that_a_request_leaves_behind_is_refused(tmp_path: Path, text: str) -> None:
    """A team would merge a file that every later run ends at."""
    with pytest.raises(UsageError, match=r"^\.proofbot\.yml of head:1") as caught:
        _Scene(tmp_path, {}, {".proofbot.yml": text}).settle()
    assert "before the merge" in caught.value.remedy


def test_a_model_that_a_check_still_reads_cannot_go_unnoticed(tmp_path: Path) -> None:
    """A team would merge a removal after which every run ends at a query that reads the model."""
    text = "queries: {all: {sql: \"select * from {{ ref('customers') }}\"}}"
    scene = _Scene(tmp_path, {".proofbot.yml": text})
    with pytest.raises(UsageError, match=r"neither side has ref\('customers'\)") as caught:
        scene.settle(node("customers"), node("orders"))
    assert "before the merge" in caught.value.remedy


@pytest.mark.parametrize(
    ("base", "head", "remedy"),
    [({"keey": "id"}, {}, "of the base revision"), ({}, {"keey": "id"}, "before the merge")],
)
def test_a_mistake_in_meta_is_told_for_its_side(
    tmp_path: Path, base: dict[str, object], head: dict[str, object], remedy: str
) -> None:
    """A user would look for the mistake in the wrong revision."""
    entries = [node("orders", meta={"proofbot": said}) for said in (base, head)]
    with pytest.raises(UsageError, match="did you mean `key`") as caught:
        _Scene(tmp_path, {}).settle(*entries)
    assert remedy in caught.value.remedy


def test_a_file_can_be_tried(tmp_path: Path) -> None:
    """A user could not see what a file does before it is merged, or would take the trial for the policy."""
    (tmp_path / "mine.yml").write_text("samples: 7")
    scene = _Scene(tmp_path, {".proofbot.yml": "samples: 1"}, named=tmp_path / "mine.yml")
    assert scene.settle() == (7, ("the configuration is mine.yml, and not that of the base revision",))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Path.exists, "there is no file"),
        (Path.mkdir, "is a folder"),
        (lambda path: path.write_bytes(b"samples: \xff"), "is not written in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    """A user who mistypes a path would be told a defect."""
    make(tmp_path / "mine.yml")
    scene = _Scene(tmp_path, {}, named=tmp_path / "mine.yml")
    with pytest.raises(UsageError, match=words):
        configuration.load(scene.stage, scene.setting.base)


@pytest.mark.parametrize("name", [".proofbot.yaml", "shop/proofbot.yml"])
def test_a_file_of_nearly_the_right_name_is_told(tmp_path: Path, name: str) -> None:
    """A user would wonder why a configuration has no effect."""
    assert _Scene(tmp_path, {}, {name: "samples: 1"}).settle()[1] == (
        f"`{name}` is not read: its name must be `.proofbot.yml`",
    )


def test_the_schema_in_the_docs_is_that_of_the_checks(assert_golden: Callable[[Path, str], None]) -> None:
    """A user's editor would know other options than the installed version. Write it anew: pytest --regenerate."""
    Draft202012Validator.check_schema(json.loads(schema_text()))
    assert_golden(_DOCS / "proofbot.schema.json", schema_text())


def _examples() -> list[str]:
    """Every example in the documentation that stands by itself."""
    blocks = (_DOCS / "configuration.md").read_text(encoding="utf-8").split("```yaml\n")[1:]
    texts = [block.split("```")[0] for block in blocks]
    return [text for text in texts if "config:" not in text and text.count("samples:") < 2]


def test_what_the_docs_show_is_right() -> None:
    """A user would copy an example that is refused."""
    texts = [(_DOCS / "example.proofbot.yml").read_text(encoding="utf-8"), *_examples()]
    validator = Draft202012Validator(json.loads(schema_text()))
    assert len(texts) > 4
    for text in texts:
        config.read(text, "docs", KINDS)
        assert list(validator.iter_errors(yaml.safe_load(text) or {})) == []


def test_the_example_of_the_docs_fits_on_a_screen() -> None:
    """A user would not read it."""
    lines = (_DOCS / "example.proofbot.yml").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 55
    assert max(map(len, lines)) <= 100


def test_every_check_says_what_it_is_about() -> None:
    """A user's editor would show a check without a word on it."""
    assert all(kind.about for kind in KINDS.checks)
    assert all(kind.about for kind in KINDS.named)
