"""What a reader would say of a table, without stopping at its problems."""

from typing import Literal

from kompaslite.readers.findings import ReadingReport, TableError
from kompaslite.readers.flows import flows_of
from kompaslite.readers.job import Keep, Mapped, open_job
from kompaslite.readers.population import population_of
from kompaslite.readers.sources import Source


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
