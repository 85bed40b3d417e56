"""Files that are whole: made under a temporary name and put in place; what is not ours is never removed."""

import errno
import os
import platform
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from kompaslite.schema import KompasliteError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "quota exceeded", "File too large")
_HOST = f"{zlib.crc32(platform.node().encode()):08x}"


class StorageError(KompasliteError, OSError):
    """A file cannot be written, or is not what it should be."""


def require_free(path: str | Path, *, force: bool, marker: str = "") -> None:
    """Raise if what stands at a path may not be replaced: any file unless forced, and any folder without the marker."""
    path = Path(path)
    with _told(path):
        if not path.parent.is_dir():
            raise StorageError(f"{path}: the folder {path.parent} does not exist. Create it first.")
        if path.is_dir() and not (marker and (path / marker).exists()):
            raise StorageError(
                f"{path}: a folder of this name is there, and what is in it is not removed. Choose another name, or "
                "move the folder."
            )
        if os.path.lexists(path) and not force:
            raise StorageError(f"{path}: the file exists. Choose another name, or say --force (force=True).")


@contextmanager
def whole_file(path: str | Path, *, force: bool, reserve: int = 0, marker: str = "") -> Iterator[Path]:
    """A temporary name beside the path; what was written there takes the path's place at the end."""
    require_free(path, force=force, marker=marker)
    # a link stays a link: the file that it points to is replaced
    target = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    _clear(target)
    temporary = _beside(target, "part")
    try:
        with _told(Path(path)):
            _require_room(temporary, reserve)
            yield temporary
            _flush(temporary)
            require_free(target, force=force, marker=marker)
            if marker and target.is_dir():
                _exchange(temporary, target)
            else:
                _put_in_place(temporary, target, force=force)
    finally:
        _remove(temporary)


def require_writable(folder: str | Path, *, force: bool = False) -> None:
    """Raise unless a folder may be written; long work asks before it begins."""
    folder = Path(folder)
    with _told(folder):
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
        with whole_file(folder, force=False) as temporary:
            temporary.mkdir()
            _make(makers, temporary)
        return [folder / name for name in makers]
    targets = {name: folder / name for name in makers}
    _require_all_free(targets, force=force)
    _clear(folder / "files")
    temporary = _beside(folder / "files", "part")
    try:
        with _told(folder):
            temporary.mkdir()
            _make(makers, temporary)
            _require_all_free(targets, force=force)
            for name, target in targets.items():
                _put_in_place(temporary / name, target, force=force)
    finally:
        _remove(temporary)
    return list(targets.values())


def _require_all_free(targets: Mapping[str, Path], *, force: bool) -> None:
    for target in targets.values():
        require_free(target, force=force)


def _make(makers: Mapping[str, Callable[[Path], object]], folder: Path) -> None:
    for name, maker in makers.items():
        with _told(Path(name)):
            maker(folder / name)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What goes wrong with a file, in words."""
    try:
        yield
    except KompasliteError:
        raise
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS):
            words = (
                "the disk or quota is full. An earlier file of this name is untouched; free space or choose another "
                "disk, and write again."
            )
        else:
            words = (
                f"writing failed ({type(error).__name__}: {error}). An earlier file of this name is untouched; look at "
                "the rights of the folder, or choose another one."
            )
        raise StorageError(f"{path}: {words}") from error


def _beside(path: Path, ending: str) -> Path:
    """A name that tells whose it is, so that what a killed run left can be cleared."""
    mine = f"{_HOST}-{os.getpid()}-{uuid4().hex[:8]}"
    return path.with_name(f".{path.stem[:60]}-{mine}.{ending}{path.suffix[:20]}")


def _clear(path: Path) -> None:
    """Clear what killed runs of this machine left beside a path; a folder that stood aside comes back."""
    if os.name != "posix":
        return
    start = f".{path.stem[:60]}-{_HOST}-"
    with suppress(OSError):
        for name in os.listdir(path.parent):
            number = name.removeprefix(start).partition("-")[0]
            if not name.startswith(start) or not number.isdigit() or _runs(int(number)):
                continue
            left = path.with_name(name)
            if name.endswith(f".old{path.suffix[:20]}") and not path.exists():
                os.replace(left, path)
            else:
                _remove(left)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


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


def _put_in_place(temporary: Path, path: Path, *, force: bool) -> None:
    if force or temporary.is_dir():
        os.replace(temporary, path)  # a folder never takes the place of one that holds something
        return
    try:
        os.link(temporary, path)  # unlike a move, a link fails if something appeared meanwhile
    except FileExistsError as error:
        raise StorageError(f"{path}: a file appeared there meanwhile, and stays. Choose another name.") from error
    except OSError:  # not every file system has links
        require_free(path, force=False)
        os.replace(temporary, path)


def _exchange(temporary: Path, path: Path) -> None:
    """A folder cannot be replaced in one move: the old one steps aside until the new one stands."""
    aside = _beside(path, "old")
    os.replace(path, aside)
    try:
        os.replace(temporary, path)
    except OSError:
        os.replace(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
