"""What netCDF does not hold as it is: attributes of any kind, labels of any type of text, packing of earlier files."""

import json
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError

#: The attribute that holds, as JSON, those that netCDF does not hold or reads as something else.
_MORE = "kompaslite_attributes"
#: Attributes that say how figures are packed: read back, they would change the figures.
_SPOKEN_FOR = {
    "scale_factor",
    "add_offset",
    "missing_value",
    "dtype",
    "coordinates",
    "calendar",
    "grid_mapping",
    "units",
}
_HDF5 = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"}


def storable(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """The same figures, free of the packing of files they were once read from, in forms that netCDF holds."""
    plain = dataset.drop_encoding()
    for label in plain.indexes:
        if isinstance(plain.indexes[label], pd.MultiIndex):
            raise SchemaError(
                f"{name}: {label} has several levels, which netCDF does not hold. Use .reset_index first."
            )
    texts = {key: _as_text(plain[key], f"{name}: {key}") for key in plain.variables if not _is_plain(plain[key].dtype)}
    plain = plain.assign({key: one for key, one in texts.items() if key not in plain.coords})
    plain = plain.assign_coords({key: one for key, one in texts.items() if key in plain.coords})
    for key in plain.variables:
        plain[key].attrs = _held(plain[key].attrs, f"{name}, {key}")
    plain.attrs = _held(plain.attrs, name)
    return plain


def restored(dataset: xr.Dataset) -> xr.Dataset:
    """What `storable` made, as it was; labels of text are NumPy text."""
    plain = dataset.drop_encoding()
    for part in (plain, *(plain[key] for key in plain.variables)):
        part.attrs = _unfolded(part.attrs)
    return plain.assign_coords({key: one.astype(str) for key, one in plain.coords.items() if one.dtype.kind == "O"})


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "biufcmMU"


def _as_text(array: xr.DataArray, name: str) -> xr.DataArray:
    values = np.asarray(array.values, dtype=object)
    flat = [one.decode() if isinstance(one, bytes) else one for one in values.ravel().tolist()]
    strange = [one for one in flat if not isinstance(one, str) or "\0" in one]
    if strange:
        raise SchemaError(
            f"{name}: {len(strange)} of {len(flat)} values are no text that netCDF holds; the first is "
            f"{strange[0]!r}. Give text or numbers throughout; what is missing has no place among text."
        )
    return array.copy(data=np.array(flat, dtype=str).reshape(values.shape))


def _held(attrs: Mapping[Hashable, Any], place: str) -> dict[Hashable, Any]:
    more: dict[str, Any] = {}
    kept: dict[Hashable, Any] = {}
    for key, value in attrs.items():
        if not isinstance(key, str):
            raise SchemaError(f"{place}: an attribute is named {key!r}. Names are text; rename it.")
        if _is_native(key, value):
            kept[key] = value
        else:
            more[key] = value
    for key, value in more.items():
        try:
            json.dumps(value, default=_listed)
        except (TypeError, ValueError) as error:
            raise SchemaError(
                f"{place}: attribute {key} is {type(value).__name__}, which netCDF does not hold. Store text or "
                f"numbers, or remove it with .attrs.pop({key!r})."
            ) from error
    return kept | ({_MORE: json.dumps(more, default=_listed, ensure_ascii=True)} if more else {})


def _unfolded(attrs: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    own = dict(attrs)
    more: dict[Hashable, Any] = json.loads(own.pop(_MORE, "{}"))
    return own | more


def _is_native(key: str, value: object) -> bool:
    """Whether netCDF gives back what it was given."""
    if key in _HDF5 or key.startswith("_") or "/" in key or key == _MORE:
        return False
    if key in _SPOKEN_FOR and not (key == "units" and isinstance(value, str) and " since " not in value):
        return False
    if isinstance(value, np.ndarray | list | tuple):
        array = np.asarray(value)
        return array.ndim == 1 and array.size > 1 and (array.dtype.kind in "iuf" or _is_texts(value))
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) and _fits(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one and "\0" not in one for one in value)


def _fits(value: Any) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufU":
        return value.tolist()
    raise TypeError(type(value).__name__)
