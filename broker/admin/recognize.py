"""What a file seems to be that somebody gave to a command. Runs in the tool's thread; changes nothing.

By its first bytes, and for a SQLite database by its tables. Whether a log or an export is sound, the commands
find out themselves.
"""

import codecs
import os
import stat
import struct
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote

import apsw
from loggia.broker.storage import data_dir, migrations
from loggia.broker.storage.page_checksums import PAGE_BYTES, SUM_BYTES
from loggia.shared.process.migrations import HEADER_BYTES, MAGIC, number_of
from loggia.shared.protocol.errors import StorageBroken

Wanted = Literal["backup", "export"]

LOOK_BYTES = 4096
WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
TAR_AT = 257
EXPORT_BEGINS = b'{"loggia":'

_HEADER = struct.Struct(">16sHxxB3xII")  # magic, size of a page, bytes reserved in it; changes; pages
_VALID_FOR_AT = 92  # the change that the number of pages was written with
_UNPACK = "unpack it first"
_PACKED = {
    b"\x1f\x8b": "packed with gzip",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\x00": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
}
_OURS = {"meta", "rooms", "accounts", "members", "chunks"}  # tables of a log, of whatever version
_OF_CLIENTS = {"meta", "room", "copy", "outbox"}


class Kind(NamedTuple):
    """`what` the file seems to be; `advice`, what to do instead; `suits`, what it can be taken for."""

    what: str
    advice: str
    suits: Wanted | None = None


_SOMETHING = Kind("something else", "choose another file")
_TEXT = Kind("a text file of something else", "choose another file")


def refuse_unless(wanted: Wanted, file: Path) -> None:
    """Raises StorageBroken, which says what the file seems to be, or OSError if it cannot be read."""
    kind = _kind(file)
    if wanted == "export" and kind in (_SOMETHING, _TEXT):
        return  # whoever reads it says at which line it is none
    if kind.suits != wanted:
        a = "an" if wanted == "export" else "a"
        raise StorageBroken(f"{file} is not {a} {wanted}: it is {kind.what}; {kind.advice}")


def _kind(file: Path) -> Kind:
    mode = os.stat(file).st_mode
    other = "choose another file"
    if stat.S_ISDIR(mode):
        if (file / data_dir.DATABASE).exists():
            return Kind("the data folder of a broker", "name a file that `backup` or `export` wrote of it")
        return Kind("a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        return Kind("a device or a pipe", "write what comes from there into a file first, and name that")
    with file.open("rb") as content:
        begin = content.read(LOOK_BYTES)
    if not begin:
        return Kind("empty", other)
    if begin.startswith(MAGIC):
        return _database(file, begin, os.stat(file).st_size)
    if begin[:4] in WAL_MAGIC:
        return Kind("the -wal file that belongs to a database", "name the database itself")
    for magic, what in _PACKED.items():
        if begin.startswith(magic):
            return Kind(what, _UNPACK)
    if begin[TAR_AT:].startswith(b"ustar"):
        return Kind("a tar archive", _UNPACK)
    return _text(begin)


def _text(begin: bytes) -> Kind:
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Kind("text in UTF-16, as PowerShell's > writes it", "use `export --output FILE`")
    text = begin.removeprefix(codecs.BOM_UTF8)
    if text.startswith(EXPORT_BEGINS):
        return Kind("an export", "`import` takes it in", "export")
    if text.startswith(b"<!DOCTYPE html>"):
        return Kind("a page to read", "what `export` writes as jsonl can be taken in by `import`")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return _SOMETHING
    if b"\0" in text:
        return _SOMETHING
    return _TEXT


def _database(file: Path, begin: bytes, size: int) -> Kind:
    """A backup is a database, and so are others; this one may be cut off, or unreadable."""
    if len(begin) < HEADER_BYTES:
        return Kind(f"the first {size} bytes of a database", "choose another file")
    _, page_bytes, reserved, changes, pages = _HEADER.unpack_from(begin)
    version = number_of(file, migrations.LOG.newest)
    valid_for = int.from_bytes(begin[_VALID_FOR_AT : _VALID_FOR_AT + 4], "big")
    tables = _tables(file)
    if tables >= _OF_CLIENTS:
        return Kind("the copy that a window or a bot keeps", "choose what `backup` wrote")
    ours = tables >= _OURS or (not tables and (page_bytes, reserved) == (PAGE_BYTES, SUM_BYTES))
    if ours and version != migrations.LOG.newest and not migrations.LOG.leads_from(version):
        return Kind(f"a log {migrations.written(version)}", migrations.advice(version))
    if not ours:
        return Kind("a SQLite database of something else", "choose another file")
    whole = pages * PAGE_BYTES
    if changes == valid_for and size < whole and not data_dir.has_frames(file.with_name(f"{file.name}-wal")):
        return Kind(
            f"cut off: {size:,} of {whole:,} bytes are there", "choose another file, or copy it again"
        )
    return Kind("a backup", "`restore` puts it back", "backup")


def _tables(file: Path) -> set[str]:
    """Their names; none where they cannot be read. Nothing is made beside the file."""
    try:
        uri = f"file:{quote(os.fsencode(file.absolute()))}?immutable=1"
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        with closing(apsw.Connection(uri, flags=flags)) as looking:
            rows = looking.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            return {str(name) for (name,) in rows}
    except apsw.Error:
        return set()
