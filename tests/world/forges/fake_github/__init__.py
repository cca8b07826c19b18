"""A GitHub of our own for the tests: it remembers, it is as strict as the real one, and it fails when it is told to."""

from tests.world.forges.fake_github.asked import Request as Request
from tests.world.forges.fake_github.fake import ALWAYS as ALWAYS
from tests.world.forges.fake_github.fake import FakeGitHub as FakeGitHub
from tests.world.forges.fake_github.faults import Hold as Hold
from tests.world.forges.fake_github.faults import Kind as Kind
