"""What a run is, as short hashes, so that a checkpoint of another run is noticed."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from types import FunctionType

import numpy as np
import xarray as xr


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
