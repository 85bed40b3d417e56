"""Everything a forecast needs of a municipality, from a statistics bank: population, changes, dwellings."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.readers import read_accounts
from kompaslite.schema import SchemaError
from kompaslite.statbank.archive import Archive, Cache, Source, default_folder
from kompaslite.statbank.catalogue import NORWAY, BankTable
from kompaslite.statbank.connection import Notifier, StatbankError, StatisticsBank
from kompaslite.statbank.figures import compared, dwellings_of, events_of, population_of, quarters_to_years, years_of
from kompaslite.statbank.query import NotThereError, named, put_together, question, without_unstated


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """What a statistics bank has of an area.

    Parameters
    ----------
    accounts : Accounts
        Population by sex and age on 1 January; births, deaths and moves in total, where the bank has them; what they
        do not explain is the component ``adjustment``.
    dwelling_stock : xr.DataArray or None
        Dwellings on 1 January, ``(area, dwelling_type, year)``.
    completions : xr.DataArray or None
        Dwellings completed during the year, ``(area, dwelling_type, year)``.
    tables : dict
        Every table as it was answered, by its number.
    sources : tuple of Source
        Table, question, date and checksum of every answer.
    notes : tuple of str
        What is not there, what was left out, and how tables compare that say the same.
    """

    accounts: Accounts
    dwelling_stock: xr.DataArray | None
    completions: xr.DataArray | None
    tables: Mapping[str, xr.DataArray]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def fetch(
    area: str | Sequence[str],
    *,
    first_year: int = 2005,
    last_year: int | None = None,
    tables: Sequence[BankTable] = NORWAY,
    bank: StatisticsBank | str | None = None,
    cache: str | Path | None = None,
    refresh: bool = False,
    progress: bool | None = None,
) -> Fetched:
    """Population, changes and dwellings of an area from a statistics bank that speaks PxWeb v2.

    Parameters
    ----------
    area : str or sequence of str
        Area codes of today, for example ``"3201"``.
    first_year, last_year : int
        Years on whose 1 January the population is wanted; the last one that there is, if none is given.
    tables : sequence of BankTable
        What to fetch; those of Statistics Norway if nothing else is said.
    bank : StatisticsBank or str, optional
        The bank, or its address; Statistics Norway if nothing else is said.
    cache : str or Path, optional
        Folder of the answers. A question that was answered before is answered from there, without a network.
    refresh : bool
        Whether everything is asked again.
    progress : bool, optional
        Whether to show what is done; on a terminal if nothing is said.

    Returns
    -------
    Fetched

    Raises
    ------
    StatbankError
        If the bank does not answer, or a table that is needed was moved or changed.
    TableError
        If an answer is not a complete table of counts.

    References
    ----------
    .. [1] Statistics Norway, PxWebApi 2 user guide, ssb.no/en/api/pxwebapiv2.

    Examples
    --------
    >>> fetched = fetch("3201", first_year=2016)  # doctest: +SKIP
    """
    areas = _checked_areas(area)
    last = datetime.now(UTC).year + 1 if last_year is None else last_year
    if last < first_year:
        raise SchemaError(f"fetch: the last year {last} is before the first one {first_year}. Exchange them.")
    chosen = bank if isinstance(bank, StatisticsBank) else StatisticsBank(bank) if bank else StatisticsBank()
    notes: list[str] = []
    with _notifier(len(tables), shown=progress) as notifier:
        archive = Archive(chosen, Cache(Path(cache) if cache else default_folder()), refresh, notifier)
        found = []
        for table in tables:
            answer = _answer(table, archive, areas, years=(first_year, last), notes=notes)
            if answer is not None:
                found.append((table, answer))
    return _fetched(found, tuple(archive.sources), notes)


def _checked_areas(area: str | Sequence[str]) -> list[str]:
    areas = [area] if isinstance(area, str) else list(area)
    strange = [code for code in areas if not isinstance(code, str) or not code.strip()]
    if strange or not areas or len(set(areas)) < len(areas):
        raise SchemaError(f"fetch: areas are {areas!r}. Give each code once, as text, for example '3201'.")
    return areas


def _answer(
    table: BankTable, archive: Archive, areas: Sequence[str], *, years: tuple[int, int], notes: list[str]
) -> xr.DataArray | None:
    try:
        asked = question(table, archive, areas, years=years)
        parts = archive.datasets(table.table, asked.selection, asked.lists)
        return without_unstated(named(put_together(parts, asked, table), asked), asked, table, notes)
    except StatbankError as error:
        if not table.optional or not (isinstance(error, NotThereError) or " 404 " in str(error)):
            raise
        notes.append(f"left out, and not needed: {error}")
        return None


def _fetched(found: Sequence[tuple[BankTable, xr.DataArray]], sources: tuple[Source, ...], notes: list[str]) -> Fetched:
    of = {table.holds: (table, array) for table, array in found}
    if "population" not in of:
        raise StatbankError("fetch: no table of population among the tables. Add one that holds 'population'.")
    population = population_of(*of["population"])
    flows = quarters_to_years(*of["quarterly changes"], population, notes) if "quarterly changes" in of else None
    if "yearly changes" in of:
        yearly = years_of(*of["yearly changes"], population, notes)
        notes += compared(population, flows, yearly)
        flows = yearly.drop_vars("population", errors="ignore") if flows is None else flows
    for table, array in found:
        events = events_of(table, array, population) if table.holds == "events" else None
        if events is not None:
            notes += compared(population, events, flows) if flows is not None else []
            flows = _with_events(flows, events, table, notes)
    accounts = read_accounts(population, [] if flows is None else flows, residual=flows is not None)
    return Fetched(
        accounts=accounts,
        dwelling_stock=dwellings_of(*of["dwelling stock"], notes) if "dwelling stock" in of else None,
        completions=dwellings_of(*of["completions"], notes) if "completions" in of else None,
        tables={table.table: array for table, array in found},
        sources=sources,
        notes=tuple(notes),
    )


def _with_events(flows: xr.Dataset | None, events: xr.Dataset, table: BankTable, notes: list[str]) -> xr.Dataset:
    if flows is None:
        return events
    years = [year for year in flows["year"].values.tolist() if year in events["year"].values]
    if len(years) < flows.sizes["year"]:
        notes.append(
            f"table {table.table}: it has {len(years)} of {flows.sizes['year']} years; changes are of these only"
        )
    # what is known by sex and age takes the place of what is known in total
    rest = flows.drop_vars([name for name in events.data_vars if name in flows])
    parts = {str(name): part.sel(year=years) for one in (rest, events) for name, part in one.data_vars.items()}
    return xr.Dataset(parts)


@contextmanager
def _notifier(tables: int, *, shown: bool | None) -> Iterator[Notifier]:
    if not (sys.stderr.isatty() if shown is None else shown):
        yield Notifier()
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield Notifier(tell=lambda words: print(words, file=sys.stderr))
        return
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("fetching", total=tables)
        seen: set[str] = set()

        def tell(words: str) -> None:
            if words.startswith("table ") and (number := words.split(",", maxsplit=1)[0]) not in seen:
                seen.add(number)
                bar.update(task, completed=len(seen) - 1)
            bar.update(task, description=words)

        yield Notifier(tell=tell)
        bar.update(task, completed=tables, description="fetched")
