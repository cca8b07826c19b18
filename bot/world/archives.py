"""Reads one file out of a ZIP archive in memory. Nothing is unpacked, whatever the archive wants."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

MOST_MEMBERS = 1_000
_ENCRYPTED = 0x1
_ENTRY = b"PK\x01\x02"  # how each entry of the list of files begins
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class BadArchive(Exception):
    """An archive that can't be read, or that nobody should read. The text is one line, with no words of the archive."""


def member(archive: bytes, name: str, limit: int) -> bytes:
    """The content of one file of an archive.

    Args:
        archive: a ZIP archive, from anywhere.
        name: the file's whole name in it.
        limit: how many bytes the content may have at most, whatever the archive says of its size.

    Raises:
        BadArchive: there is no such file, or more than one of that name; it is too large or encrypted; or the archive
            is none, is broken, or has too many files.
    """
    # Counted before the list is read, because every entry takes much more memory than it has bytes.
    if archive.count(_ENTRY) > MOST_MEMBERS:
        raise BadArchive(f"the archive has more than {MOST_MEMBERS:,} files")
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            return _read(opened, _only(opened.infolist(), name), limit)
    except BadArchive:
        raise
    # What a broken archive raises is not written down: those below were seen.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise BadArchive(f"the archive can't be read ({type(error).__name__})") from None


def _only(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    found = [one for one in members if one.filename == name]
    if len(found) != 1:
        raise BadArchive(f"the archive has {'no' if not found else 'more than one'} {name}")
    if found[0].flag_bits & _ENCRYPTED:
        raise BadArchive(f"{name} is encrypted")
    if found[0].compress_type not in _METHODS:
        raise BadArchive(f"{name} is compressed in a way that is not read")
    return found[0]


def _read(opened: zipfile.ZipFile, found: zipfile.ZipInfo, limit: int) -> bytes:
    with opened.open(found) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise BadArchive(f"{found.filename} is larger than {limit:,} bytes")
    return content
