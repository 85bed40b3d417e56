"""What a municipality brings: a folder of its tables, read to accounts, a method, and its dwellings where known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, imbalance
from kompaslite.datasets.printed import PrintedNote, printed_accounts, read_printed, yearly
from kompaslite.housing.figures import HousingFigures, known_stock, read_housing_figures
from kompaslite.methods import Method, default
from kompaslite.readers import read_accounts, read_flows, read_population, read_records, words_of_a_file
from kompaslite.readers.sources import Kind
from kompaslite.schema import SchemaError

#: The tables of a folder, and the names that their files may have: those of the documentation, and of ``fetch``.
TABLES: Mapping[str, tuple[str, ...]] = {
    "population": ("population",),
    "flows": ("flows", "changes"),
    "dwellings": ("dwellings", "dwelling_stock"),
    "completions": ("completions",),
}
#: Figures of a population note, in place of a population by single age.
_PRINTED = ("age_groups", "components", "quarters", "key_figures")
#: Endings of tables; a text file is one only if its name is that of a table.
ENDINGS = (".csv", ".tsv", ".parquet", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".json", ".csv.gz", ".tsv.gz")
_TEXTS = (".txt", ".txt.gz")
#: Net moves that can tell whether in and out were exchanged, and how much better the accounts then close.
_FEWEST_MOVES, _CLOSER = 50.0, 0.25
#: What else may stand in a folder under such an ending.
_NO_TABLES = ("sources.json",)


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
        Dwellings on 1 January, ``(area, dwelling_type)``, of the year of the forecast's start, or with ``year``.
    vacancy : float
        Share of the stock that stands empty.
    housing : HousingFigures, optional
        Figures of its housing with their sources.
    reading : str
        What became of the rows of its tables.
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
    reading: str = ""

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


@words_of_a_file()
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
    files = find_tables(place)
    if "population" not in files and "age_groups" in files:
        return _from_printed(place)
    if "population" not in files:
        raise SchemaError(f"data: the folder {place.name} has no table population.csv. Put it there.")
    people, flows = read_population(files["population"]), _flows(files)
    stock, completions = (_dwellings(files.get(name)) for name in ("dwellings", "completions"))
    code = _code(place, people, flows, stock, completions)
    moved = {} if flows is None else {str(name): _of_area(flow, code) for name, flow in flows.items()}
    observed = read_accounts(_of_area(people, code), xr.Dataset(moved, attrs={} if flows is None else flows.attrs))
    _check_directions(observed)
    reading = [str(part.attrs.get("reading", "")) for part in (people, flows) if part is not None]
    built = None if completions is None else _of_area(completions, code).sum("dwelling_type", keep_attrs=True)
    return MunicipalityData(
        name=place.name,
        observed=observed,
        method=partial(default),
        sources={name: file.name for name, file in files.items()},
        dwellings=xr.Dataset() if built is None else xr.Dataset({"completed": built}),
        stock=None if stock is None else _of_area(stock, code),
        reading="\n".join(reading),
    )


def find_tables(folder: Path) -> dict[str, Path]:
    """The tables of a folder by name; a table that nothing reads is an error, because its figures would be lost."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        name = _table_of(path)
        if name is None:
            continue
        if name not in (*TABLES, *_PRINTED):
            raise SchemaError(_unread(path, name))
        if not path.is_file():
            what = "a link to nothing" if path.is_symlink() else "no file"
            raise SchemaError(f"data: {path.name} in {folder.name} is {what}. Put the table there, or take it out.")
        if name in found:
            raise SchemaError(
                f"data: {folder.name} has two tables of {name}, {found[name].name} and {path.name}. Keep one of them."
            )
        found[name] = path
    return found


def _table_of(path: Path) -> str | None:
    """The table that a file is by its name, its own stem if it is none that is known; None if it is no table."""
    low = path.name.casefold()
    ending = next((one for one in (*ENDINGS, *_TEXTS) if low.endswith(one)), None)
    if ending is None or low.startswith((".", "~")) or low in _NO_TABLES:
        return None
    stem = low.removesuffix(ending)
    known = {alias: name for name, aliases in TABLES.items() for alias in aliases} | {name: name for name in _PRINTED}
    return known.get(stem, None if ending in _TEXTS else stem)


def _unread(path: Path, name: str) -> str:
    aliases = [alias for names in TABLES.values() for alias in names]
    near = get_close_matches(name, aliases, n=1, cutoff=0.75)
    mend = f"Is it {near[0]}? Rename it" if near else f"Tables are {', '.join(aliases)}. Rename it"
    return f"data: nothing reads the table {path.name} in {path.parent.name}. {mend}, or take it out of the folder."


def _flows(files: Mapping[str, Path]) -> xr.Dataset | None:
    return read_flows(files["flows"]) if "flows" in files else None


def _code(place: Path, *parts: xr.DataArray | xr.Dataset | None) -> str:
    """Code of a municipality whose population does not name it: that of another table, or the folder's name."""
    codes = {str(code) for part in parts if part is not None and "area" in part.dims for code in part["area"].values}
    return codes.pop() if len(codes) == 1 else place.resolve().name


def _of_area(part: xr.DataArray, code: str) -> xr.DataArray:
    """The array with areas, where its table names none."""
    return part if "area" in part.dims else part.expand_dims(area=[code])


def _check_directions(observed: Accounts) -> None:
    """Refuse moves in and out that were exchanged: the accounts then close the other way round only."""
    known = set(map(str, observed.flows.data_vars))
    pairs = [pair for pair in (("in_migration", "out_migration"), ("immigration", "emigration")) if set(pair) <= known]
    if not {"births", "deaths"} <= known or not pairs:
        return
    rest = _by_area(imbalance(observed))
    for come, gone in pairs:
        net = _by_area(observed.flows[come]) - _by_area(observed.flows[gone])
        now, exchanged, moves = (float(abs(part).sum()) for part in (rest, rest + 2.0 * net, net))
        if moves >= _FEWEST_MOVES and exchanged < _CLOSER * now:
            raise SchemaError(
                f"flows: {come} and {gone} seem to be exchanged: births, deaths and moves leave {now:,.0f} persons of "
                f"the growth of the population open, and with the two exchanged {exchanged:,.0f}. Exchange the columns."
            )


def _by_area(part: xr.DataArray) -> xr.DataArray:
    return part.sum([dim for dim in part.dims if dim != "area"])


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


def _dwellings(path: Path | None) -> xr.DataArray | None:
    """Dwellings by area, type and year; area and year may be absent from a table of one place or one date."""
    if path is None:
        return None
    kinds: dict[str, Kind] = {"area": "area", "dwelling_type": "text", "year": "whole", "dwellings": "number"}
    keys = ["area", "dwelling_type", "year"]
    frame = pd.DataFrame(read_records(path, kinds, optional=("area", "year"), key=keys).rows)
    used = [name for name in keys if name in frame.columns]
    if bool(frame[used].isna().any(axis=None)):
        blank = next(name for name in used if frame[name].isna().any())
        raise SchemaError(f"{path.name}: {blank} is blank in some rows and not in others. Fill it in everywhere.")
    if "year" in used:
        frame["year"] = frame["year"].astype("int64")
    array = frame.set_index(used)["dwellings"].to_xarray()
    if np.isnan(array.values).any():
        raise SchemaError(f"{path.name}: an area lacks a dwelling type that another has. Give it with 0 dwellings.")
    return array.transpose(*used).assign_attrs(units="dwellings")
