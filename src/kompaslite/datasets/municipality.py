"""What a municipality brings: a folder of its tables, read to accounts, a method, and its dwellings where known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.datasets.printed import PrintedNote, printed_accounts, read_printed, yearly
from kompaslite.housing.figures import HousingFigures, known_stock, read_housing_figures
from kompaslite.methods import Method, default
from kompaslite.readers import read_accounts, read_records
from kompaslite.schema import SchemaError

#: Endings in which a table of a folder may be stored, in the order in which they are looked for.
ENDINGS = (".csv", ".csv.gz", ".parquet", ".xlsx")


@dataclass(frozen=True, slots=True, eq=False)
class MunicipalityData:
    """What a municipality knows when it makes its forecast.

    Parameters
    ----------
    name : str
        Of the municipality, or of its folder.
    observed : Accounts
        History.
    method : Method
        ``(observed, years) -> assumptions``, with everything in it but history, years and sources.
    sources : mapping of str to str
        Where what comes from.
    printed : PrintedNote, optional
        The figures of its population note, where the folder holds them.
    dwellings : xr.Dataset
        Any of ``expected``, ``completed`` and ``vacated_expected`` dwellings, ``(area, year)``.
    stock : xr.DataArray, optional
        Dwellings on 1 January of the last observed year, ``(area, dwelling_type)``.
    vacancy : float
        Share of the stock that stands empty.
    housing : HousingFigures, optional
        Figures of its housing with their sources.
    """

    name: str
    observed: Accounts
    method: Method
    sources: Mapping[str, str]
    printed: PrintedNote | None = None
    dwellings: xr.Dataset = field(default_factory=xr.Dataset)
    stock: xr.DataArray | None = None
    vacancy: float = 0.03
    housing: HousingFigures | None = None

    @property
    def note(self) -> PrintedNote:
        """The figures of its population note."""
        if self.printed is None:
            raise SchemaError(f"{self.name}: the folder holds no printed note. Take the accounts, observed.")
        return self.printed


def example_folder(name: str) -> Path:
    """The folder of an example that comes with the library."""
    known = sorted(path.parent.name for path in Path(__file__).parent.glob("*/municipality.toml"))
    if name not in known:
        near = get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SchemaError(f"load_example: there is no example {name!r}; there is {', '.join(known)}.{hint}")
    return Path(__file__).parent / name


def data_folder(data: str, beside: Path) -> Path:
    """The folder that a scenario's ``data`` names: one beside the scenario file, or an example of the library."""
    if (beside / data).is_dir():
        return beside / data
    try:
        return example_folder(data)
    except SchemaError as error:
        raise SchemaError(
            f"data: {data!r} is neither an example (baerum) nor a folder in {beside.resolve().name}. "
            "Give the name of a folder with a table population.csv."
        ) from error


def load_example(name: str) -> MunicipalityData:
    """An example that comes with the library.

    Parameters
    ----------
    name : str
        ``"baerum"``: the municipality west of Oslo, from its population note for 2025 alone.

    Returns
    -------
    MunicipalityData
        ``note`` (the printed figures), ``observed`` (accounts by sex and single age), ``dwellings`` and ``method``.

    Raises
    ------
    SchemaError
        If there is no example of this name.

    Examples
    --------
    >>> baerum = load_example("baerum")
    >>> baerum.note.deviation.loc["total", "deviation"].item()
    -217
    >>> baerum.observed.population.sel(year=2026).sum().round(6).item()
    133228.0
    """
    return load_municipality(example_folder(name))


def load_municipality(folder: str | Path) -> MunicipalityData:
    """The tables of a folder: population by single age, or the figures of a population note.

    Parameters
    ----------
    folder : str or Path
        With ``population``, and where there are any ``flows`` and ``dwellings``; or with printed figures.

    Returns
    -------
    MunicipalityData

    Raises
    ------
    SchemaError
        If there is no population, or a table cannot be read.
    """
    place = Path(folder)
    population = _table(place, "population")
    if population is None and (place / "age_groups.csv").is_file():
        return _from_printed(place)
    if population is None:
        raise SchemaError(f"data: the folder {place.name} has no table population.csv. Put it there.")
    flows = _table(place, "flows")
    observed = read_accounts(population, () if flows is None else flows)
    words = {"population": population.name} | ({} if flows is None else {"flows": flows.name})
    return MunicipalityData(place.name, observed, partial(default), words, stock=_stock(place))


def _from_printed(place: Path) -> MunicipalityData:
    note, figures = read_printed(place), read_housing_figures(place / "housing.toml")
    observed = printed_accounts(note)
    built = figures.year_of_plan
    counts = {"expected": built.planned, "completed": built.completed, "vacated_expected": built.vacated}
    dwellings = {
        name: yearly(figure.value, note).assign_attrs(units="dwellings/year", source=note.source)
        for name, figure in counts.items()
    }
    return MunicipalityData(
        name=place.name,
        observed=observed,
        method=note.method,
        sources={"population and components": note.source, "dwellings": figures.stock.shares.source},
        printed=note,
        dwellings=xr.Dataset(dwellings),
        stock=known_stock(figures, observed.population.isel(year=-1, drop=True)),
        vacancy=figures.stock.vacancy.value,
        housing=figures,
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
