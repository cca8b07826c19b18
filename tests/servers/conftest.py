"""What every story on a server may use."""

from tests.stories.conftest import _own_home, kept

__all__ = ["_own_home", "kept"]
