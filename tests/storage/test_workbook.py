"""Workbooks: what a planner finds in them, and what comes back after editing."""

import zipfile
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
import xlsxwriter

from kompaslite._files import StorageError
from kompaslite.accounts import Accounts
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.schema import SchemaError
from kompaslite.storage import WorkbookError, read_assumptions, read_table, write_workbook

AGES = np.arange(96)
YEARS = range(2026, 2029)


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(5)
    coords = {"area": ["0301", "3201"], "sex": ["female", "male"], "age": AGES}
    people = xr.DataArray(rng.uniform(20, 90, (2, 2, 96)), coords=coords, attrs={"units": "persons"})
    rate, count = {"units": "1/year"}, {"units": "persons/year"}
    mortality = xr.DataArray(np.tile(0.0001 * np.exp(0.095 * AGES), (2, 2, 1)), coords=coords, attrs=rate)
    fertility = xr.DataArray(
        rng.uniform(0.01, 0.1, (2, 25)), coords={"area": coords["area"], "age": AGES[18:43]}, attrs=rate
    )
    moves = xr.Dataset(
        {
            "in_migration": xr.DataArray(rng.uniform(0, 3, (2, 2, 96)), coords=coords, attrs=count),
            "out_migration": xr.DataArray(rng.uniform(0, 0.05, (2, 2, 96)), coords=coords, attrs=rate),
        }
    )
    assumptions = assume(fertility=fertility, mortality=mortality, migration=moves, years=YEARS)
    return project(people.assign_coords(year=2026), assumptions), assumptions


@pytest.fixture
def book(made, tmp_path):
    return write_workbook(made[0], tmp_path / "forecast.xlsx", assumptions=made[1], about={"title": "Prøve"})


def test_a_round_trip_changes_nothing(made, book):
    back = read_assumptions(book)
    for name, part in made[1].data_vars.items():
        np.testing.assert_array_equal(back[name].values, part.values, err_msg=name)
        assert back[name].dims == part.dims
        assert back[name].attrs["units"] == part.attrs["units"]
        for dim in part.dims:
            assert back[name][dim].values.tolist() == part[dim].values.tolist()


def test_the_sheets_a_planner_expects_with_totals_of_unrounded_numbers(made, book):
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames[:5] == ["about", "population", "age groups", "services", "components"]
    groups = read_table(book, "age groups").set_index(["area", "age_group"])
    total = made[0].population.sel(area="3201").sum(["sex", "age"])
    np.testing.assert_allclose(groups.loc[("3201", "total")].astype(float), total, rtol=1e-12)
    services = read_table(book, "services").set_index(["area", "age_group"])
    pupils = made[0].population.sel(area="0301", age=slice(6, 12)).sum(["sex", "age"])
    np.testing.assert_allclose(services.loc[("0301", "primary school 6-12")].astype(float), pupils, rtol=1e-12)
    components = read_table(book, "components")
    assert "adjustment" in components.columns
    assert components["area"].tolist()[0] == "0301"
    assert len(sheets["age groups"]._charts) == 1


def test_children_not_yet_born_are_marked(book):
    sheet = openpyxl.load_workbook(book)["population"]
    rows = {(row[0].value, row[1].value, row[2].value): row for row in sheet.iter_rows(min_row=2)}
    young, born = rows[("0301", "female", 1)], rows[("0301", "female", 3)]
    assert [cell.font.italic for cell in young[3:]] == [False, False, True, True]
    assert [cell.font.italic for cell in born[3:]] == [False, False, False, False]


def test_an_existing_file_stays_unless_it_may_be_replaced(made, book):
    before = book.read_bytes()
    with pytest.raises(StorageError, match="the file exists"):
        write_workbook(made[0], book)
    assert book.read_bytes() == before
    write_workbook(made[0], book, force=True)
    with pytest.raises(WorkbookError, match="fertility, sex_ratio_at_birth, mortality is missing"):
        read_assumptions(book)


def test_draws_and_other_names_are_refused_and_nothing_is_written(made, tmp_path):
    drawn = Accounts(made[0].population.expand_dims(draw=[0, 1]))
    with pytest.raises(SchemaError, match="no room for 2 draws"):
        write_workbook(drawn, tmp_path / "a.xlsx")
    with pytest.raises(SchemaError, match=r"ends in \.xlsx"):
        write_workbook(made[0], tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def edit(book, change):
    file = openpyxl.load_workbook(book)
    change(file)
    file.save(book)


def test_an_edited_cell_comes_back_and_moved_columns_do_no_harm(made, book):
    def change(file):
        sheet = file["mortality"]
        sheet["E2"] = 0.5
        sheet.move_range("B1:B400", cols=20)

    edit(book, change)
    back = read_assumptions(book)
    assert float(back.mortality.sel(area="0301", sex="female", age=0, year=2027)) == 0.5
    others = back.mortality.where(back.mortality != 0.5, made[1].mortality)
    # the library that stands in for Excel here saves 16 digits
    np.testing.assert_allclose(others, made[1].mortality, rtol=1e-15)


def put(sheet, cell, value):
    def change(file):
        file[sheet][cell] = value

    return change


def rename(sheet, name):
    def change(file):
        file[sheet].title = name

    return change


def remove(*sheets):
    def change(file):
        for sheet in sheets:
            del file[sheet]

    return change


def both(*changes):
    def change(file):
        for one in changes:
            one(file)

    return change


def twice(sheet, name):
    def change(file):
        copy = file.copy_worksheet(file[sheet])
        copy._WorkbookChild__title = name  # the library itself gives it a number

    return change


def drop_row(sheet, row):
    return lambda file: file[sheet].delete_rows(row)


def repeat_row(file):
    sheet = file["mortality"]
    sheet.append([cell.value for cell in sheet[2]])


def clear(file):
    file["mortality"].delete_rows(2, 1000)


BROKEN = {
    "text in a number": (put("mortality", "D17", "abc"), "sheet mortality: 1 cell is wrong. cell D17: 'abc' is not a"),
    "decimal comma": (put("mortality", "D17", "0,01"), "cell D17: '0,01' is not a number"),
    "blank": (put("mortality", "D17", None), "cell D17: it is blank"),
    "formula not calculated": (put("mortality", "D17", "=1/10"), "1 cells hold a formula .* never calculated: D17"),
    "both sheets of moves removed": (
        remove("in_migration", "out_migration"),
        "sheet out_migration, in_migration is miss",
    ),
    "both sheets of moves renamed": (
        both(rename("in_migration", "innflytting"), rename("out_migration", "utflytting")),
        "sheet out_migration, in_migration is missing; .* a component that shall be nothing is 0 in every cell",
    ),
    "renamed in a workbook without its first sheet": (
        both(remove("about"), rename("out_migration", "out_migration 2"), rename("in_migration", "in_migration 2")),
        "sheet out_migration, in_migration is missing; .* Sheet out_migration 2 looks like it",
    ),
    "fertility removed": (remove("fertility"), "sheet fertility is missing; .* Restore it from the workbook"),
    "two sheets but for capitals": (twice("mortality", "Mortality"), "sheets mortality, Mortality differ in capitals"),
    "date": (put("mortality", "D17", date(2026, 1, 1)), "cell D17: it is a date, 2026-01-01"),
    "truth value": (put("mortality", "D17", True), "cell D17: True is not a number"),
    "negative": (
        put("mortality", "D17", -0.1),
        "sheet mortality: 1 of 1,152 values are not rates .*sex female, age 15",
    ),
    "per thousand": (put("mortality", "D17", 12.5), r"divided by 1,000"),
    "sheet renamed": (rename("mortality", "mortalty"), "sheet mortality is missing; .*Sheet mortalty looks like it"),
    "heading changed": (put("mortality", "C1", "agee"), "cell C1: heading 'agee' is unknown. Did you mean age"),
    "heading twice": (put("mortality", "E1", 2026), "cell E1: heading 2026 stands twice"),
    "years lost": (put("mortality", "D1", "2026 and 2027"), "cell D1: heading '2026 and 2027' is unknown"),
    "row lost": (drop_row("mortality", 17), "1 rows are missing; the first is area 0301, sex female, age 15"),
    "row twice": (repeat_row, "rows 2 and 386 are both of 0301, female, 0"),
    "code as number": (put("mortality", "A2", 301), 'cell A2: area 301 is not text; .*"0301"'),
    "age as text": (put("mortality", "C2", "zero"), "cell C2: age 'zero' is not a whole number"),
    "everything deleted": (clear, "sheet mortality: there are no rows below the headings"),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_workbook_is_explained_by_sheet_and_cell(book, change, message):
    edit(book, change)
    with pytest.raises(WorkbookError, match=message):
        read_assumptions(book)


def test_many_wrong_cells_are_listed_and_counted(book):
    def change(file):
        for row in range(2, 22):
            file["mortality"].cell(row, 4).value = ".."

    edit(book, change)
    with pytest.raises(WorkbookError, match=r"20 cells are wrong.*; and 12 more"):
        read_assumptions(book)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 truncated"])
def test_what_is_no_workbook(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(WorkbookError, match="not a workbook that can be read"):
        read_assumptions(tmp_path / "a.xlsx")
    with pytest.raises(WorkbookError, match="no such file"):
        read_assumptions(tmp_path / "b.xlsx")


def test_a_truncated_workbook(book):
    book.write_bytes(book.read_bytes()[: book.stat().st_size // 2])
    with pytest.raises(WorkbookError, match="not a workbook that can be read"):
        read_assumptions(book)


def test_a_formula_with_the_nought_that_waits_for_its_value_is_no_number(tmp_path):
    """XlsxWriter writes 0 as the value of a formula, and leaves it to Excel to calculate."""
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as file:
        sheet = file.add_worksheet("rates")
        sheet.write_row("A1", ["age", 2026, 2027])
        sheet.write_row("A2", [0, 0.0, 0.5])
        sheet.write_formula("B3", "=B2/2")
        sheet.write_formula("C3", "=C2/2", None, 0.25)
        sheet.write_array_formula("B4:C5", "{=B2:C3}")
        file.add_worksheet("plain").write_column("A1", ["age", 0])
    with pytest.raises(WorkbookError, match=r"sheet rates: 5 cells .* never calculated: B3, B4, C4, B5, C5"):
        read_table(tmp_path / "a.xlsx", "rates")
    assert read_table(tmp_path / "a.xlsx", "plain")["age"].tolist() == [0]


def test_a_formula_that_was_calculated_to_nought_is_a_number(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as file:
        sheet = file.add_worksheet("rates")
        sheet.write_row("A1", ["age", 2026])
        sheet.write_formula("B2", "=0/2")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as made, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as saved:
        for name in made.namelist():  # as Excel leaves it
            saved.writestr(name, made.read(name).replace(b' fullCalcOnLoad="1"', b""))
    assert read_table(tmp_path / "b.xlsx", "rates")["2026"].tolist() == [0]


def test_text_is_text_whatever_it_begins_with(made, tmp_path):
    names = {"=>80": (80, None), "mailto:a@b.no": (0, 79)}
    more = {"zones": pd.DataFrame({"=1+1": ["=2+2", "https://b.no"], "persons": [1, 2]})}
    area = {"0301": "=A1", "3201": "@b"}
    people = made[0].population.assign_coords(area=[area[code] for code in made[0].population["area"].values])
    path = write_workbook(Accounts(people), tmp_path / "a.xlsx", groups=names, more=more, about={"=a": "=b"})
    groups = read_table(path, "own groups")
    assert sorted(set(groups["age_group"])) == ["=>80", "mailto:a@b.no"]
    assert sorted(set(groups["area"])) == ["=A1", "@b"]
    total = people.sel(area="=A1", age=slice(80, None), year=2026).sum()
    assert float(groups.set_index(["area", "age_group"]).loc[("=A1", "=>80"), "2026"]) == pytest.approx(float(total))
    assert read_table(path, "zones")["=1+1"].tolist() == ["=2+2", "https://b.no"]
    for sheet in openpyxl.load_workbook(path):
        assert not [cell.coordinate for row in sheet for cell in row if cell.data_type == "f" or cell.hyperlink]
    with pytest.raises(
        SchemaError, match=r"sheet zones, cell A2: the text has 40,000 letters, and a cell holds 32,767"
    ):
        write_workbook(made[0], tmp_path / "b.xlsx", more={"zones": pd.DataFrame({"a": ["x" * 40_000]})})
    assert not (tmp_path / "b.xlsx").exists()


REFUSED = {
    "a name with a slash": ({"more": {"a/b": pd.DataFrame({"a": [1]})}}, "workbook: Invalid Excel character .*a/b"),
    "a name twice": ({"more": {"Population": pd.DataFrame({"a": [1]})}}, "workbook: .*already in use.* another name"),
    "an infinite number": (
        {"more": {"a": pd.DataFrame({"b": [np.inf]})}},
        "sheet a, cell A2: the number is not finite",
    ),
    "no table": ({"more": {"a": [1]}}, "more: sheet a is list. Give a pandas.DataFrame"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_what_a_workbook_does_not_hold_is_refused_in_words(made, tmp_path, given, words):
    with pytest.raises(SchemaError, match=words):
        write_workbook(made[0], tmp_path / "a.xlsx", **given)
    with pytest.raises(SchemaError, match="write_workbook: accounts are needed, not DataArray"):
        write_workbook(made[0].population, tmp_path / "a.xlsx")
    with pytest.raises(SchemaError, match="path: int is no path"):
        write_workbook(made[0], 5)
    assert not list(tmp_path.iterdir())
