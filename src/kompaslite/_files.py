"""Files that are whole: written under a temporary name and renamed, so that a failure leaves the old file as it was."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from kompaslite.schema import KompasliteError


class StorageError(KompasliteError, OSError):
    """A file cannot be written, or is not what it should be."""


@contextmanager
def whole_file(path: str | Path, *, reserve: int = 0) -> Iterator[Path]:
    """A temporary name beside the path; what was written there takes the path's place at the end."""
    path = Path(path)
    if not path.parent.is_dir():
        raise StorageError(f"{path}: the folder {path.parent} does not exist. Create it first.")
    temporary = path.with_name(f".{path.stem}-{uuid4().hex[:8]}.part{path.suffix}")
    try:
        _require_room(temporary, reserve)
        yield temporary
        _flush(temporary)
        _put_in_place(temporary, path)
    except BaseException as error:
        _remove(temporary)
        if isinstance(error, OSError | RuntimeError) and not isinstance(error, KompasliteError):
            raise StorageError(_why(path, error)) from error
        raise


def _require_room(temporary: Path, size: int) -> None:
    if size <= 0:
        return
    if not hasattr(os, "posix_fallocate"):
        if shutil.disk_usage(temporary.parent).free < size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return
    with temporary.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, size)
    temporary.unlink()


def _flush(written: Path) -> None:
    if written.is_dir():
        return
    descriptor = os.open(written, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(temporary: Path, path: Path) -> None:
    if not path.is_dir():
        os.replace(temporary, path)
        return
    # a folder cannot be replaced in one move: the old one steps aside until the new one stands
    aside = path.with_name(f".{path.name}-{uuid4().hex[:8]}.old")
    os.replace(path, aside)
    try:
        os.replace(temporary, path)
    except OSError:
        os.replace(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _remove(temporary: Path) -> None:
    if temporary.is_dir():
        shutil.rmtree(temporary, ignore_errors=True)
    else:
        temporary.unlink(missing_ok=True)


def _why(path: Path, error: OSError | RuntimeError) -> str:
    number = getattr(error, "errno", None)
    full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(
        words in str(error) for words in ("No space left", "quota exceeded", "File too large")
    )
    if full:
        return (
            f"{path}: the disk or quota is full. An earlier file of this name is untouched; free space or "
            "choose another disk, and write again."
        )
    return f"{path}: writing failed ({type(error).__name__}: {error}). An earlier file of this name is untouched."


@contextmanager
def reading(words: Callable[[BaseException], KompasliteError]) -> Iterator[None]:
    """Tell in words what a library says of a broken file; a compiled one may panic, which is no ordinary exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError, KompasliteError):
        raise
    except BaseException as error:
        raise words(error) from error


def cell_name(row: int, column: int) -> str:
    """Name of a cell of a sheet, row from 1 and column from 0."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def require_writable(folder: str | Path, *, force: bool = False) -> None:
    """Raise unless a folder may be written; long work asks before it begins."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: this is a file, not a folder. Choose another name.")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise StorageError(f"{folder}: the folder is not empty. Choose another name, or say --force (force=True).")
    if not folder.parent.is_dir():
        raise StorageError(f"{folder}: the folder {folder.parent} does not exist. Create it first.")


def write_folder(
    folder: str | Path, makers: Mapping[str, Callable[[Path], object]], *, force: bool = False
) -> list[Path]:
    """Files of a folder, all made before the first one takes its place."""
    folder = Path(folder)
    require_writable(folder, force=force)
    if not folder.exists():
        with whole_file(folder) as temporary:
            temporary.mkdir()
            _make(makers, temporary)
    else:
        with TemporaryDirectory(prefix=".", suffix=".part", dir=folder) as beside:
            _make(makers, Path(beside))
            for name in makers:
                (Path(beside) / name).replace(folder / name)
    return [folder / name for name in makers]


def _make(makers: Mapping[str, Callable[[Path], object]], folder: Path) -> None:
    for name, maker in makers.items():
        try:
            maker(folder / name)
        except OSError as error:
            if isinstance(error, KompasliteError):
                raise
            raise StorageError(f"{name}: it could not be written ({error}). Earlier files are untouched.") from error
