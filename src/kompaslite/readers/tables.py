"""Tables of population and of events to arrays that are ready for `Accounts`, with what became of every row."""

from typing import Literal

import xarray as xr

from kompaslite.readers.checks import check_first_age
from kompaslite.readers.findings import ReadingReport, TableError
from kompaslite.readers.flows import flows_of
from kompaslite.readers.job import (
    Codes,
    Incomplete,
    Job,
    Keep,
    Mapped,
    T,
    as_array,
    check_cells,
    open_job,
    with_report,
)
from kompaslite.readers.recode import recode_areas
from kompaslite.readers.sources import Source
from kompaslite.readers.tidy import kept, understood
from kompaslite.schema import PERSONS


def read_population(
    source: Source,
    *,
    columns: Mapped = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    sheet: str | None = None,
) -> xr.DataArray:
    """Population on 1 January from a table: CSV, Excel, Parquet, JSON-stat or a frame, tidy or wide.

    Parameters
    ----------
    source : str, Path, pd.DataFrame or mapping
        ``.csv``, ``.tsv``, ``.txt`` (also ``.gz``), ``.xlsx``, ``.xls``, ``.ods``, ``.parquet``, ``.json``
        (JSON-stat 2), or a frame.
    columns : Columns or mapping, optional
        Which column holds what, where the names do not say it; see `Columns`.
    keep : mapping, optional
        Dimension to the labels that are wanted, for example ``{"year": range(2006, 2027)}``; other rows are set
        aside.
    codes : AreaCodes, pd.DataFrame or file, optional
        What became of each area code. The table may then use the codes of each year, and the result is by the new
        codes; see `recode_areas`.
    whole : bool
        Whether every figure must be a whole number.
    incomplete : {"error", "set aside"}
        What to do with an area some of whose cells have no row.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    xr.DataArray
        Persons, ``([area], sex, age, year)``, floats, ``attrs["units"] == "persons"``. ``attrs["rows_read"]``,
        ``["rows_used"]`` and ``["rows_set_aside"]`` count the rows; ``attrs["reading"]`` says in words what was set
        aside and corrected. Where the table or `codes` mark estimates, the coordinate ``estimated`` is over
        ``(area, year)``.

    Raises
    ------
    TableError
        All problems of the table at once, each with its first rows and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "kommune": "3201 Bærum", "kjønn": ["Kvinner", "Menn"] * 2, "alder": ["0 år"] * 2 + ["1 år eller eldre"] * 2,
    ...     "år": "2026", "personer": ["5", "6", "1 234", "1 302"],
    ... })
    >>> people = read_population(frame)
    >>> people.sel(area="3201", year=2026).values.tolist()
    [[5.0, 1234.0], [6.0, 1302.0]]
    >>> print(people.attrs["reading"])
    the table: 4 rows read, 4 used, 0 set aside
    corrected: spaces between thousands taken out (rows 3, 4).
    """
    job = open_job(
        source, columns=columns, keep=keep, codes=codes, whole=whole, incomplete=incomplete, sheet=sheet, flows=False
    )  # fmt: skip
    return _by_new_codes(population_of(job), job)


def read_flows(
    source: Source,
    *,
    columns: Mapped = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    sheet: str | None = None,
) -> xr.Dataset:
    """Births, deaths and moves during calendar years from a table, tidy or wide.

    Parameters
    ----------
    source : str, Path, pd.DataFrame or mapping
        As in `read_population`. Either one column for each component (``births``, ``Døde``, ``Innflyttinger``...), or
        one row for each event with a column that names its component.
    columns : Columns or mapping, optional
        Which column holds what; ``components`` says what other names mean. See `Columns`.
    keep : mapping, optional
        Dimension to the labels that are wanted; ``component`` may be among them.
    codes, whole, incomplete, sheet
        As in `read_population`.

    Returns
    -------
    xr.Dataset
        One variable for each component, ``([area], [sex], [age], year)``, floats in persons per year; the age is
        that reached during the year, births are by the mother's age. ``attrs`` as in `read_population`.

    Raises
    ------
    TableError
        All problems of the table at once, each with its first rows and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"kommunenr": "3201", "år": [2024, 2025], "Fødte": [1290, 1304], "Døde": [1010, 990]})
    >>> read_flows(frame)["births"].sel(area="3201").values
    array([1290., 1304.])
    """
    job = open_job(
        source, columns=columns, keep=keep, codes=codes, whole=whole, incomplete=incomplete, sheet=sheet, flows=True
    )  # fmt: skip
    return _by_new_codes(flows_of(job), job)


def check_table(
    source: Source,
    *,
    holds: Literal["population", "flows"] = "population",
    columns: Mapped = None,
    keep: Keep = None,
    whole: bool = True,
    sheet: str | None = None,
) -> ReadingReport:
    """What a reader would say of a table: rows used and set aside, corrections, and every problem.

    Parameters
    ----------
    source, columns, keep, whole, sheet
        As in `read_population`.
    holds : {"population", "flows"}
        What the table should hold.

    Returns
    -------
    ReadingReport
        Its ``ok`` tells whether the table can be read.

    Examples
    --------
    >>> import pandas as pd
    >>> report = check_table(pd.DataFrame({"year": 2026, "sex": "male", "age": [0, 0], "persons": [5, -6]}))
    >>> report.ok, len(report.problems)
    (False, 3)
    """
    flows = holds == "flows"
    try:
        job = open_job(
            source, columns=columns, keep=keep, codes=None, whole=whole, incomplete="error", sheet=sheet, flows=flows
        )  # fmt: skip
        _ = flows_of(job) if flows else population_of(job)
    except TableError as error:
        return error.report
    return job.log.report()


def _by_new_codes(found: T, job: Job) -> T:
    """What a table holds, moved to the codes of one division where they are given."""
    return found if job.codes is None else recode_areas(found, job.codes, incomplete=job.incomplete)


def population_of(job: Job) -> xr.DataArray:
    """The population that a table holds, by the area codes of the table."""
    log = job.log
    cells = kept(understood(job.raw, job.where, job.columns, log, flows=False), job.keep, log)
    cells, table = check_cells(job, cells, "population", signed=False)
    if table is not None and not log.problems:
        check_first_age(table, "population", log)
    log.raise_problems()
    assert table is not None
    return with_report(as_array(cells, table, units=PERSONS, name="population"), log)
