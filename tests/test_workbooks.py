"""Formulas that no program has calculated are named, wherever a workbook is read."""

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from kompaslite._workbooks import cell_name, uncalculated
from kompaslite.readers import TableError, read_population


def people(path: Path, *, formula: str = "", value: float = 0) -> Path:
    with xlsxwriter.Workbook(str(path)) as file:
        sheet = file.add_worksheet("people")
        sheet.write_row(0, 0, ["area", "sex", "age", "year", "persons"])
        for row, (sex, age) in enumerate([(sex, age) for sex in ("female", "male") for age in (0, 1)], start=1):
            sheet.write_row(row, 0, ["0301", sex, age, 2026, 500 + row])
            if formula:
                sheet.write_formula(row, 4, formula, None, value)
    return path


def test_a_population_of_formulas_without_values_is_refused(tmp_path):
    with pytest.raises(TableError, match="4 cells of sheet people hold a formula that was never calculated: E2, E3"):
        read_population(people(tmp_path / "a.xlsx", formula="=250+251"))
    assert float(read_population(people(tmp_path / "b.xlsx", formula="=250+251", value=501)).sum()) == 2004
    assert float(read_population(people(tmp_path / "c.xlsx")).sum()) == 2010


def test_a_formula_whose_value_another_program_left_out(tmp_path):
    path = people(tmp_path / "a.xlsx", formula="=250+251", value=501)
    openpyxl.load_workbook(path).save(path)
    assert uncalculated(path, "people") == ["E2", "E3", "E4", "E5"]
    assert uncalculated(path, "other") == []
    (tmp_path / "b.xlsx").write_text("no workbook")
    assert uncalculated(tmp_path / "b.xlsx", "people") == []


def test_names_of_cells():
    assert [cell_name(1, column) for column in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]
