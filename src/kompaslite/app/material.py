"""What a municipality brings: its accounts, a method, and its dwellings where they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.datasets import load_example
from kompaslite.datasets.baerum import Example
from kompaslite.datasets.baerum_housing import baerum_parameters
from kompaslite.housing import default_headship, households_of
from kompaslite.methods.default_method import default
from kompaslite.readers import read_accounts
from kompaslite.schema import SchemaError

#: Endings in which a table of a folder may be stored, in the order in which they are looked for.
ENDINGS = (".csv", ".csv.gz", ".parquet", ".xlsx")


class PlainMethod(Protocol):
    """A method with everything but history and years in it."""

    def __call__(self, observed: Accounts, years: Sequence[int]) -> xr.Dataset:
        """Assumptions for the years."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What forecasts are made from.

    Parameters
    ----------
    name : str
        Of the example or folder.
    observed : Accounts
        History.
    method : callable
        ``(observed, years) -> assumptions``.
    sources : mapping of str to str
        Where what comes from.
    example : Example, optional
        The whole example, where it is one.
    stock : xr.DataArray, optional
        Dwellings on 1 January of the last observed year, ``(area, dwelling_type)``.
    vacancy : float
        Share of the stock that stands empty.
    """

    name: str
    observed: Accounts
    method: PlainMethod
    sources: Mapping[str, str]
    example: Example | None = None
    stock: xr.DataArray | None = None
    vacancy: float = 0.03


def load_material(data: str, *, folder: str | Path = ".") -> Material:
    """An example of the library, or the tables of a folder."""
    if data == "baerum":
        return _example(data)
    place = Path(folder) / data
    if not place.is_dir():
        raise SchemaError(
            f"data: {data!r} is neither an example (baerum) nor a folder in {Path(folder).resolve().name}. "
            "Give the name of a folder with a table population.csv."
        )
    population = _table(place, "population")
    if population is None:
        raise SchemaError(f"data: the folder {place.name} has no table population.csv. Put it there.")
    flows = _table(place, "flows")
    observed = read_accounts(population, () if flows is None else flows)
    words = {"population": population.name} | ({} if flows is None else {"flows": flows.name})
    return Material(place.name, observed, partial(default), words, stock=_stock(place))


def _example(name: str) -> Material:
    example = load_example(name)
    known = baerum_parameters()
    people = example.observed.population.isel(year=-1, drop=True)
    headship = default_headship(people["age"].values)
    homes = households_of(people, headship) * known.stock.shares.array / (1.0 - known.stock.vacancy.value)
    return Material(
        name,
        example.observed,
        example.method,
        {"population and components": example.note.source, "dwellings": known.stock.shares.source},
        example=example,
        stock=homes.assign_attrs(units="dwellings"),
        vacancy=known.stock.vacancy.value,
    )


def _table(place: Path, name: str) -> Path | None:
    return next((place / f"{name}{ending}" for ending in ENDINGS if (place / f"{name}{ending}").is_file()), None)


def _stock(place: Path) -> xr.DataArray | None:
    path = place / "dwellings.csv"
    if not path.is_file():
        return None
    frame = pd.read_csv(path, dtype={"area": str, "dwelling_type": str})
    missing = [name for name in ("area", "dwelling_type", "dwellings") if name not in frame.columns]
    if missing:
        raise SchemaError(f"{path.name}: column {missing[0]} is missing; it has {', '.join(map(str, frame.columns))}.")
    frame = frame.reset_index(drop=True)
    for row in frame.index[frame.duplicated(["area", "dwelling_type"])]:
        cell = f"area {frame['area'][row]}, dwelling_type {frame['dwelling_type'][row]}"
        raise SchemaError(f"{path.name}: {cell} stands twice, again in row {row + 2}. Keep one row.")
    numbers = pd.to_numeric(frame["dwellings"], errors="coerce")
    for row in frame.index[~(numbers >= 0.0)]:
        raise SchemaError(f"{path.name}: row {row + 2} has no number of dwellings. Count dwellings, 0 or more.")
    stock = frame.assign(dwellings=numbers.astype(float)).set_index(["area", "dwelling_type"])["dwellings"].to_xarray()
    if bool(xr.ufuncs.isnan(stock).any()):
        raise SchemaError(f"{path.name}: an area lacks a dwelling type that another has. Give it with 0 dwellings.")
    return stock.assign_attrs(units="dwellings")
