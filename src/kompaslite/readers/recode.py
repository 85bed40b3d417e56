"""Municipal reforms: figures moved from the area codes of their year to the codes of one date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.readers.area_codes import WEIGHT_ROOM, AreaCodes, expanded, read_area_codes
from kompaslite.schema import SchemaError, short_list

T = TypeVar("T", xr.DataArray, xr.Dataset, Accounts)
Incomplete = Literal["error", "set aside"]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Figures by area and year, the rest of their dimensions flattened."""

    name: str
    areas: list[str]
    years: np.ndarray
    values: np.ndarray
    there: np.ndarray
    people: np.ndarray


def recode_areas(data: T, codes: AreaCodes | pd.DataFrame | str | Path, *, incomplete: Incomplete = "error") -> T:
    """Figures by the area codes of each year, moved to the codes of one division; people are conserved.

    Parameters
    ----------
    data : xr.DataArray, xr.Dataset or Accounts
        With the dimensions ``area`` and ``year``. A code that was not in force in a year is NaN, or 0, throughout
        that year.
    codes : AreaCodes, pd.DataFrame, str or Path
        What became of each code; see `read_area_codes`.
    incomplete : {"error", "set aside"}
        What to do with a new area some of whose parts are not in the data.

    Returns
    -------
    xr.DataArray, xr.Dataset or Accounts
        As `data`, by the new codes. The coordinate ``estimated`` over ``(area, year)`` is true where a figure rests
        on a weight below 1, or was estimated before. Gross moves between parts that were merged stay in the figures.

    Raises
    ------
    SchemaError
        If a code has people in a year without a mapping, an old and its new code both have people in a year, or a
        new area lacks a part; the message names the first code and year.

    Examples
    --------
    >>> people = xr.DataArray(
    ...     [[100.0, np.nan], [np.nan, 104.0]],
    ...     coords={"area": ["0219", "3024"], "year": [2019, 2020]}, attrs={"units": "persons"},
    ... )
    >>> codes = AreaCodes.from_rows([("0219", "3201", 1.0, 2005, 2019), ("3024", "3201", 1.0, 2020, 2023)])
    >>> recode_areas(people, codes).sel(area="3201").values
    array([100., 104.])
    """
    table = codes if isinstance(codes, AreaCodes) else read_area_codes(codes)
    if isinstance(data, Accounts):
        population = _recoded(data.population, table, "population", incomplete)
        flows = {str(name): _recoded(flow, table, str(name), incomplete) for name, flow in data.flows.items()}
        return Accounts(population, xr.Dataset(flows, attrs=data.flows.attrs))
    if isinstance(data, xr.Dataset):
        parts = {str(name): _recoded(part, table, str(name), incomplete) for name, part in data.items()}
        return xr.Dataset(parts, attrs=data.attrs)
    return _recoded(data, table, str(data.name or "the data"), incomplete)


def _recoded(array: xr.DataArray, codes: AreaCodes, name: str, incomplete: Incomplete) -> xr.DataArray:
    for dim in ("area", "year"):
        if dim not in array.dims or dim not in array.coords:
            raise SchemaError(
                f"{name}: recode_areas needs the labelled dimension {dim}. Add it with .expand_dims(...)."
            )
    rest = [str(dim) for dim in array.dims if dim not in ("area", "year")]
    ordered = array.transpose("area", "year", *rest)
    blocks = _blocks(ordered, name)
    active = _judged(expanded(codes, blocks.years), blocks)
    used = _used_rows(active, blocks, incomplete)
    targets = sorted(used["target"].unique())
    moved, estimated = _moved(blocks.values, used, targets, _estimated_before(array, blocks))
    coords: Mapping[Any, Any] = {
        key: coord for key, coord in ordered.coords.items() if "area" not in coord.dims and key != "estimated"
    }
    words = f"{int(estimated.sum())} of {estimated.size} areas and years estimated by weights"
    result = xr.DataArray(
        moved.reshape(len(targets), *ordered.shape[1:]),
        dims=("area", "year", *rest),
        coords={**coords, "area": np.array(targets, dtype=object)},
        attrs={**array.attrs, "recoded": words},
        name=array.name,
    )
    return result.assign_coords(estimated=(("area", "year"), estimated)).transpose(*array.dims)


def _blocks(ordered: xr.DataArray, name: str) -> _Blocks:
    areas, years = ordered["area"].values.tolist(), ordered["year"].values
    values = np.asarray(ordered.values, dtype=np.float64).reshape(len(areas), years.size, -1)
    blank = np.isnan(values)
    partly = blank.any(axis=2) & ~blank.all(axis=2)
    if partly.any():
        area, year = np.argwhere(partly)[0]
        raise SchemaError(
            f"{name}: {int(partly.sum())} areas and years are blank in part; the first is area {areas[area]}, year "
            f"{years[year]}. A code out of force is NaN throughout its year; complete the others."
        )
    there = np.asarray(~blank.all(axis=2))
    people = np.asarray(np.nansum(np.abs(values), axis=2) > 0)
    return _Blocks(name, areas, years, values, there, there & people)


def _judged(active: pd.DataFrame, blocks: _Blocks) -> pd.DataFrame:
    place = {area: i for i, area in enumerate(blocks.areas)}
    known = active["code"].isin(place).to_numpy()
    source, position = active["code"].map(place).fillna(-1).astype(int).to_numpy(), active["position"].to_numpy()
    _check_mapped(source[known], position[known], blocks)
    active = active.assign(
        source=source, has=known & blocks.there[source, position], people=known & blocks.people[source, position]
    )
    return active.join(_completeness(active), on=["target", "year"])


def _used_rows(active: pd.DataFrame, blocks: _Blocks, incomplete: Incomplete) -> pd.DataFrame:
    _check_both(active, blocks.name)
    active = active[active["target"].isin(active.loc[active["has"], "target"].unique())]
    lacking = active[~active["complete"]]
    short = _absent_years(active, blocks.years)
    if (len(lacking) or short) and incomplete == "error":
        _raise_lacking(lacking, short, blocks.name)
    whole = ~active["target"].isin({*lacking["target"], *short})
    used = active[whole & active["has"] & (active["people"] | ~active["spare"])]
    if used.empty:
        raise SchemaError(
            f"{blocks.name}: no area is left after recoding. Check the codes of the data against the table."
        )
    return used


def _completeness(active: pd.DataFrame) -> pd.DataFrame:
    # where one code ends and its successor begins in the same year, either of them carries the area
    group = [active["target"], active["year"]]

    def anywhere(flags: pd.Series) -> pd.Series:
        return flags.groupby(group).transform("any")

    old, new = active["ends"] & ~active["begins"], active["begins"] & ~active["ends"]
    both = anywhere(old) & anywhere(new)
    old, new = old & both, new & both
    has, people = active["has"], active["people"]
    old_people, new_people = anywhere(old & people), anywhere(new & people)
    needed = ~old & ~new | old & old_people | new & new_people & ~old_people
    nobody = both & ~old_people & ~new_people
    some = anywhere((old | new) & has)
    return pd.DataFrame(
        {
            "complete": (has | ~needed).groupby(group).all() & (~nobody | some).groupby(group).all(),
            "clash": (old_people & new_people).groupby(group).any(),
            "spare": both.groupby(group).any(),
        }
    )


def _check_mapped(source: np.ndarray, position: np.ndarray, blocks: _Blocks) -> None:
    mapped = np.zeros(blocks.people.shape, dtype=bool)
    mapped[source, position] = True
    wrong = np.argwhere(blocks.people & ~mapped)
    if wrong.size:
        named = sorted({blocks.areas[i] for i in wrong[:, 0]})
        raise SchemaError(
            f"{blocks.name}: {len(wrong)} areas and years have people but no row in the table of area codes; the "
            f"first is area {blocks.areas[wrong[0, 0]]} in {blocks.years[wrong[0, 1]]}. The codes {short_list(named)} "
            "were not in force then, or the table lacks them. Use the code of the year, or add the rows."
        )


def _check_both(active: pd.DataFrame, name: str) -> None:
    if active["clash"].any():
        first = active[active["clash"]].iloc[0]
        together = active[(active["target"] == first.target) & (active["year"] == first.year) & active["people"]]
        raise SchemaError(
            f"{name}: area {first.target} has people under an old and a new code in {first.year}: "
            f"{short_list(together['code'].tolist())}. They would be counted twice; keep one code for that year."
        )


def _absent_years(active: pd.DataFrame, years: np.ndarray) -> list[str]:
    seen = active.groupby("target")["year"].nunique()
    return [str(target) for target in seen[seen < years.size].index]


def _raise_lacking(lacking: pd.DataFrame, short: list[str], name: str) -> None:
    mend = "Add the rows of these codes, or leave out the areas with incomplete='set aside'."
    if len(lacking):
        first = lacking.iloc[0]
        same = lacking[(lacking["target"] == first.target) & (lacking["year"] == first.year) & ~lacking["has"]]
        count = len(lacking.drop_duplicates(["target", "year"]))
        raise SchemaError(
            f"{name}: {count} new areas and years lack a part; the first is area {first.target} in {first.year}, which "
            f"lacks {short_list(same['code'].tolist())}. {mend}"
        )
    raise SchemaError(
        f"{name}: {len(short)} new areas have no mapping in some years of the data; the first is {short[0]}. {mend}"
    )


def _moved(
    values: np.ndarray, flow: pd.DataFrame, targets: Sequence[str], before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    moved = np.zeros((len(targets), values.shape[1], values.shape[2]))
    estimated = np.zeros(moved.shape[:2], dtype=bool)
    goal = flow["target"].map({target: i for i, target in enumerate(targets)}).to_numpy(dtype=np.intp)
    source, position = flow["source"].to_numpy(), flow["position"].to_numpy()
    weight = flow["weight"].to_numpy()
    whole = weight >= 1.0 - WEIGHT_ROOM
    np.add.at(moved, (goal[whole], position[whole]), values[source[whole], position[whole]])
    np.logical_or.at(estimated, (goal, position), ~whole | before[source, position])
    left: dict[tuple[int, int], np.ndarray] = {}
    told: dict[tuple[int, int], float] = {}
    for i in np.flatnonzero(~whole):
        key = (int(source[i]), int(position[i]))
        rest = left.setdefault(key, values[key].copy())
        told[key] = told.get(key, 0.0) + weight[i]
        # the last part is what the others leave, so that nobody is lost to rounding
        part = rest if abs(told[key] - 1.0) <= WEIGHT_ROOM else weight[i] * values[key]
        moved[goal[i], position[i]] += part
        left[key] = rest - part
    return moved, estimated


def _estimated_before(array: xr.DataArray, blocks: _Blocks) -> np.ndarray:
    if "estimated" not in array.coords:
        return np.zeros(blocks.there.shape, dtype=bool)
    flags = array["estimated"].transpose("area", "year", missing_dims="ignore")
    return np.broadcast_to(np.asarray(flags.values, dtype=bool), blocks.there.shape)


_FLAG = "estimated"


def flag_estimated(table: pd.DataFrame, source: Accounts | xr.DataArray | xr.Dataset) -> pd.DataFrame:
    """A table with a column that says which rows rest on estimated figures.

    Parameters
    ----------
    table : pd.DataFrame
        Made from `source`; the areas and years of a row are in its index or columns ``area`` and ``year``, where it
        has them.
    source : Accounts, xr.DataArray or xr.Dataset
        Its coordinate ``estimated`` over ``(area, year)``, as `recode_areas` and `read_population` set it, is used.
        In accounts a flow of a year rests on the populations of both its ends.

    Returns
    -------
    pd.DataFrame
        With the boolean column ``estimated`` at the end; the table itself if nothing is marked in `source`.

    Examples
    --------
    >>> people = xr.DataArray(
    ...     [[7.0, 8.0]], coords={"area": ["1580"], "year": [2023, 2024]}, dims=("area", "year")
    ... ).assign_coords(estimated=(("area", "year"), [[True, False]]))
    >>> flag_estimated(people.to_series().rename("persons").reset_index(), people)
       area  year  persons  estimated
    0  1580  2023      7.0       True
    1  1580  2024      8.0      False
    """
    flags = _flags(source)
    if flags is None:
        return table
    keys = [dim for dim in ("area", "year") if dim in table.index.names or dim in table.columns]
    reduced = flags.any([dim for dim in flags.dims if dim not in keys])
    if not keys:
        return table.assign(**{_FLAG: bool(reduced)})
    marked = {key: True for key, flag in _items(reduced, keys) if flag}
    columns = [table[dim] if dim in table.columns else table.index.get_level_values(dim) for dim in keys]
    rows = zip(*[np.asarray(column).tolist() for column in columns], strict=True)
    return table.assign(**{_FLAG: [row in marked for row in rows]})


def _items(flags: xr.DataArray, keys: list[str]) -> list[tuple[tuple[object, ...], bool]]:
    series = flags.reset_coords(drop=True).transpose(*keys).to_series()
    return [(key if isinstance(key, tuple) else (key,), bool(flag)) for key, flag in series.items()]


def _flags(source: Accounts | xr.DataArray | xr.Dataset) -> xr.DataArray | None:
    data = source.population if isinstance(source, Accounts) else source
    if _FLAG not in data.coords:
        return None
    flags = data.coords[_FLAG].astype(bool)
    if not isinstance(source, Accounts) or "year" not in flags.dims:
        return flags
    ends = flags.assign_coords(year=flags["year"].values - source.step).reindex(year=flags["year"].values)
    return flags | (ends.fillna(0) == 1)
