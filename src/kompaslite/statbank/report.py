"""What was fetched, written to a folder as plain tables, and told in words."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite._files import StorageError, require_free, whole_file
from kompaslite.schema import short_list
from kompaslite.statbank.connection import StatisticsBank
from kompaslite.statbank.fetch import Fetched, fetch

_SOURCES = "sources.json"
_FILES = ("population.csv", "changes.csv", "dwelling_stock.csv", "completions.csv", _SOURCES)


def fetch_to(
    folder: str | Path,
    area: str | Sequence[str],
    *,
    first_year: int = 2005,
    bank: StatisticsBank | str | None = None,
    cache: str | Path | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    force: bool = False,
) -> str:
    """Fetch an area and write what was found; this is what the command ``kompaslite fetch`` does.

    Parameters
    ----------
    folder : str or Path
        Where the tables are written; made if it is absent.
    area, first_year, bank, cache, refresh, progress
        As in `fetch`.
    force : bool
        Whether tables of an earlier fetch may be replaced; other files there stay.

    Returns
    -------
    str
        What was fetched, in words.

    Raises
    ------
    StatbankError
        As `fetch`; then nothing is written.
    StorageError
        If a table is there and `force` is not given, or the folder cannot be written: before anything is fetched.

    Examples
    --------
    >>> print(fetch_to("data", "3201"))  # doctest: +SKIP
    """
    _require_free(Path(folder), force=force)
    fetched = fetch(area, first_year=first_year, bank=bank, cache=cache, refresh=refresh, progress=progress)
    names = write_tables(fetched, folder, force=force)
    return f"{summary(fetched)}\nwritten to {folder}: {', '.join(names)}"


def write_tables(fetched: Fetched, folder: str | Path, *, force: bool = False) -> list[str]:
    """Write tidy CSV tables and their sources.

    Parameters
    ----------
    fetched : Fetched
        From `fetch`.
    folder : str or Path
        Made if it is absent.
    force : bool
        Whether tables of an earlier fetch may be replaced; other files there stay.

    Returns
    -------
    list of str
        Names of the files; `read_population` and `read_flows` read the first two.

    Raises
    ------
    StorageError
        If a table is there and `force` is not given, or the folder cannot be written.

    Examples
    --------
    >>> write_tables(fetch("3201"), "data")  # doctest: +SKIP
    """
    folder = Path(folder)
    _require_free(folder, force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: the folder cannot be made ({error.strerror}). Choose another one.") from error
    tables = {"population.csv": fetched.accounts.population.to_series().rename("population").reset_index()}
    if len(fetched.accounts.flows.data_vars):
        tables["changes.csv"] = _wide(fetched.accounts.flows)
    for name, array in (("dwelling_stock.csv", fetched.dwelling_stock), ("completions.csv", fetched.completions)):
        if array is not None:
            tables[name] = array.to_series().rename("dwellings").reset_index()
    for name, table in tables.items():
        with whole_file(folder / name, force=force) as path:
            _as_whole_numbers(table).to_csv(path, index=False, lineterminator="\n")
    with whole_file(folder / _SOURCES, force=force) as path:
        words = {"sources": [asdict(source) for source in fetched.sources], "notes": list(fetched.notes)}
        path.write_text(json.dumps(words, ensure_ascii=False, indent=1), encoding="utf-8")
    return [*tables, _SOURCES]


def _require_free(folder: Path, *, force: bool) -> None:
    """Raise unless every table may be written; a folder or file that is in the way is found before the work."""
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: this is a file, not a folder. Choose another name.")
    for name in _FILES if folder.is_dir() else ():
        require_free(folder / name, force=force)


def summary(fetched: Fetched) -> str:
    """What was fetched, in words.

    Parameters
    ----------
    fetched : Fetched
        From `fetch`.

    Returns
    -------
    str
        One line for each kind of figure, then the notes.

    Examples
    --------
    >>> print(summary(fetch("3201")))  # doctest: +SKIP
    """
    people = fetched.accounts.population
    years, areas = people["year"].values, people["area"].values.tolist()
    lines = [
        f"population: {short_list(areas)}, 1 January {years[0]} to {years[-1]}, "
        f"{float(people.isel(year=-1).sum()):,.0f} persons at the last"
    ]
    names = [str(name) for name in fetched.accounts.flows.data_vars]
    if names:
        flow_years = fetched.accounts.flows["year"].values
        lines.append(f"changes: {', '.join(names)}, {flow_years[0]} to {flow_years[-1]}")
    for words, array in (("dwelling stock", fetched.dwelling_stock), ("completions", fetched.completions)):
        if array is not None:
            lines.append(f"{words}: {array['year'].values[0]} to {array['year'].values[-1]}")
    dates = sorted({source.fetched[:10] for source in fetched.sources})
    lines.append(f"sources: tables {', '.join(sorted(fetched.tables))}, fetched {short_list(dates)}")
    return "\n".join([*lines, *(f"note: {note}" for note in fetched.notes)])


def _wide(flows: xr.Dataset) -> pd.DataFrame:
    return flows.to_dataframe().reset_index()[["area", "year", *map(str, flows.data_vars)]]


def _as_whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    whole = {name: "int64" for name in table.select_dtypes("float") if (table[name] == table[name].round()).all()}
    return table.astype(whole)
