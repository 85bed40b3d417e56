"""Files to raw columns with the row numbers of the file, and small tables whose columns have names of their own."""

import datetime as dt
import gzip
import io
import unicodedata
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from kompaslite._extras import from_extra
from kompaslite.readers.figures import is_blank, read_count
from kompaslite.readers.grid import Cells, RawTable, from_text, from_workbook, require_once
from kompaslite.readers.jsonstat import JsonStat, json_of, parse_jsonstat
from kompaslite.readers.labels import understand
from kompaslite.readers.report import Log, ReadingReport, TableError, content_of, path_of, stop
from kompaslite.schema import short_list

Source = str | Path | pd.DataFrame | Mapping[str, Any]

_TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
#: Kinds of cells, as pandas names them, among which there are no truth values.
_WITHOUT_TRUTH = {"string", "integer", "floating", "decimal", "date", "datetime", "datetime64", "empty"}


def name_of(source: Source) -> str:
    """What to call a source in messages: the file's name without its folder, or what a frame's attrs say."""
    if isinstance(source, str | Path):
        return Path(source).name
    return str(source.attrs.get("name", "the table")) if isinstance(source, pd.DataFrame) else "the dataset"


def load(source: Source, log: Log, *, sheet: str | None = None, else_first: bool = False) -> RawTable:
    """Raw columns of a file or frame, their letters in one form."""
    return _normalised(_loaded(source, log, sheet, else_first=else_first))


def _loaded(source: Source, log: Log, sheet: str | None, *, else_first: bool) -> RawTable:
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, log)
    if isinstance(source, Mapping):
        return _from_jsonstat(parse_jsonstat(source, log.source), log)
    path = path_of(source)
    name = path.name.lower()
    content = content_of(path)
    if name.endswith(_TEXT):
        return from_text(_unpacked(content, log.source, packed=name.endswith(".gz")), log)
    if name.endswith(".json"):
        return _from_jsonstat(parse_jsonstat(json_of(content, log.source), log.source), log)
    if name.endswith(".parquet"):
        return _from_parquet(content, log)
    if name.endswith(_BOOKS):
        return from_workbook(content, log, sheet, else_first=else_first)
    known = ", ".join((*_TEXT[:3], ".csv.gz", *_BOOKS, ".parquet", ".json"))
    raise stop(log.source, "The ending of the name is not known", f"Tables are read from {known}.")


def _unpacked(content: bytes, source: str, *, packed: bool) -> bytes:
    if packed != content.startswith(b"\x1f\x8b"):
        words = "is not packed although its name ends in .gz" if packed else "is packed; its name should end in .gz"
        raise stop(source, f"The file {words}", "Rename it.")
    if not packed:
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise stop(source, f"The packed file is broken or cut off: {error}", "Fetch or save it again.") from error


def _from_parquet(content: bytes, log: Log) -> RawTable:
    from_extra("pyarrow", "desk", f"{log.source}: reading Parquet")
    try:
        # text is decoded as late as possible, so the columns are taken out here too
        return _from_frame(pd.read_parquet(io.BytesIO(content), engine="pyarrow"), log)
    except TableError:
        raise
    except Exception as error:  # what a broken Parquet file raises is not listed anywhere
        raise stop(log.source, f"The file is not whole Parquet: {error}", "Save or fetch it again.") from error


def _from_frame(frame: pd.DataFrame, log: Log) -> RawTable:
    levels = [name for name in frame.index.names if name is not None]
    headers = [_header(header) for header in [*levels, *frame.columns]]
    require_once(headers, log)
    if levels:
        frame = frame.reset_index()
    log.rows_read = len(frame)
    if not len(frame):
        raise stop(log.source, "The table has no rows", "Save or fetch it again.")
    columns = {_header(header): _cells(frame[header]) for header in frame.columns}
    return RawTable(columns, np.arange(1, len(frame) + 1))


def _header(header: object) -> str:
    return str(int(header)) if isinstance(header, float) and header.is_integer() else str(header)


def _cells(series: pd.Series) -> Cells:
    if isinstance(series.dtype, pd.CategoricalDtype):
        labels = pd.Index(series.cat.categories.to_numpy(dtype=object), dtype=object)
        return pd.Categorical.from_codes(series.cat.codes.to_numpy(), categories=labels)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iuf":
        return series.to_numpy()
    if series.dtype.kind in "iu" and not series.hasnans:
        return series.to_numpy(dtype=np.int64)
    if series.dtype == np.bool_:
        return np.where(series.to_numpy(), "TRUE", "FALSE").astype(object)
    cells = series.astype(object).to_numpy(dtype=object)
    if pd.api.types.infer_dtype(cells, skipna=True) in _WITHOUT_TRUTH:
        return cells
    # a truth value equals 1 or 0, and would pass for a figure
    return np.array([str(cell).upper() if isinstance(cell, bool | np.bool_) else cell for cell in cells], dtype=object)


def _from_jsonstat(dataset: JsonStat, log: Log) -> RawTable:
    log.rows_read = dataset.values.size
    values, estimated = dataset.figures()
    return RawTable(
        dataset.columns() | {"value": values},
        np.arange(1, values.size + 1),
        kind=dataset.info.get("kind", ""),
        names=dataset.names,
        said=dataset.said,
        estimated=estimated,
    )


def _normalised(raw: RawTable) -> RawTable:
    """Letters in one form: an å of two signs is the å of one."""
    columns = {unicodedata.normalize("NFC", header): _composed(cells) for header, cells in raw.columns.items()}
    merged = {unicodedata.normalize("NFC", header): rows for header, rows in raw.merged.items()}
    return replace(raw, columns=columns, merged=merged)


def _composed(cells: Cells) -> Cells:
    if isinstance(cells, pd.Categorical):
        codes, labels = np.asarray(cells.codes), np.asarray(cells.categories, dtype=object)
    elif cells.dtype == object:
        codes, labels = pd.factorize(cells, use_na_sentinel=False)
    else:
        return cells
    loose = [isinstance(label, str) and not unicodedata.is_normalized("NFC", label) for label in labels]
    if not any(loose):
        return cells
    whole: np.ndarray = np.array([None, *labels], dtype=object)
    for i in np.flatnonzero(loose):
        whole[i + 1] = unicodedata.normalize("NFC", labels[i])
    return np.asarray(whole[codes + 1])


Kind = Literal["text", "area", "number", "whole", "cell"]
#: Value of a cell, what is wrong with it, and its mend.
Found = tuple[Any, str, str]
_BLANK = "Fill it in; if it holds a formula, save the workbook in Excel so that it is calculated."


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a small table with named columns, each with its place in the file.

    Parameters
    ----------
    rows : tuple of dict
        Name of the column to value, for every cell that is not blank.
    numbers : tuple of int
        Number of each row in the file.
    raw : RawTable
        The cells as the file has them.
    report : ReadingReport
        What became of every row.
    """

    rows: tuple[dict[str, Any], ...]
    numbers: tuple[int, ...]
    raw: RawTable
    report: ReadingReport

    def place(self, index: int, name: str) -> str:
        """Words for one cell: "sheet plans, cell C4" or "row 4, column zone"."""
        return self.raw.place(self.numbers[index], name)


def read_records(
    source: Source,
    kinds: Mapping[str, Kind],
    *,
    optional: Collection[str] = (),
    key: Sequence[str] = (),
    only: bool = False,
    sheet: str | None = None,
    else_first: bool = False,
) -> Records:
    """The rows of a small table whose columns have names of their own: dwellings, a programme, area codes.

    Parameters
    ----------
    source : str, Path or pd.DataFrame
        Any file or frame that `read_population` reads.
    kinds : mapping
        Name of each column to what it holds: ``"text"``, ``"area"`` (codes as `read_population` understands them),
        ``"number"`` (0 or more), ``"whole"`` or ``"cell"`` (as it stands).
    optional : collection of str
        Columns that may be absent or blank.
    key : sequence of str
        Columns that together name a row; no two rows may have the same.
    only : bool
        Whether a column of another name is an error; otherwise it is reported as not used.
    sheet : str, optional
        Sheet of a workbook.
    else_first : bool
        Whether the first sheet is read where there is none of that name.

    Returns
    -------
    Records

    Raises
    ------
    TableError
        All problems of the table at once, each with its place and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"area": ["0301"], "dwelling_type": ["block"], "dwellings": ["1 200"]})
    >>> kinds = {"area": "text", "dwelling_type": "text", "dwellings": "number"}
    >>> read_records(frame, kinds, key=("area", "dwelling_type")).rows
    ({'area': '0301', 'dwelling_type': 'block', 'dwellings': 1200.0},)
    """
    log = Log(name_of(source))
    raw = load(source, log, sheet=sheet, else_first=else_first)
    _check_names(raw, kinds, optional, log, only=only)
    columns = {
        name: _column(raw, name, kind, log, optional=name in optional)
        for name, kind in kinds.items()
        if name in raw.columns
    }
    rows = tuple(
        {name: values[i] for name, values in columns.items() if values[i] is not None} for i in range(raw.rows.size)
    )
    _check_key(rows, raw, key, log)
    log.raise_problems()
    return Records(rows, tuple(raw.rows.tolist()), raw, log.report())


def _check_names(raw: RawTable, kinds: Mapping[str, Kind], optional: Collection[str], log: Log, *, only: bool) -> None:
    headers = list(raw.columns)
    missing = [name for name in kinds if name not in headers and name not in optional]
    if missing:
        log.problem(f"no column {short_list(missing)}", mend=f"The columns are {short_list(headers, most=12)}.")
    surplus = [header for header in headers if header not in kinds and not all(map(is_blank, raw.columns[header]))]
    if surplus and only:
        where = raw.place(raw.header_row, surplus[0])
        log.problem(f"{where}: column {surplus[0]!r} is unknown", mend=f"Known are {', '.join(kinds)}.")
    log.unused = tuple(surplus)
    log.raise_problems()


def _column(raw: RawTable, name: str, kind: Kind, log: Log, *, optional: bool) -> list[Any]:
    values = []
    for row, cell in zip(raw.rows.tolist(), np.asarray(raw.columns[name], dtype=object), strict=True):
        blank = is_blank(cell)
        value, problem, mend = (None, "" if optional else "is blank", _BLANK) if blank else _READ[kind](cell)
        if problem:
            log.problem(f"{raw.place(row, name)}: {name} {problem}", mend=mend)
        values.append(value)
    return values


def _text(cell: object) -> Found:
    if isinstance(cell, str):
        return cell.strip(), "", ""
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return None, f"is a date, {cell}", "Set the format of the cell to text."
    return None, f"{cell!r} is a number", 'Format the column as text, because 301 is not "0301".'


def _area(cell: object) -> Found:
    text, problem, mend = _text(cell)
    label = None if problem else understand("area", text)
    if label is None or label.kind in ("label", "name", "zero"):
        return (label and label.value), problem, mend
    return None, f"{text!r} is not an area but {label.note or 'a ' + label.kind}", "Write the code of one area."


def _number(cell: object) -> Found:
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return None, f"is a date, {cell}", "Set the format of the cell to a number."
    count = read_count(cell)
    if count.problem:
        return None, count.problem, "Write a number such as 1200 or 12.5, without marks between thousands."
    return count.value, *(("", "") if count.value >= 0.0 else (f"{cell} is below 0", "Give 0 or more."))


def _whole(cell: object) -> Found:
    value, problem, mend = _number(cell)
    if problem or not float(value).is_integer():
        date = problem.startswith("is a date")
        return None, problem or f"{cell} is not whole", mend if date else "Write a whole number such as 2028."
    return int(value), "", ""


_READ: Mapping[Kind, Callable[[object], Found]] = {
    "text": _text,
    "area": _area,
    "number": _number,
    "whole": _whole,
    "cell": lambda cell: (cell, "", ""),
}


def _check_key(rows: Sequence[Mapping[str, Any]], raw: RawTable, key: Sequence[str], log: Log) -> None:
    first: dict[tuple[Any, ...], int] = {}
    for number, row in zip(raw.rows.tolist(), rows, strict=True):
        names = tuple(row.get(name) for name in key)
        if key and names in first:
            words = ", ".join(f"{name} {value}" for name, value in zip(key, names, strict=True) if value is not None)
            log.problem(f"{words} stands twice, in row {first[names]} and again in row {number}", mend="Keep one row.")
        first.setdefault(names, number)
