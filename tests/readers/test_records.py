"""Small tables with named columns: dwellings of a folder, read like any table; what a planner is told of them."""

import pandas as pd
import pytest

from kompaslite.datasets import load_municipality
from kompaslite.readers import TableError, read_accounts, read_population, read_records, reading_report
from tests.worlds.tables import frame, workbook, write

KINDS = {"area": "area", "dwelling_type": "text", "dwellings": "number"}
STOCK = pd.DataFrame(
    {"area": ["3201", "3201", "3203", "3203"], "dwelling_type": ["block", "row"] * 2, "dwellings": [1870, 12, 0, 7]}
)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "population.csv", frame())
    return tmp_path


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "csv.gz"])
def test_dwellings_are_read_from_any_table(folder, ending):
    path = folder / f"dwellings.{ending}"
    _ = STOCK.to_csv(path, index=False) if ending == "csv.gz" else write(folder, path.name, STOCK)
    stock = load_municipality(folder).stock
    assert stock.sel(area="3201").values.tolist() == [1870.0, 12.0]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_dwellings_in_other_encodings_and_codes(folder, encoding):
    table = STOCK.replace({"area": {"3201": "K-3201", "3203": "3203 Asker"}, "dwelling_type": {"row": "rækkehus"}})
    (folder / "dwellings.csv").write_bytes(table.to_csv(sep=";", index=False).encode(encoding))
    stock = load_municipality(folder).stock
    assert stock["area"].values.tolist() == ["3201", "3203"]
    assert stock["dwelling_type"].values.tolist() == ["block", "rækkehus"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("3203;row;1.870", "row 5, column dwellings: dwellings '1.870' may be 1870 or 1.870"),
        ("3203;row;1e300", "dwellings '1e300' is not a number"),
        ("3203;row;", "row 5, column dwellings: dwellings is blank"),
        ("3203;;7", "row 5, column dwelling_type: dwelling_type is blank"),
        (";row;7", "row 5, column area: area is blank"),
        ("3203;row;-7", "dwellings -7 is below 0"),
        ("3203;row;many", "dwellings 'many' is not a number"),
        ("3203;row;7;8", r"rows do not have the 3 cells of the header \(row 5\)"),
        ("3203;row", r"rows do not have the 3 cells of the header \(row 5\)"),
        ("3203;block;7", "area 3203, dwelling_type block stands twice, in row 4 and again in row 5"),
        ("Hele landet;row;7", "'Hele landet' is not an area but a country"),
        ("3203;row;inf", "dwellings 'inf' is not a number"),
    ],
)
def test_small_tables_that_are_not_clear_are_errors(tmp_path, row, says):
    lines = STOCK.to_csv(sep=";", index=False).splitlines()
    path = write(tmp_path, "dwellings.csv", "\n".join([*lines[:4], row]) + "\n")
    with pytest.raises(TableError, match=says):
        read_records(path, KINDS, key=("area", "dwelling_type"))
    assert len(read_records(write(tmp_path, "b.csv", STOCK), KINDS, key=("area", "dwelling_type")).rows) == 4


@pytest.mark.parametrize("row", ["3203;row;1.870", "3203;row;", ";row;7", "3203;;7", "3203;block;7"])
def test_dwellings_of_a_folder_that_are_not_clear_are_errors(folder, row):
    lines = STOCK.to_csv(sep=";", index=False).splitlines()
    write(folder, "dwellings.csv", "\n".join([*lines[:4], row]) + "\n")
    with pytest.raises(ValueError, match=r"dwellings\.csv") as caught:
        load_municipality(folder)
    assert "columns=" not in str(caught.value)


def test_a_code_that_is_a_number_in_a_workbook_is_an_error(folder):
    (folder / "dwellings.xlsx").write_bytes(workbook([list(STOCK.columns), [3201, "block", 5]]))
    with pytest.raises(TableError, match=r"sheet Sheet, cell A2: area 3201.0 is a number.*Format the column as text"):
        load_municipality(folder)


@pytest.mark.parametrize(
    ("kinds", "table", "says"),
    [
        (KINDS, STOCK.drop(columns="dwellings"), "no column dwellings. The columns are area, dwelling_type"),
        (KINDS, STOCK.iloc[:0], "no rows"),
        ({"area": "area", "year": "whole"}, pd.DataFrame({"area": ["1"], "year": [2026.5]}), "2026.5 is not whole"),
        ({"area": "area", "year": "whole"}, pd.DataFrame({"area": ["1"], "year": ["26*"]}), "'26.' is not a number"),
    ],
    ids=["column", "rows", "fraction", "mark"],
)
def test_small_tables_that_cannot_be_read(kinds, table, says):
    with pytest.raises(TableError, match=says):
        read_records(table, kinds)


def test_a_column_of_another_name_is_told_or_an_error():
    table = STOCK.assign(note="x", empty=None)
    assert read_records(table, KINDS).report.unused == ("note",)
    with pytest.raises(TableError, match="column 'note' is unknown"):
        read_records(table, KINDS, only=True)


def test_a_planner_is_told_what_a_file_can_mend(tmp_path):
    table = frame().replace({"sex": {"male": "X"}}).astype({"population": object})
    table.loc[0, "population"] = "1.234"
    write(tmp_path, "population.csv", table)
    with pytest.raises(TableError, match="In Python"):
        read_population(tmp_path / "population.csv")
    with pytest.raises(TableError) as caught:
        load_municipality(tmp_path)
    told = str(caught.value)
    assert "'1.234' may be 1234 or 1.234 (row 2). Write it without a mark between thousands." in told
    assert "Sexes are female, male, kvinner, menn." in told
    assert "Python" not in told
    assert "columns=" not in told


def test_the_reading_of_all_tables_is_told():
    flows = pd.DataFrame({"area": ["3201", "3203"], "year": 2024, "births": [20, 22], "note": "x"})
    accounts = read_accounts(frame(), flows)
    told = reading_report(accounts)
    assert told.splitlines() == [
        "the table: 48 rows read, 48 used, 0 set aside",
        "the table: 2 rows read, 2 used, 0 set aside",
        "columns not used: note",
    ]
    assert reading_report(read_population(frame())) == told.splitlines()[0]
    assert reading_report(accounts.population.drop_attrs()) == ""
