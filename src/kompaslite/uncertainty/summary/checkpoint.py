"""Checkpoints: what a run has done so far, in a folder, so that it can go on after an interruption."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite._files import StorageError, whole_file
from kompaslite.schema import SchemaError, short_list

Array = NDArray[Any]
_RUN = "run.json"


class Checkpoint:
    """A folder with the finished blocks of one run; without a folder nothing is kept.

    Parameters
    ----------
    folder : Path or None
        Made if it is not there; its own folder must be.
    parts : mapping of str to str
        What the run is, from `fingerprint`.

    Raises
    ------
    SchemaError
        If the folder holds the checkpoint of another run, or other files.
    StorageError
        If it cannot be written.
    """

    def __init__(self, folder: Path | None, parts: Mapping[str, str]) -> None:
        self.folder = folder
        if folder is None:
            return
        if (folder / _RUN).is_file():
            _check_same(folder, _read_run(folder), parts)
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SchemaError(
                f"{folder}: neither an empty folder nor a checkpoint, so nothing is written there. Name a new folder."
            )
        else:
            _make(folder)
            with whole_file(folder / _RUN, force=True) as temporary:
                temporary.write_text(json.dumps(dict(parts), indent=1), encoding="utf-8")

    def finished(self, block: int) -> dict[str, Array] | None:
        """BareArrays of a finished block, or None."""
        return None if self.folder is None else _load(self.folder / f"block-{block:06d}.npz")

    def finish(self, block: int, arrays: Mapping[str, Array]) -> None:
        """Keep a finished block, and forget its jobs."""
        if self.folder is None:
            return
        with whole_file(self.folder / f"block-{block:06d}.npz", force=True) as temporary:
            np.savez(temporary, allow_pickle=False, **arrays)
        for path in self.folder.glob(f"job-{block:06d}-*.npz"):
            path.unlink()

    def job(self, block: int, job: int) -> Array | None:
        """Sums of a job whose block is not finished, or None."""
        found = None if self.folder is None else _load(self.folder / f"job-{block:06d}-{job:06d}.npz")
        return None if found is None else found["sums"]

    def keep_job(self, block: int, job: int, sums: Array) -> None:
        """Keep the sums of a job."""
        if self.folder is not None:
            with whole_file(self.folder / f"job-{block:06d}-{job:06d}.npz", force=True) as temporary:
                np.savez(temporary, allow_pickle=False, sums=sums)

    def remove(self) -> None:
        """Remove the folder, once the result is complete."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: the folder of the checkpoint cannot be made ({error.strerror}).") from error


def _read_run(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / _RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{folder / _RUN}: the checkpoint cannot be read. Remove the folder and start anew."
        ) from error
    return dict(found)


def _check_same(folder: Path, found: Mapping[str, str], parts: Mapping[str, str]) -> None:
    other = [name for name in parts if found.get(name) != parts[name]]
    if other:
        raise SchemaError(
            f"{folder}: the checkpoint is of another run, it differs in {short_list(other, most=9)}. Nothing was "
            "changed: name another folder, or run with the inputs of that run."
        )


def _load(path: Path) -> dict[str, Array] | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise StorageError(
            f"{path}: this part of the checkpoint is damaged. Remove it; it is computed again."
        ) from error


def fingerprint(parts: Mapping[str, object]) -> dict[str, str]:
    """A hash of each part of a run."""
    found = {}
    for name, part in parts.items():
        digest = hashlib.blake2b(digest_size=16)
        _add(digest, part)
        found[name] = digest.hexdigest()
    return found | {"version of kompaslite": version("kompaslite")}


def _add(digest: "hashlib.blake2b", part: object) -> None:
    digest.update(type(part).__name__.encode())
    if isinstance(part, xr.Dataset):
        _add(digest, dict(part.data_vars))
    elif isinstance(part, xr.DataArray):
        _add_array(digest, part)
    elif isinstance(part, np.ndarray):
        digest.update(repr((part.dtype.str, part.shape)).encode())
        digest.update(np.ascontiguousarray(part).tobytes() if part.dtype.kind != "O" else repr(part.tolist()).encode())
    elif isinstance(part, Mapping):
        for key, value in part.items():
            digest.update(repr(key).encode())
            _add(digest, value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            _add(digest, value)
    elif isinstance(part, FunctionType):
        code = part.__code__
        _add(digest, [code.co_code.hex(), repr([one for one in code.co_consts if isinstance(one, (str, int, float))])])
        _add(digest, [repr(code.co_names), [cell.cell_contents for cell in part.__closure__ or ()]])
    elif is_dataclass(part):
        _add(digest, {field.name: getattr(part, field.name) for field in fields(part)})
    else:
        digest.update(repr(part).encode())


def _add_array(digest: "hashlib.blake2b", array: xr.DataArray) -> None:
    digest.update(repr(array.dims).encode())
    for name in sorted(map(str, array.dims)):
        if name in array.coords:
            _add(digest, array[name].values)
    _add(digest, array.values)
