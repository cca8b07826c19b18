"""What every story may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import warm


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Lets proofbot keep its things below the tests' folder; no setting of the developer's steers it. dbt is warm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path_factory.mktemp("kept")))
        for name in ("DBT_PROFILES_DIR", "DBT_PROFILE", "DBT_TARGET"):
            patch.delenv(name, raising=False)
        patch.setenv("PROOFBOT_DBT", str(warm.dbt()))
        patch.setenv("COLUMNS", "100")
        yield


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder of this test's own."""
    folder = tmp_path / "kept"
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(folder))
    return folder
