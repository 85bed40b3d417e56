"""Accounts and assumptions in one netCDF file, with what they were made from; results in netCDF or zarr."""

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import xarray as xr

from kompaslite._extras import from_extra
from kompaslite._files import StorageError, whole_file
from kompaslite._workbooks import reading
from kompaslite.accounts import Accounts, require_accounts
from kompaslite.schema import KompasliteError, SchemaError, require_dataset
from kompaslite.storage.attributes import restored, storable
from kompaslite.storage.record import Provenance, as_json, from_json
from kompaslite.storage.seal import check_seal, seal

_FORMAT_VERSION = 1
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
    accounts: Accounts,
    path: str | Path,
    *,
    assumptions: xr.Dataset | None = None,
    provenance: Provenance | None = None,
    force: bool = False,
) -> Path:
    """Write accounts, and the assumptions they come from, to one netCDF file.

    The file is written under a temporary name and renamed: a crash or a full disk leaves an earlier file whole.
    Figures are stored as they are, whatever packing the file had that they were once read from.

    Parameters
    ----------
    accounts : Accounts
        Of the past or of a forecast.
    path : str or Path
        Ends in ``.nc``; its folder exists.
    assumptions : xr.Dataset, optional
        Rates and counts.
    provenance : Provenance, optional
        From `kompaslite.storage.provenance`; the versions alone by default.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    SchemaError
        If the path does not end in ``.nc``, an argument is of another type, or a label or attribute is of a kind that
        netCDF does not hold.
    StorageError
        If the file exists and `force` is not given, or it cannot be written; an earlier file is untouched.

    Examples
    --------
    >>> import tempfile
    >>> people = xr.DataArray(
    ...     [[[10.0]]], coords={"sex": ["female"], "age": [0], "year": [2026]}, attrs={"units": "persons"}
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     where = save(Accounts(people), Path(folder) / "small.nc")
    ...     load(where).accounts.years
    (2026,)
    """
    require_accounts(accounts, "save")
    path = _checked_path(path, (".nc",), "the file is netCDF")
    if provenance is not None and not isinstance(provenance, Provenance):
        raise SchemaError(f"provenance: {type(provenance).__name__} is none. Make it with storage.provenance(...).")
    root: dict[str, Any] = {"format_version": _FORMAT_VERSION, "provenance": as_json(provenance or Provenance())}
    root["population_name"] = json.dumps(accounts.population.name)
    groups = {"population": accounts.population.to_dataset(name="population"), "flows": accounts.flows}
    if assumptions is not None:
        require_dataset(assumptions, "assumptions")
        groups["assumptions"] = assumptions
        root["has_assumptions"] = 1
    ready = {name: storable(group, name) for name, group in groups.items()}
    with whole_file(path, force=force, reserve=_room(*ready.values())) as temporary, _refused(path):
        xr.Dataset(attrs=root).to_netcdf(temporary, engine=_ENGINE)
        for name, group in ready.items():
            group.to_netcdf(temporary, mode="a", group=name, engine=_ENGINE, encoding=_compressed(group))
        seal(temporary)
    return path


def load(path: str | Path) -> Stored:
    """Accounts and assumptions from a file that `save` wrote.

    Parameters
    ----------
    path : str or Path
        The file. If another program wrote it anew, it is read with a warning.

    Returns
    -------
    Stored
        ``accounts``, ``assumptions`` (None where none were saved) and ``provenance``.

    Raises
    ------
    StorageError
        If the file is absent, truncated, damaged or was not written by `save`.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import tempfile
    >>> from pathlib import Path
    >>> from kompaslite.storage import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     back = load(save(made_up(1, years=[2025, 2026]), Path(folder) / "town.nc"))
    ...
    >>> back.accounts.years
    (2025, 2026)
    """
    path = Path(path)
    if not path.is_file():
        raise StorageError(f"{path}: no such file. Correct the path, or save it first.")
    sealed = check_seal(path)
    words = f"{path}: the file cannot be read as accounts that kompaslite.save wrote"
    mend = "Save it again; a netCDF file of another program is read with xarray.open_dataset"
    with reading(lambda error: StorageError(f"{words} ({type(error).__name__}: {error}). {mend}.")):
        root = _read(path, None).attrs
        _check_format(path, root)
        population = _read(path, "population")["population"]
        name = json.loads(root.get("population_name", '"population"'))
        assumptions = _read(path, "assumptions") if "has_assumptions" in root else None
        record = from_json(root["provenance"])
        stored = Stored(Accounts(population.rename(name), _read(path, "flows")), assumptions, record)
    if not sealed:
        warnings.warn(
            f"{path}: another program wrote this file anew, and the hash of its content is gone: whether it is as it "
            "was saved cannot be told. Save it again once it is checked.",
            stacklevel=2,
        )
    return stored


def save_dataset(dataset: xr.Dataset, path: str | Path, *, force: bool = False) -> Path:
    """Write any result, lazy ones included, straight to netCDF or zarr.

    Parameters
    ----------
    dataset : xr.Dataset
        For example a summary, or a lazy projection on dask arrays, which is computed block by block while it
        is written.
    path : str or Path
        Ends in ``.nc`` or ``.zarr``; its folder exists.
    force : bool
        Whether an existing file, or a folder that is zarr, may be replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    SchemaError
        If the path ends in anything else, or a label or attribute is of a kind that is not held.
    StorageError
        If the file exists and `force` is not given, or writing fails; an earlier file is untouched.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = save_dataset(made_up(1, years=[2025, 2026]).flows, Path(folder) / "flows.nc")
    ...
    >>> written.name
    'flows.nc'
    """
    require_dataset(dataset, "save_dataset")
    path = _checked_path(path, (".nc", ".zarr"), "results are written as netCDF or zarr")
    ready = storable(dataset, "dataset")
    if path.suffix == ".nc":
        with whole_file(path, force=force, reserve=_room(ready)) as temporary, _refused(path):
            ready.to_netcdf(temporary, engine=_ENGINE, encoding=_compressed(ready))
        return path
    from_extra("zarr", "scale", f"{path}: writing zarr")
    with whole_file(path, force=force, marker=".zgroup") as temporary, _refused(path):
        # format 2 is the one whose labels of text and gathered metadata every reader knows
        _even_chunks(ready).to_zarr(temporary, zarr_format=2)
    return path


def _checked_path(path: str | Path, endings: tuple[str, ...], words: str) -> Path:
    if not isinstance(path, str | Path):
        raise SchemaError(f"path: {type(path).__name__} is no path. The object comes first, its path second.")
    if Path(path).suffix not in endings:
        raise SchemaError(f"{path}: {words}, so the name must end in {' or '.join(endings)}.")
    from_extra("h5netcdf", "desk", f"{path}: storing results")
    return Path(path)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """What netCDF and zarr refuse is a fault of the figures, not of the disk."""
    try:
        yield
    except KompasliteError:
        raise
    except (TypeError, ValueError, NotImplementedError) as error:
        raise SchemaError(
            f"{path}: a label, value or attribute is of a kind that cannot be stored: {error}. Give text or numbers."
        ) from error


def _room(*datasets: xr.Dataset) -> int:
    return sum(dataset.nbytes for dataset in datasets) * 21 // 20 + (1 << 20)


def _compressed(dataset: xr.Dataset) -> dict[Any, dict[str, Any]]:
    numbers = [name for name, one in dataset.data_vars.items() if one.dtype.kind in "iuf" and one.ndim and one.size]
    return {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in numbers}


def _read(path: Path, group: str | None) -> xr.Dataset:
    with xr.open_dataset(path, group=group, engine=_ENGINE, decode_timedelta=False) as opened:
        return restored(opened.load())


def _check_format(path: Path, attrs: Mapping[str, Any]) -> None:
    if "format_version" not in attrs:
        raise StorageError(
            f"{path}: another program wrote it. Files for load are written by kompaslite.save; this one is read with "
            "xarray.open_dataset."
        )
    if int(attrs["format_version"]) > _FORMAT_VERSION:
        raise StorageError(
            f"{path}: written in format {attrs['format_version']}, this version reads up to {_FORMAT_VERSION}. "
            "Update kompaslite."
        )


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
