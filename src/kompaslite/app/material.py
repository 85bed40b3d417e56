"""What a municipality brings: its accounts, a method, and its dwellings where they are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.datasets import load_example
from kompaslite.datasets.baerum import Example
from kompaslite.datasets.baerum_housing import baerum_parameters
from kompaslite.housing import default_headship, households_of
from kompaslite.methods import Method, default
from kompaslite.readers import read_accounts, read_records
from kompaslite.schema import SchemaError

#: Endings in which a table of a folder may be stored, in the order in which they are looked for.
ENDINGS = (".csv", ".csv.gz", ".parquet", ".xlsx")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What forecasts are made from.

    Parameters
    ----------
    name : str
        Of the example or folder.
    observed : Accounts
        History.
    method : Method
        With everything in it but history, years and sources.
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
    method: Method
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
    path = _table(place, "dwellings")
    if path is None:
        return None
    key = ("area", "dwelling_type")
    records = read_records(path, {"area": "text", "dwelling_type": "text", "dwellings": "number"}, key=key)
    stock = pd.DataFrame(records.rows).set_index(list(key))["dwellings"].to_xarray()
    if bool(xr.ufuncs.isnan(stock).any()):
        raise SchemaError(f"{path.name}: an area lacks a dwelling type that another has. Give it with 0 dwellings.")
    return stock.assign_attrs(units="dwellings")
