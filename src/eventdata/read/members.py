"""Finds the data files behind a path, a pattern or a folder, and opens them as streams, packed ones included."""

import bz2
import codecs
import glob
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote

from eventdata.errors import BadCallError, UnreadableFileError

HEAD_BYTES = 1 << 18
# Where the last line end of a read is looked for.
_TAIL_BYTES = 1 << 16
_ZIP, _GZIP, _ZSTD, _BZIP2, _XZ = b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00"
_EMPTY_ZIP = b"PK\x05\x06"
_PARQUET = b"PAR1"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HIVE = re.compile(r"^([A-Za-z_]\w*)=(.*)$")
# What lies beside the data in published zip files and download folders.
_NO_DATA = (".pdf", ".docx", ".doc", ".md", ".html", ".rda", ".rds", ".dta", ".xlsx", ".xls", ".png", ".jpg")
_PARTIAL = (".tmp", ".part", ".crdownload")

PathLike = str | Path


class Stream(Protocol):
    """What the readers need of an open file."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""

    def close(self) -> None:
        """Close the file."""


@dataclass(frozen=True)
class Member:
    """One file of records: a plain or packed file, or one member of a zip file."""

    name: str
    path: Path
    inside: str | None = None
    hive: tuple[tuple[str, str], ...] = field(default=())

    def open(self) -> Stream:
        """The unpacked bytes, as a stream."""
        if self.inside is not None:
            return _open_zip_member(self.path, self.inside)
        try:
            return _unpacked(self.path)
        except OSError as error:
            raise UnreadableFileError(f"{self.path}: cannot be read ({error}).") from error

    @property
    def is_parquet(self) -> bool:
        """True for a Parquet file."""
        return self.inside is None and _magic(self.path).startswith(_PARQUET)


def find_members(paths: PathLike | Iterable[PathLike]) -> list[Member]:
    """The data files behind a path, a pattern (`*`, `?`, `**`), a folder, or several of these, each once, by name.

    A folder is searched to its leaves; `key=value` folder names become `Member.hive`. Raises
    `UnreadableFileError` where nothing is found.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not given:
        raise BadCallError(
            "no path given. Hint: name a file, a folder, a pattern like 'data/*.zip', or a list of them."
        )
    files: dict[Path, None] = {}
    for path in given:
        files |= dict.fromkeys(_files_of(path))
    return [member for path in files for member in _members_of(path)]


def _files_of(path: PathLike) -> list[Path]:
    plain = Path(path)
    if plain.is_dir():
        found = sorted(p for p in plain.rglob("*") if p.is_file() and _may_hold_data(p, plain))
        if not found:
            raise UnreadableFileError(f"{path}: the folder holds no data files.")
        return found
    if plain.is_file():
        return [plain]
    if glob.has_magic(str(path)):
        found = sorted(Path(p) for p in glob.glob(str(path), recursive=True))  # noqa: PTH207 - takes absolute patterns
        found = [p for p in found if p.is_file() and _may_hold_data(p, p.parent)]
        if found:
            return found
        raise UnreadableFileError(f"{path}: no file matches this pattern.")
    raise UnreadableFileError(f"{path}: there is no such file or folder.")


def _may_hold_data(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    hidden = any(part.startswith((".", "_")) for part in parts)
    return not hidden and path.suffix.lower() not in _NO_DATA + _PARTIAL


def _members_of(path: Path) -> Iterator[Member]:
    hive = tuple((m[1], unquote(m[2])) for part in path.parent.parts if (m := _HIVE.match(part)))
    if not _magic(path).startswith((_ZIP, _EMPTY_ZIP)):
        yield Member(str(path), path, hive=hive)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableFileError(
            f"{path}: the zip file is damaged ({error}). Hint: download it again."
        ) from error
    inside = [n for n in inside if not n.startswith("__MACOSX/") and Path(n).suffix.lower() not in _NO_DATA]
    inside = [n for n in inside if not Path(n).name.startswith(".")]
    if not inside:
        raise UnreadableFileError(f"{path}: the zip file holds no data files.")
    for name in sorted(inside):
        yield Member(f"{path}/{name}", path, name, hive)


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(8)
    except OSError as error:
        raise UnreadableFileError(f"{path}: cannot be read ({error}).") from error


def _open_zip_member(path: Path, inside: str) -> Stream:
    try:
        with zipfile.ZipFile(path) as archive:
            return _inner(_Guarded(archive.open(inside)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableFileError(f"{path}: member {inside} cannot be read ({error}).") from error


def _inner(stream: Stream) -> Stream:
    """A member of a zip file may be packed itself (`x.csv.gz` in a zip)."""
    head = stream.read(8)
    joined = _Joined(head, stream)
    return _Gunzip(joined) if head.startswith(_GZIP) else joined


def _unpacked(path: Path) -> Stream:
    magic = _magic(path)
    if magic.startswith(_GZIP):
        return _Gunzip(path.open("rb"))
    if magic.startswith(_ZSTD):
        import pyarrow as pa

        return _Guarded(pa.input_stream(str(path), compression="zstd"))
    if magic.startswith(_BZIP2):
        return _Guarded(bz2.open(path, "rb"))
    if magic.startswith(_XZ):
        return _Guarded(lzma.open(path, "rb"))
    return path.open("rb")


class _Joined:
    """Bytes already taken from a stream, and the rest of it."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1, /) -> bytes:
        head, self._head = self._head, b""
        return (
            head + self._rest.read(size - len(head) if size > len(head) else size)
            if head
            else self._rest.read(size)
        )

    def close(self) -> None:
        self._rest.close()


class _Guarded:
    """A packed stream that ends where the packing is broken, and remembers that it did."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.is_cut = False

    def read(self, size: int = -1, /) -> bytes:
        if self.is_cut:
            return b""
        try:
            return bytes(self._stream.read(size))
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError):
            self.is_cut = True
            return b""

    def close(self) -> None:
        self._stream.close()


class _Gunzip:
    """Unpacks gzip, several parts one after another too, and gives all bytes before a break."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unpack = zlib.decompressobj(31)
        self.is_cut = False
        self._is_done = False
        self._started = False

    def read(self, size: int = -1, /) -> bytes:
        parts: list[bytes] = []
        wanted = size if size >= 0 else 1 << 62
        while wanted > 0 and not self._is_done:
            part = self._next(min(wanted, 1 << 22))
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        if self._unpack.eof:
            packed = self._unpack.unused_data.lstrip(b"\0") or self._stream.read(1 << 20).lstrip(b"\0")
            self._unpack, self._started = zlib.decompressobj(31), False
        else:
            packed = self._unpack.unconsumed_tail or self._stream.read(1 << 20)
        if not packed:
            self._is_done = True
            self.is_cut = self._started and not self._unpack.eof
            return b""
        self._started = True
        try:
            return self._unpack.decompress(packed, size)
        except zlib.error:
            self._is_done = self.is_cut = True
            return b""

    def close(self) -> None:
        self._stream.close()


class TextStream:
    """A stream of UTF-8 lines: byte order marks dropped, UTF-16 recoded, lone carriage returns turned into line ends.

    `repairs` names what was done: `bom`, `utf-16`, `cr-line-ends`; `is_cut` is true when the packing broke off.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._head = stream.read(HEAD_BYTES)
        self.repairs: list[str] = []
        self._decode: Callable[[bytes, bool], str] | None = None
        self._is_old_mac = False
        self._sniff()

    @property
    def is_cut(self) -> bool:
        """The packed file broke off before its end."""
        return bool(getattr(self._stream, "is_cut", False))

    def _sniff(self) -> None:
        for mark, encoding in _UTF16.items():
            if self._head.startswith(mark):
                self.repairs.append("utf-16")
                decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
                self._decode = decoder.decode
                self._head = self._head[2:]
                return
        if self._head.startswith(codecs.BOM_UTF8):
            self.repairs.append("bom")
            self._head = self._head[3:]
        if b"\r" in self._head and b"\n" not in self._head:
            self.repairs.append("cr-line-ends")
            self._is_old_mac = True

    def read(self, size: int) -> bytes:
        """At most about `size` bytes; none at the end."""
        head, self._head = self._head, b""
        data = head or self._stream.read(self._whole_lines(size))
        if self._decode is not None:
            text = self._decode(data, not data)
            while data and not text:
                data = self._stream.read(size)
                text = self._decode(data, not data)
            data = text.encode("utf-8", errors="replace")
        return data.replace(b"\r", b"\n") if self._is_old_mac else data

    def _whole_lines(self, size: int) -> int:
        """Number of bytes, at most `size`, that end with a line where the file tells: such a read need not be copied."""
        stream = self._stream
        if not isinstance(stream, io.BufferedReader) or size <= _TAIL_BYTES or not stream.seekable():
            return size
        start = stream.tell()
        stream.seek(start + size - _TAIL_BYTES)
        tail = stream.read(_TAIL_BYTES)
        stream.seek(start)
        end = tail.rfind(b"\n") + 1
        return size - _TAIL_BYTES + end if len(tail) == _TAIL_BYTES and end else size

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def read_head(member: Member, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of the unpacked text."""
    stream = TextStream(member.open())
    try:
        parts, length = [], 0
        while length < size and (part := stream.read(size - length)):
            parts.append(part)
            length += len(part)
        return b"".join(parts)
    finally:
        stream.close()


def read_all(member: Member) -> tuple[bytes, list[str], bool]:
    """The whole unpacked text, the repairs made on the way, and whether the packing broke off."""
    stream = TextStream(member.open())
    try:
        buffer = io.BytesIO()
        while part := stream.read(1 << 24):
            buffer.write(part)
        return buffer.getvalue(), stream.repairs, stream.is_cut
    finally:
        stream.close()
