"""Accounts and assumptions in one netCDF file, with what they were made from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from kompaslite._files import StorageError, whole_file
from kompaslite.accounts import Accounts
from kompaslite.schema import SchemaError
from kompaslite.storage.record import Provenance, as_json, file_hash

_FORMAT_VERSION = 1
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SEAL = b"\nkompaslite sha256 "
_HAS_ASSUMPTIONS = "has_assumptions"
_ENGINE: Literal["h5netcdf"] = "h5netcdf"


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What `load` returns.

    Parameters
    ----------
    accounts : Accounts
        Population and flows.
    assumptions : xr.Dataset or None
        The assumptions, where they were saved.
    provenance : Provenance
        What they were made from.
    """

    accounts: Accounts
    assumptions: xr.Dataset | None
    provenance: Provenance


def save(
    path: str | Path,
    accounts: Accounts,
    *,
    assumptions: xr.Dataset | None = None,
    provenance: Provenance | None = None,
) -> Path:
    """Write accounts, and the assumptions they come from, to one netCDF file.

    The file is written under a temporary name and renamed: a crash or a full disk leaves an earlier file whole.

    Parameters
    ----------
    path : str or Path
        Ends in ``.nc``; its folder exists.
    accounts : Accounts
        Of the past or of a forecast.
    assumptions : xr.Dataset, optional
        Rates and counts.
    provenance : Provenance, optional
        From `kompaslite.storage.provenance`; the versions alone by default.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    SchemaError
        If the path does not end in ``.nc``, or an argument is of another type.
    StorageError
        If the file cannot be written; an earlier file is untouched.

    Examples
    --------
    >>> import tempfile
    >>> people = xr.DataArray(
    ...     [[[10.0]]], coords={"sex": ["female"], "age": [0], "year": [2026]}, attrs={"units": "persons"}
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     where = save(Path(folder) / "small.nc", Accounts(people))
    ...     load(where).accounts.years
    (2026,)
    """
    if not isinstance(accounts, Accounts):
        raise SchemaError(f"save: Accounts are needed, not {type(accounts).__name__}. Put them in Accounts(...).")
    root: dict[str, Any] = {"format_version": _FORMAT_VERSION, "provenance": as_json(provenance or Provenance())}
    groups = {"population": accounts.population.to_dataset(name="population"), "flows": accounts.flows}
    if assumptions is not None:
        groups["assumptions"] = assumptions
        root[_HAS_ASSUMPTIONS] = 1
    _check_attributes(groups)
    with whole_file(_netcdf_path(path), reserve=_room(*groups.values())) as temporary:
        xr.Dataset(attrs=root).to_netcdf(temporary, engine=_ENGINE)
        for name, group in groups.items():
            group.to_netcdf(temporary, mode="a", group=name, engine=_ENGINE)
        _seal(temporary)
    return Path(path)


def _netcdf_path(path: str | Path) -> Path:
    if Path(path).suffix != ".nc":
        raise SchemaError(f"{path}: the file is netCDF, so its name must end in .nc.")
    return Path(path)


def _check_attributes(groups: Mapping[str, xr.Dataset]) -> None:
    for group, dataset in groups.items():
        places = {group: dataset.attrs} | {f"{group}, {name}": dataset[name].attrs for name in dataset.variables}
        for place, attrs in places.items():
            for key, value in attrs.items():
                if not isinstance(value, str | int | float | np.ndarray | np.number | list | tuple):
                    raise SchemaError(
                        f"{place}: attribute {key} is {type(value).__name__}, which netCDF does not hold. Store "
                        f"text or numbers, or remove it with .attrs.pop({key!r})."
                    )


def _room(*datasets: xr.Dataset) -> int:
    return sum(dataset.nbytes for dataset in datasets) * 21 // 20 + (1 << 20)


def _seal(path: Path) -> None:
    """Append the file's hash: HDF5 ignores what follows its end, and reading a damaged file can hang in it."""
    digest = file_hash(path)
    with path.open("ab") as stream:
        stream.write(_SEAL + digest.encode())


def _check_seal(path: Path) -> None:
    length = len(_SEAL) + 64
    with path.open("rb") as stream:
        signature = stream.read(len(_HDF5))
        size = path.stat().st_size
        stream.seek(max(0, size - length))
        tail = stream.read()
    if signature != _HDF5:
        raise StorageError(f"{path}: not a netCDF-4 file. Files for load are written by kompaslite.save.")
    if not tail.startswith(_SEAL):
        raise StorageError(
            f"{path}: the end of the file is missing: it is truncated, or another program wrote it. Fetch a whole "
            "copy or save it again; a netCDF file of another program is read with xarray.open_dataset."
        )
    if _hash_of_start(path, size - length) != tail[len(_SEAL) :].decode(errors="replace"):
        raise StorageError(f"{path}: the file is damaged: its content does not match its hash. Fetch a whole copy.")


def _hash_of_start(path: Path, length: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while length > 0 and (part := stream.read(min(length, 1 << 20))):
            digest.update(part)
            length -= len(part)
    return digest.hexdigest()


def load(path: str | Path) -> Stored:
    """Accounts and assumptions from a file that `save` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Stored
        ``accounts``, ``assumptions`` (None where none were saved) and ``provenance``.

    Raises
    ------
    StorageError
        If the file is absent, truncated, damaged or was not written by `save`.
    """
    path = Path(path)
    if not path.is_file():
        raise StorageError(f"{path}: no such file. Correct the path, or save it first.")
    _check_seal(path)
    root = _read(path, None)
    _check_format(path, root.attrs)
    population = _read(path, "population")["population"]
    assumptions = _read(path, "assumptions") if _HAS_ASSUMPTIONS in root.attrs else None
    record = json.loads(root.attrs["provenance"])
    return Stored(Accounts(population, _read(path, "flows")), assumptions, Provenance(**record))


def _read(path: Path, group: str | None) -> xr.Dataset:
    with xr.open_dataset(path, group=group, engine=_ENGINE, decode_times=False) as opened:
        return _texts(opened.load())


def _texts(dataset: xr.Dataset) -> xr.Dataset:
    """Labels of text as NumPy text, which is what they were before they were stored."""
    texts = {name: coord.astype(str) for name, coord in dataset.coords.items() if coord.dtype.kind == "O"}
    for coord in dataset.coords.values():
        coord.encoding = {}
    for variable in dataset.data_vars.values():
        variable.encoding = {}
    return dataset.assign_coords(texts) if texts else dataset


def _check_format(path: Path, attrs: Mapping[str, Any]) -> None:
    if int(attrs["format_version"]) > _FORMAT_VERSION:
        raise StorageError(
            f"{path}: written in format {attrs['format_version']}, this version reads up to {_FORMAT_VERSION}. "
            "Update kompaslite."
        )


def save_dataset(path: str | Path, dataset: xr.Dataset) -> Path:
    """Write any result, lazy ones included, straight to netCDF or zarr.

    Parameters
    ----------
    path : str or Path
        Ends in ``.nc`` or ``.zarr``; its folder exists.
    dataset : xr.Dataset
        For example a summary, or a lazy projection on dask arrays, which is computed block by block while it
        is written.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    SchemaError
        If the path ends in anything else.
    StorageError
        If writing fails; an earlier file is untouched.
    """
    path = Path(path)
    if path.suffix not in (".nc", ".zarr"):
        raise SchemaError(f"{path}: results are written as netCDF or zarr, so the name must end in .nc or .zarr.")
    _check_attributes({"dataset": dataset})
    with whole_file(path, reserve=_room(dataset) if path.suffix == ".nc" else 0) as temporary:
        if path.suffix == ".nc":
            dataset.to_netcdf(temporary, engine=_ENGINE)
        else:
            # format 2 is the one whose labels of text and gathered metadata every reader knows
            _even_chunks(dataset).to_zarr(temporary, zarr_format=2)
    return path


def _even_chunks(dataset: xr.Dataset) -> xr.Dataset:
    """Chunks of one size along each dimension, which zarr needs; the last may be shorter."""
    uneven = {
        dim for array in dataset.data_vars.values() for dim, parts in array.chunksizes.items() if _is_uneven(parts)
    }
    largest = {
        dim: max(max(array.chunksizes[dim]) for array in dataset.data_vars.values() if dim in array.chunksizes)
        for dim in uneven
    }
    return dataset.chunk(largest) if uneven else dataset


def _is_uneven(parts: tuple[int, ...]) -> bool:
    return any(part != parts[0] for part in parts[:-1]) or parts[-1] > parts[0]
