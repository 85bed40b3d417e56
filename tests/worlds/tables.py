"""A small whole table in many clothes, for the tests of the readers."""

import io
from itertools import product
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import xarray as xr

AREAS, SEXES, AGES, YEARS = ("3201", "3203"), ("female", "male"), (0, 1, 2, 3), (2024, 2025, 2026)
AGE_WORDS = {0: "0 år", 1: "1 år", 2: "2 år", 3: "3 år eller eldre"}
SEX_WORDS = {"female": "Kvinner", "male": "Menn"}


def people(areas=AREAS) -> xr.DataArray:
    """The figures that every clothing of the table holds; all above 999 somewhere, all different."""
    shape = (len(areas), 2, 4, 3)
    values = 900.0 + 37 * np.arange(np.prod(shape)).reshape(shape)
    return xr.DataArray(
        values,
        coords={"area": np.array(areas, dtype=object), "sex": list(SEXES), "age": list(AGES), "year": list(YEARS)},
        dims=("area", "sex", "age", "year"),
    )


def frame(areas=AREAS) -> pd.DataFrame:
    """Tidy, with plain labels."""
    array = people(areas)
    rows = [
        (area, sex, age, year, int(array.sel(area=area, sex=sex, age=age, year=year)))
        for area, sex, age, year in product(areas, SEXES, AGES, YEARS)
    ]
    return pd.DataFrame(rows, columns=["area", "sex", "age", "year", "population"])


def norwegian(areas=AREAS) -> pd.DataFrame:
    """Tidy, with the words of a statistics bank."""
    plain = frame(areas)
    return pd.DataFrame(
        {
            "region": "K-" + plain["area"],
            "kjønn": plain["sex"].map(SEX_WORDS),
            "alder": plain["age"].map(AGE_WORDS),
            "år": plain["year"].astype(str),
            "Personer": plain["population"],
        }
    )


def csv_text(table: pd.DataFrame, *, sep: str = ";") -> str:
    """The table as text with a header."""
    return table.to_csv(index=False, sep=sep, lineterminator="\n")


def write(folder: Path, name: str, content: str | bytes | pd.DataFrame) -> Path:
    """A file of the content, in the format of its name."""
    path = folder / name
    if isinstance(content, pd.DataFrame):
        if name.endswith(".parquet"):
            content.to_parquet(path, index=False)
        elif name.endswith(".xlsx"):
            content.to_excel(path, index=False)
        else:
            path.write_text(csv_text(content), encoding="utf-8")
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8")
    return path


def workbook(rows: list[list[object]], *, merge: tuple[str, ...] = (), sheets: tuple[str, ...] = ()) -> bytes:
    """A workbook of these cells; merged ranges and further sheets that hold something."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    for name in sheets:
        book.create_sheet(name).append(["a", "b"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows_of(table: pd.DataFrame) -> list[list[object]]:
    """Header and rows, for a workbook."""
    return [list(table.columns), *table.astype(object).to_numpy().tolist()]


def same(read: xr.DataArray, meant: xr.DataArray) -> bool:
    """Equal labels and figures, whatever else is known of them."""
    return read.drop_vars("estimated", errors="ignore").equals(meant)
