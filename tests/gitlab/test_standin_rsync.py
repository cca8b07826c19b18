"""What stands in for rsync in the tests of the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitlab import standin_rsync


def test_what_is_named_is_kept_below_its_own_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of the template would look for artifacts in vain."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one.txt").write_text("1")
    (tmp_path / "two.txt").write_text("2")
    (tmp_path / "names").write_text("./two.txt\n./a/\n./gone\n")
    (tmp_path / "kept").mkdir()
    call = ["--exclude", ".gitlab-ci-local/**", "-rRa", f"--files-from={tmp_path / 'names'}", ".", "kept/."]
    assert standin_rsync.main(call) == 23
    kept = {path.relative_to(tmp_path / "kept").as_posix() for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    assert kept == {"two.txt", "a/b/one.txt"}


@pytest.mark.parametrize("call", [[], ["-a", "x/.", "y"], ["-Ra", "./x", "../../cache/k/."]], ids=str)
def test_another_call_is_refused(call: list[str]) -> None:
    """A newer gitlab-ci-local would be believed that it kept something."""
    assert standin_rsync.main(call) == 1
