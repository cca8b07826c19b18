"""Tests of bot/world/archives.py."""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.world.archives import MOST_MEMBERS, BadArchive, member


def _archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files, also of several with one name."""
    found = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(found, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return found.getvalue()


_REPORT = _archive(("report.json", b'{"a": 1}'), ("comment.md", b"text"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_is_read(method: int) -> None:
    """What a fork's run has found could not be published."""
    assert member(_archive(("report.json", b'{"a": 1}'), method=method), "report.json", 100) == b'{"a": 1}'


def test_nothing_else_of_the_archive_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive could write over files of the trusted job."""
    monkeypatch.chdir(tmp_path)
    odd = _archive(("../evil", b"x"), ("/tmp/evil", b"x"), ("report.json/../../evil", b"x"), ("report.json", b"1"))
    assert member(odd, "report.json", 100) == b"1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (_archive(("other.json", b"1")), "no report.json"),
        (_archive(("a/report.json", b"1")), "no report.json"),
        (_archive(), "no report.json"),
        (_archive(("report.json", b"1"), ("report.json", b"2")), "more than one report.json"),
        (_archive(("report.json", b"1"), ("report.json\0.txt", b"2")), "more than one report.json"),
        (_archive(("report.json", b"0" * 101)), "larger than 100 bytes"),
        (_archive(("report.json", b"1"), method=zipfile.ZIP_LZMA), "compressed in a way"),
        (b"", "can't be read"),
        (b"PK", "can't be read"),
        (b"no archive at all", "can't be read"),
        (_REPORT[:-30], "can't be read"),
        (_REPORT[30:], "can't be read"),
    ],
)
def test_what_nobody_should_read_is_refused(archive: bytes, words: str) -> None:
    """Two readers would see two reports in one archive; or the job would end with a traceback."""
    with pytest.raises(BadArchive, match=words) as caught:
        member(archive, "report.json", 100)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_blown_up() -> None:
    """A small archive that unpacks to gigabytes would end the job for want of memory. This one says it is small."""
    bomb = bytearray(_archive(("report.json", b"0" * 50_000_000)))
    directory = bomb.rindex(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = struct.pack("<L", 10)
    with pytest.raises(BadArchive):
        member(bytes(bomb), "report.json", 1_000)
    with pytest.raises(BadArchive, match="larger than 1,000 bytes"):
        member(_archive(("report.json", b"0" * 50_000_000)), "report.json", 1_000)


def test_an_encrypted_file_is_refused() -> None:
    """The job would ask for a password that nobody has."""
    locked = bytearray(_archive(("report.json", b"1")))
    directory = locked.rindex(b"PK\x01\x02")
    locked[directory + 8] |= 1
    with pytest.raises(BadArchive, match="encrypted"):
        member(bytes(locked), "report.json", 100)


def test_a_changed_byte_is_noticed() -> None:
    """A report that was cut or damaged on its way would be taken as it is."""
    stored = _archive(("report.json", b"1234567890"), method=zipfile.ZIP_STORED)
    with pytest.raises(BadArchive, match="can't be read"):
        member(stored.replace(b"1234567890", b"1234567891"), "report.json", 100)


def test_too_many_files_are_refused() -> None:
    """The list of files alone could fill the memory."""
    many = _archive(*((f"{number}", b"") for number in range(MOST_MEMBERS)), ("report.json", b"1"))
    with pytest.raises(BadArchive, match="more than 1,000 files"):
        member(many, "report.json", 100)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever comes out of a fork, the trusted job has to be able to say what is wrong with it."""
    broken = bytearray(_REPORT)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadArchive):
        assert len(member(bytes(broken), "report.json", 1_000)) <= 1_000
