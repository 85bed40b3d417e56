"""Files to raw columns: delimited text, spreadsheets, Parquet, JSON-stat, each with the row numbers of the file."""

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kompaslite._extras import from_extra
from kompaslite.readers.findings import Log, TableError, path_of, stop
from kompaslite.readers.grid import Cells, RawTable, as_grid, table_of
from kompaslite.readers.jsonstat import JsonStat, parse_jsonstat

Source = str | Path | pd.DataFrame | Mapping[str, Any]

_TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
#: Kinds of cells, as pandas names them, among which there are no truth values.
_WITHOUT_TRUTH = {"string", "integer", "floating", "decimal", "date", "datetime", "datetime64", "empty"}
_DELIMITERS = (";", "\t", ",", "|")


def name_of(source: Source) -> str:
    """What to call a source in messages: the file's name without its folder, or what a frame's attrs say."""
    if isinstance(source, str | Path):
        return Path(source).name
    return str(source.attrs.get("name", "the table")) if isinstance(source, pd.DataFrame) else "the dataset"


def load(source: Source, log: Log, *, sheet: str | None = None) -> RawTable:
    """Raw columns of a file or frame."""
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, log)
    if isinstance(source, Mapping):
        return _from_jsonstat(parse_jsonstat(source, log.source), log)
    path = path_of(source)
    name = path.name.lower()
    content = _content(path)
    if name.endswith(_TEXT):
        return _from_text(_unpacked(content, log.source, packed=name.endswith(".gz")), log)
    if name.endswith(".json"):
        return _from_jsonstat(parse_jsonstat(_json(content, log.source), log.source), log)
    if name.endswith(".parquet"):
        return _from_parquet(content, log)
    if name.endswith(_BOOKS):
        from kompaslite.readers.workbooks import cells_of_sheet

        cells, merged = cells_of_sheet(content, log.source, sheet)
        flat = [cell for row in cells for cell in row]
        grid = as_grid(flat, [len(row) for row in cells], log)
        return table_of(grid, np.arange(1, len(cells) + 1), log, merged)
    known = ", ".join((*_TEXT[:3], ".csv.gz", *_BOOKS, ".parquet", ".json"))
    raise stop(log.source, "The ending of the name is not known", f"Tables are read from {known}.")


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        words = "There is no such file" if isinstance(error, FileNotFoundError) else f"Reading failed: {error.strerror}"
        raise stop(path.name, words, "Check the name and the folder.") from error
    if not content:
        raise stop(path.name, "The file is empty", "Save or fetch it again.")
    return content


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


def _json(content: bytes, source: str) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise stop(source, f"The file is not whole JSON: {error}", "Fetch it again.") from error


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
    headers = [str(header) for header in [*levels, *frame.columns]]
    double = [header for header, count in Counter(headers).items() if count > 1]
    if double:
        raise stop(log.source, f"Two columns have the header {double[0]!r}", "Rename one of them.")
    if levels:
        frame = frame.reset_index()
    log.rows_read = len(frame)
    if not len(frame):
        raise stop(log.source, "The table has no rows", "Save or fetch it again.")
    columns = {str(header): _cells(frame[header]) for header in frame.columns}
    return RawTable(columns, np.arange(1, len(frame) + 1))


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
    columns = dataset.columns()
    values = dataset.values.ravel()
    if dataset.status:
        marked = values.astype(object)
        for position, sign in dataset.status.items():
            if np.isnan(values[position]):
                marked[position] = sign
        columns["value"] = marked
    else:
        columns["value"] = values
    return RawTable(columns, np.arange(1, values.size + 1), kind=dataset.kind)


def _from_text(content: bytes, log: Log) -> RawTable:
    text = _decoded(content, log)
    delimiter = _delimiter(text)
    flat: list[str] = []  # one flat list: as many lists as rows would keep the garbage collector busy
    widths: list[int] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    end = 0
    try:
        for row in reader:
            flat += row
            widths.append(len(row))
            numbers.append(end + 1)
            end = reader.line_num
    except csv.Error as error:
        mend = "Save the table again."
        raise stop(log.source, f"A quotation mark or field is broken: {error}", mend, [end + 1]) from error
    return table_of(as_grid(flat, widths, log), np.array(numbers), log, {})


def _decoded(content: bytes, log: Log) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        raise stop(log.source, "The file is not text but a workbook or Parquet", "Give it its right ending.")
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            log.correct(f"a byte order mark skipped; the text is {encoding.removesuffix('-sig')}")
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise stop(log.source, f"The text is not whole {encoding}", "Save it as UTF-8.") from error
    if b"\x00" in content:
        raise stop(
            log.source, "The file holds zero bytes: it is no text, or UTF-16 without a mark", "Save it as UTF-8."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise stop(log.source, "The text is neither UTF-8 nor Windows-1252", "Save it as UTF-8.") from error
    log.correct("the text is not UTF-8; read as Windows-1252 (Latin-1)")
    return text


def _delimiter(text: str) -> str:
    sample = text[:20_000].splitlines()[:60]
    if sample and sample[0].lower().startswith("sep=") and len(sample[0]) == len("sep=;"):
        return sample[0][-1]

    def merit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1)
        width, lines = widths.most_common(1)[0] if widths else (1, 0)
        return (lines, width)

    return max(_DELIMITERS, key=merit)
