"""A GitLab of our own for the tests: it remembers, it is as strict as the real one, and it fails when it is told to."""

from tests.world.forges.fake_gitlab.fake import FakeGitLab as FakeGitLab
from tests.world.forges.http_fake.asked import Request as Request
from tests.world.forges.http_fake.faults import Hold as Hold
from tests.world.forges.http_fake.faults import Kind as Kind
from tests.world.forges.http_fake.front import ALWAYS as ALWAYS
