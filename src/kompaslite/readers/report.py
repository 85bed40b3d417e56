"""What was found in a table: rows read, used and set aside, what was corrected, and what is wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.schema import SchemaError, short_list

#: Rows that a finding names before the rest is only counted.
NAMED_ROWS = 5
#: Problems that an error prints before the rest is only counted.
NAMED_PROBLEMS = 25
#: What begins the part of a mend that only a caller in Python can use.
_PYTHON = "In Python:"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found in a table, and where.

    Parameters
    ----------
    what : str
        What was found.
    count : int
        Rows or cells in which it was found; 0 if it concerns the table as a whole.
    rows : tuple of int
        Numbers of the first rows, as the file counts them.
    mend : str
        What to do about it.
    """

    what: str
    count: int = 0
    rows: tuple[int, ...] = ()
    mend: str = ""

    def __str__(self) -> str:
        where = ""
        if self.rows:
            rest = self.count - len(self.rows)
            more = f" and {rest:,} more" if rest > 0 else ""
            where = f" ({'row' if self.count == 1 else 'rows'} {short_list(self.rows)}{more})"
        elif self.count:
            where = f" ({self.count:,} cells)"
        return f"{self.what}{where}. {self.mend}".strip()


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """What became of every row of a table.

    Parameters
    ----------
    source : str
        Name of the file.
    rows_read : int
        Every row of the file but the header; the rows used and set aside add up to it.
    rows_used : int
        Rows whose figures are in the result.
    set_aside : tuple of Finding
        Rows that are not in the result, each group with its reason.
    corrections : tuple of Finding
        What was read otherwise than it is written.
    problems : tuple of Finding
        What stops the table from being read.
    unused : tuple of str
        Columns that were not looked at.
    """

    source: str
    rows_read: int
    rows_used: int
    set_aside: tuple[Finding, ...] = ()
    corrections: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the table can be read."""
        return not self.problems

    @property
    def rows_set_aside(self) -> int:
        """Rows read that are not in the result."""
        return self.rows_read - self.rows_used

    def __str__(self) -> str:
        head = (
            f"{self.source}: {self.rows_read:,} rows read, {self.rows_used:,} used, {self.rows_set_aside:,} set aside"
        )
        lines = [head]
        for title, findings in (
            ("set aside", self.set_aside),
            ("corrected", self.corrections),
            ("problem", self.problems),
        ):
            lines += [f"{title}: {finding}" for finding in findings]
        if self.unused:
            lines.append(f"columns not used: {short_list(self.unused, most=9)}")
        return "\n".join(lines)


class TableError(SchemaError):
    """A table cannot be read: every problem with its rows and its mend, all at once.

    Parameters
    ----------
    report : ReadingReport
        With at least one problem.
    """

    report: ReadingReport

    def __init__(self, report: ReadingReport) -> None:
        self.report = report
        count = len(report.problems)
        lines = [
            f"{report.source}: {_counted(count, 'problem')} in {_counted(report.rows_read, 'row')}; nothing was read."
        ]
        lines += [f"  {i}. {finding}" for i, finding in enumerate(report.problems[:NAMED_PROBLEMS], start=1)]
        if count > NAMED_PROBLEMS:
            lines.append(f"  and {count - NAMED_PROBLEMS} problems more.")
        super().__init__("\n".join(lines))

    def for_a_file(self) -> "TableError":
        """The same error in the words of a file: without what only Python can mend.

        Examples
        --------
        >>> finding = Finding("no column of figures", mend="Call it persons. In Python: columns={'value': ...}.")
        >>> print(TableError(ReadingReport("a.csv", 2, 0, problems=(finding,))).for_a_file())
        a.csv: 1 problem in 2 rows; nothing was read.
          1. no column of figures. Call it persons.
        """
        problems = tuple(replace(one, mend=one.mend.split(_PYTHON)[0].strip()) for one in self.report.problems)
        return TableError(replace(self.report, problems=problems))

    def __reduce__(self) -> tuple[type["TableError"], tuple[ReadingReport]]:
        return type(self), (self.report,)


@contextmanager
def words_of_a_file() -> Iterator[None]:
    """Errors of tables without what only Python can mend, for who works with files; also as a decorator.

    Examples
    --------
    >>> from kompaslite.readers import read_population
    >>> with words_of_a_file():
    ...     read_population("none.csv")
    Traceback (most recent call last):
    kompaslite.readers.report.TableError: none.csv: 1 problem in 0 rows; nothing was read.
      1. There is no such file. Check the name and the folder.
    """
    try:
        yield
    except TableError as error:
        raise error.for_a_file() from error


@dataclass(slots=True)
class Log:
    """What is found while a table is read; the reader writes it, `report` closes it."""

    source: str
    rows_read: int = 0
    set_aside_rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    set_aside: list[Finding] = field(default_factory=list)
    corrections: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    unused: tuple[str, ...] = ()

    def problem(self, what: str, rows: Sequence[int] | np.ndarray = (), mend: str = "", count: int = 0) -> None:
        """Note what stops the table from being read."""
        self.problems.append(_finding(what, rows, mend, count))

    def correct(self, what: str, rows: Sequence[int] | np.ndarray = (), count: int = 0) -> None:
        """Note what is read otherwise than it is written."""
        self.corrections.append(_finding(what, rows, "", count))

    def put_aside(self, what: str, rows: Sequence[int] | np.ndarray) -> None:
        """Note rows that are not in the result; a row set aside twice counts once."""
        numbers = once(rows)
        fresh = numbers[~np.isin(numbers, self.set_aside_rows)] if self.set_aside_rows.size else numbers
        if fresh.size:
            self.set_aside_rows = np.concatenate([self.set_aside_rows, fresh])
            self.set_aside.append(_finding(what, fresh, "", 0))

    def report(self) -> ReadingReport:
        """Everything that was found."""
        used = 0 if self.problems else self.rows_read - self.set_aside_rows.size
        aside = [] if self.problems else self.set_aside
        return ReadingReport(
            source=self.source,
            rows_read=self.rows_read,
            rows_used=used,
            set_aside=tuple(aside),
            corrections=tuple(self.corrections),
            problems=tuple(self.problems),
            unused=self.unused,
        )

    def raise_problems(self) -> None:
        """Raise if anything stops the table from being read."""
        if self.problems:
            raise TableError(self.report())


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def once(rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Row numbers in ascending order, each once."""
    numbers = np.asarray(rows, dtype=np.int64)
    return numbers if np.all(numbers[1:] > numbers[:-1]) else np.unique(numbers)


def _finding(what: str, rows: Sequence[int] | np.ndarray, mend: str, count: int) -> Finding:
    numbers = once(rows)
    return Finding(what, count or numbers.size, tuple(numbers[:NAMED_ROWS].tolist()), mend)


def stop(source: str, what: str, mend: str = "", rows: Sequence[int] = ()) -> TableError:
    """An error for a file that cannot even be opened as a table."""
    return TableError(ReadingReport(source, 0, 0, problems=(_finding(what, rows, mend, 0),)))


def path_of(source: object) -> Path:
    """Path of a file."""
    if isinstance(source, str | Path):
        return Path(source)
    kind = type(source)
    name = f"{kind.__module__.split('.')[0]} {kind.__name__}".removeprefix("builtins ")
    mend = "Give the path of a file, or a DataFrame of pandas (such as frame.to_pandas())."
    raise stop("the source", f"It is of type {name}", mend)


def content_of(path: Path) -> bytes:
    """The bytes of a file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        words = "There is no such file" if isinstance(error, FileNotFoundError) else f"Reading failed: {error.strerror}"
        raise stop(path.name, words, "Check the name and the folder.") from error
    if not content:
        raise stop(path.name, "The file is empty", "Save or fetch it again.")
    return content


def reading_report(data: Accounts | xr.DataArray | xr.Dataset) -> str:
    """What became of every row of the tables that the data were read from, in words.

    Parameters
    ----------
    data : Accounts, xr.DataArray or xr.Dataset
        As a reader returned it.

    Returns
    -------
    str
        A paragraph for each table: rows read, used and set aside, corrections, columns not used; empty if the data
        come from no table.

    Examples
    --------
    >>> import pandas as pd
    >>> from kompaslite.readers import read_population
    >>> frame = pd.DataFrame({"sex": ["female", "male"] * 2, "age": [0, 0, 1, 1], "år": 2026, "personer": [5, 6, 7, 8]})
    >>> reading_report(read_population(frame))
    'the table: 4 rows read, 4 used, 0 set aside'
    """
    parts = (data.population, data.flows) if isinstance(data, Accounts) else (data,)
    return "\n".join(str(part.attrs["reading"]) for part in parts if "reading" in part.attrs)
