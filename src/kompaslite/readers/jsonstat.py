"""JSON-stat 2: the format in which statistics banks answer."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.readers.figures import Sign, is_estimate
from kompaslite.readers.labels import Code
from kompaslite.readers.report import TableError, content_of, path_of, stop

#: More cells than this are not a table that a person asked for.
_MOST_CELLS = 500_000_000


@dataclass(frozen=True, slots=True)
class JsonStat:
    """A dataset of JSON-stat 2, checked."""

    dims: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[str, ...], ...]
    #: NaN where the dataset has no figure.
    values: np.ndarray
    #: Position in the flattened values to the sign that stands there.
    status: dict[int, str]
    #: ``label``, ``source``, ``updated`` and ``kind`` (stock or flow), where the dataset has them.
    info: dict[str, str]
    #: Dimension to its words and to the role that the dataset gives it.
    names: dict[str, tuple[str, ...]]
    #: What the dataset says of its figures: unit, reference period, kind of measure.
    said: tuple[str, ...]

    def columns(self) -> dict[str, Any]:
        """Every cell as a row: one categorical column of codes with their words for each dimension."""
        columns: dict[str, Any] = {}
        for axis, dim in enumerate(self.dims):
            shape = [-1 if i == axis else 1 for i in range(len(self.dims))]
            codes = np.broadcast_to(np.arange(len(self.codes[axis])).reshape(shape), self.values.shape).ravel()
            words = [Code(code, label) for code, label in zip(self.codes[axis], self.labels[axis], strict=True)]
            columns[dim] = pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype=object))
        return columns

    def figures(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The figures, with the sign where there is none or none is meant; and which are estimates, if any is."""
        values = self.values.ravel()
        if not self.status:
            return values, None
        marked, estimated = values.astype(object), np.zeros(values.size, dtype=bool)
        for position, sign in self.status.items():
            if np.isnan(values[position]):
                marked[position] = Sign(sign)
            elif (flag := is_estimate(sign)) is None and not (sign == "-" and values[position] == 0):
                marked[position] = Sign(f"{values[position]:g} beside the sign {sign}")
            else:
                estimated[position] = bool(flag)
        plain_figures = not any(isinstance(cell, Sign) for cell in marked)
        return values if plain_figures else marked, estimated if estimated.any() else None


def read_jsonstat(source: str | Path | Mapping[str, Any]) -> xr.DataArray:
    """A dataset of JSON-stat 2 as a labelled array.

    Parameters
    ----------
    source : str, Path or mapping
        A file, or a dataset that is already parsed.

    Returns
    -------
    xr.DataArray
        The dimensions of the dataset in its order, with category codes as labels (always text). Cells without a
        figure are NaN. The words of the categories are in the coordinate ``<dim>_label``; where the dataset marks
        cells, the signs are in the coordinate ``status``. ``attrs`` holds ``label``, ``source`` and ``updated``.

    Raises
    ------
    TableError
        If the dataset is not whole JSON-stat 2; the message names the part.

    References
    ----------
    .. [1] Badosa, X., JSON-stat 2.0 format, json-stat.org/full.

    Examples
    --------
    >>> dataset = {
    ...     "version": "2.0", "class": "dataset", "id": ["Region", "Tid"], "size": [1, 2],
    ...     "dimension": {
    ...         "Region": {"category": {"index": ["0301"], "label": {"0301": "Oslo"}}},
    ...         "Tid": {"category": {"index": {"2026": 1, "2025": 0}}},
    ...     },
    ...     "value": {"1": 728714},
    ... }
    >>> read_jsonstat(dataset).sel(Region="0301").values
    array([    nan, 728714.])
    """
    if isinstance(source, Mapping):
        dataset = parse_jsonstat(source, "the dataset")
    else:
        path = path_of(source)
        dataset = parse_jsonstat(json_of(content_of(path), path.name), path.name)
    coords: dict[str, Any] = {
        dim: np.array(codes, dtype=object) for dim, codes in zip(dataset.dims, dataset.codes, strict=True)
    }
    for dim, labels in zip(dataset.dims, dataset.labels, strict=True):
        coords[f"{dim}_label"] = (dim, np.array(labels, dtype=object))
    if dataset.status:
        signs = np.full(dataset.values.size, "", dtype=object)
        for position, sign in dataset.status.items():
            signs[position] = sign
        coords["status"] = (dataset.dims, signs.reshape(dataset.values.shape))
    attrs = {key: text for key, text in dataset.info.items() if key != "kind"}
    return xr.DataArray(dataset.values, dims=dataset.dims, coords=coords, attrs=attrs)


def parse_jsonstat(dataset: object, name: str) -> JsonStat:
    """Check a dataset of JSON-stat 2 and take it apart."""
    if not isinstance(dataset, Mapping):
        raise stop(name, "The JSON is not an object: it is no JSON-stat dataset", "Ask for outputFormat=json-stat2.")
    kind = dataset.get("class", "dataset")
    if kind != "dataset" or "dimension" not in dataset or "value" not in dataset:
        words = f"The JSON is of class {kind!r}" if kind != "dataset" else "The JSON has no 'dimension' and 'value'"
        raise stop(name, f"{words}: it is no JSON-stat 2 dataset", "Ask for the table itself in json-stat2.")
    dims, sizes = _dims(dataset, name)
    parts = [_categories(dataset["dimension"], dim, size, name) for dim, size in zip(dims, sizes, strict=True)]
    values = _values(dataset["value"], prod(sizes), name)
    return JsonStat(
        dims=dims,
        codes=tuple(codes for codes, _ in parts),
        labels=tuple(labels for _, labels in parts),
        values=values.reshape(sizes),
        status=_status(dataset.get("status"), prod(sizes), name),
        info=_info(dataset),
        names=_names(dataset, dims),
        said=_said(dataset["dimension"]),
    )


def json_of(content: bytes, source: str) -> object:
    """What a JSON text says."""
    try:
        return json.loads(
            unicodedata.normalize("NFC", content.decode(json.detect_encoding(content))), object_pairs_hook=_once
        )
    except _DoubleKeyError as error:
        raise _broken(source, f"the key {error} is given twice in one object") from error
    except (ValueError, RecursionError) as error:
        raise stop(source, f"The file is not whole JSON: {error}", "Fetch it again.") from error


class _DoubleKeyError(Exception):
    """A key of an object that is given twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        double = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _DoubleKeyError(repr(double))
    return made


def _broken(name: str, what: str) -> TableError:
    return stop(name, what, "The dataset is not whole; fetch it again.")


def _dims(dataset: Mapping[str, Any], name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    dims, sizes = dataset.get("id"), dataset.get("size")
    if not isinstance(dims, Sequence) or not isinstance(sizes, Sequence) or isinstance(dims, str):
        raise _broken(name, "'id' and 'size' are not lists")
    if len(dims) != len(sizes) or len(set(map(str, dims))) != len(dims) or not dims:
        raise _broken(name, f"'id' has {len(dims)} dimensions, 'size' has {len(sizes)}, or one occurs twice")
    if not all(type(size) is int and size > 0 for size in sizes):
        raise _broken(name, f"'size' is {list(sizes)!r}, not whole numbers above 0")
    if prod(sizes) > _MOST_CELLS:
        raise _broken(name, f"'size' makes {prod(sizes):,} cells")
    return tuple(map(str, dims)), tuple(sizes)


def _categories(dimensions: object, dim: str, size: int, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    part = dimensions.get(dim) if isinstance(dimensions, Mapping) else None
    category = part.get("category") if isinstance(part, Mapping) else None
    if not isinstance(category, Mapping):
        raise _broken(name, f"dimension {dim} has no categories")
    labels = category.get("label", {})
    if not isinstance(labels, Mapping):
        raise _broken(name, f"the labels of dimension {dim} are not an object")
    codes = _codes(category.get("index"), labels)
    if codes is None or len(codes) != size or len(set(codes)) != size:
        found = "no order of categories" if codes is None else f"{len(set(codes))} categories"
        raise _broken(name, f"dimension {dim} has {found} where 'size' says {size}")
    return tuple(codes), tuple(str(labels.get(code, code)) for code in codes)


def _codes(index: object, labels: Mapping[str, Any]) -> list[str] | None:
    if isinstance(index, Mapping):
        if sorted(map(repr, index.values())) != sorted(map(repr, range(len(index)))):
            return None
        return [str(code) for code in sorted(index, key=index.__getitem__)]
    if isinstance(index, Sequence) and not isinstance(index, str):
        return [str(code) for code in index]
    # the format lets a dimension with one category leave out its index
    return [str(code) for code in labels] if index is None and len(labels) == 1 else None


def _values(value: object, size: int, name: str) -> np.ndarray:
    if isinstance(value, Mapping):
        values = np.full(size, np.nan)
        for position, number in _positions(value, size, name, "value"):
            values[position] = _number(number, name)
        return values
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _broken(name, "'value' is neither a list nor an object")
    if len(value) != size:
        raise _broken(name, f"'value' has {len(value):,} figures where 'size' says {size:,}")
    if set(map(type, value)) <= {int, float, type(None)}:
        try:
            return np.array(value, dtype=np.float64)
        except OverflowError as error:
            raise _broken(name, "a figure is too large") from error
    return np.array([_number(number, name) for number in value])


def _number(number: object, name: str) -> float:
    if number is None:
        return float("nan")
    if type(number) not in (int, float):
        raise _broken(name, f"the figure {number!r} is not a number")
    try:
        return float(number)  # type: ignore[arg-type]
    except OverflowError as error:
        raise _broken(name, "a figure is too large") from error


def _positions(given: Mapping[str, Any], size: int, name: str, part: str) -> list[tuple[int, Any]]:
    pairs = []
    for key, item in given.items():
        if not re.fullmatch("0|[1-9][0-9]{0,9}", str(key)) or int(key) >= size:
            raise _broken(name, f"'{part}' has the position {key!r} where the last is {size - 1}")
        pairs.append((int(key), item))
    return pairs


def _status(status: object, size: int, name: str) -> dict[int, str]:
    if status is None:
        return {}
    if isinstance(status, str):
        return dict.fromkeys(range(size), status)
    if isinstance(status, Mapping):
        return {position: str(sign) for position, sign in _positions(status, size, name, "status")}
    if isinstance(status, Sequence) and len(status) == size:
        return {position: str(sign) for position, sign in enumerate(status) if sign is not None}
    if isinstance(status, Sequence) and len(status) == 1:
        return dict.fromkeys(range(size), str(status[0]))
    raise _broken(name, "'status' does not fit the values")


def _info(dataset: Mapping[str, Any]) -> dict[str, str]:
    info = {key: str(dataset[key]) for key in ("label", "source", "updated") if isinstance(dataset.get(key), str)}
    kinds = {kind for part in _parts(dataset["dimension"]) for kind in _texts(part, "extension", "measuringType")}
    return info | ({"kind": kinds.pop()} if len(kinds) == 1 else {})


def _parts(dimensions: object) -> list[Mapping[str, Any]]:
    parts = dimensions.values() if isinstance(dimensions, Mapping) else ()
    return [part for part in parts if isinstance(part, Mapping)]


def _texts(part: object, *path: str) -> list[str]:
    """All texts and numbers under a path of keys, however deep they lie."""
    for key in path:
        part = part.get(key) if isinstance(part, Mapping) else None
    if isinstance(part, Mapping):
        return [text for inner in part.values() for text in _texts(inner)]
    return [] if part is None or isinstance(part, list) else [str(part)]


def _said(dimensions: object) -> tuple[str, ...]:
    said = []
    for part in _parts(dimensions):
        said += [*_texts(part, "extension", "refperiod"), *_texts(part, "extension", "measuringType")]
        units = part["category"].get("unit") if isinstance(part.get("category"), Mapping) else None
        for unit in _parts(units):
            said += [text for key in ("base", "label", "type") for text in _texts(unit, key)]
            powers = [text for key in ("multiplier", "mult") for text in _texts(unit, key)]
            said += [f"times {text} (multiplier)" for text in powers if text not in ("0", "1", "units", "")]
    return tuple(dict.fromkeys(said))


def _names(dataset: Mapping[str, Any], dims: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What else a dimension may be known by: its words, and the role that the dataset gives it."""
    names = {dim: [str(dataset["dimension"][dim].get("label") or dim)] for dim in dims}
    given = dataset.get("role")
    for theirs, ours in (("time", "year"), ("geo", "area"), ("metric", "measure")):
        of_role = given.get(theirs) if isinstance(given, Mapping) else None
        if isinstance(of_role, Sequence) and len(of_role) == 1 and of_role[0] in names:
            names[str(of_role[0])].append(ours)
    return {dim: tuple(texts) for dim, texts in names.items()}
