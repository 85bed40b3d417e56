"""Programmes: three numbers kept apart, files in TOML and Excel, draws that stay put."""

from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.housing.data.programme import programme_rows
from kompaslite.schema import SchemaError

QUAY = {"name": "Quay", "zone": "Havna", "dwelling_type": "block", "planned": 100, "year": 2026}
YEARS = range(2025, 2031)
TOML = """
title = "Plans"
known_until = 2025

[[projects]]
name = "Quay"
zone = "0301"
dwelling_type = "block"
planned = 100
year = 2025
realisation = 0.9
delay = [0.5, 0.3, 0.2]
occupancy_lag = 0.25
completed = { 2025 = 40 }
because = "zoning plan 17"

[[projects]]
name = "Meadow"
zone = "0301"
dwelling_type = "row"
planned = 30
year = 2027
"""


def programme(**change: object) -> kh.Programme:
    return kh.programme_from({"projects": [QUAY | change]})


def test_planned_expected_and_completed_are_three_numbers(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(TOML, encoding="utf-8")
    table = kh.programme_table(kh.read_programme(path), years=YEARS)
    block = table.sel(area="0301", dwelling_type="block")
    assert block.planned.values.tolist() == [100.0, 0, 0, 0, 0, 0]
    # 90 of 100 come, 40 are there; what was due in 2025 comes in 2026, the first year that is open
    assert np.abs(block.expected.values - [40.0, 50.0 * 0.8, 50.0 * 0.2, 0, 0, 0]).max() < 1e-12
    assert block.completed.values[0] == 40.0
    assert np.isnan(block.completed.values[1:]).all()
    assert float(table.expected.sum() + table.later.sum() + table.earlier.sum()) == pytest.approx(120.0)


def test_what_falls_outside_the_table_is_counted() -> None:
    table = kh.programme_table(programme(delay=[0.5, 0.0, 0.5]), years=range(2027, 2028))
    assert float(table.expected.sum()) == 0.0
    assert (float(table.earlier.sum()), float(table.later.sum())) == (50.0, 50.0)


def test_workbook_says_the_same_as_toml(tmp_path: Path) -> None:
    path, toml = tmp_path / "plans.xlsx", tmp_path / "plans.toml"
    book = openpyxl.Workbook()
    sheet = book.active
    header = ["name", "zone", "dwelling_type", "planned", "year", "realisation", "delay", "occupancy_lag", "completed"]
    sheet.append([*header, "because", "known_until"])
    sheet.append(["Quay", "0301", "block", 100, 2025, 0.9, "0.5 0.3 0.2", 0.25, "2025: 40", "zoning plan 17", 2025])
    sheet.append(["Meadow", "0301", "row", 30, 2027, None, None, None, None, None, 2025])
    book.save(path)
    toml.write_text(TOML.replace('title = "Plans"\n', ""), encoding="utf-8")
    assert kh.read_programme(path) == kh.read_programme(toml)


def test_draws_have_the_mean_and_leave_other_projects_alone() -> None:
    one = programme(realisation=0.8, realisation_spread=0.1, delay=[0.6, 0.4])
    drawn = kh.programme_draws(one, years=YEARS, draws=4000, seed=3)
    expected = kh.programme_table(one, years=YEARS).expected
    assert np.abs(drawn.mean("draw") - expected).max() < 1.5
    both = kh.programme_from({"projects": [QUAY | {"name": "First", "zone": "Lia"}, *one.model_dump()["projects"]]})
    again = kh.programme_draws(both, years=YEARS, draws=4000, seed=3)
    assert np.array_equal(again.sel(area="Havna"), drawn.sel(area="Havna"))
    few = kh.programme_draws(one, years=YEARS, draws=10, seed=3)
    assert np.array_equal(few, drawn.isel(draw=slice(10)))
    assert not np.array_equal(kh.programme_draws(one, years=YEARS, draws=10, seed=4), few)


def test_known_completions_are_the_same_in_every_draw() -> None:
    content = {"projects": [QUAY | {"completed": {2026: 30}, "realisation": 0.5, "realisation_spread": 0.2}]}
    drawn = kh.programme_draws(kh.programme_from(content | {"known_until": 2026}), years=YEARS, draws=50, seed=1)
    assert (drawn.sel(year=2026) == 30.0).all()
    assert float(drawn.sel(year=2027).std("draw").squeeze()) > 5.0


def test_building_adds_to_the_stock_and_lets_new_homes_wait() -> None:
    stock = xr.DataArray([[80.0], [20.0]], coords={"area": ["Havna", "Lia"], "dwelling_type": ["block"]})
    plan = programme(occupancy_lag=0.3)
    table = kh.programme_table(plan, years=YEARS)
    homes = kh.build(stock.assign_attrs(units="dwellings"), table.expected, programme=plan, vacancy=0.0)
    assert float(homes.stock.sel(area="Havna", year=2031).squeeze()) == 180.0
    assert homes.awaiting.sel(area="Havna", dwelling_type="block").values.tolist() == [0, 0, 30.0, 0, 0, 0, 0]
    assert homes.first_homes.sel(area="Havna", dwelling_type="block").values.tolist() == [0, 70.0, 30.0, 0, 0, 0]


def test_unknown_zone_is_named_with_type_and_year() -> None:
    stock = xr.DataArray([[80.0]], coords={"area": ["Lia"], "dwelling_type": ["block"]}, attrs={"units": "dwellings"})
    table = kh.programme_table(programme(), years=YEARS)
    with pytest.raises(
        kh.HousingError,
        match="unknown labels of area: Havna; the first builds at area Havna, dwelling_type block, year 2026",
    ):
        kh.build(stock, table.expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"completed": {2024: 5}},
            r"zone Havna, dwelling_type block, year 2026\): .* completed in 2024, before the plan",
        ),
        ({"delay": [0.5, 0.4]}, r"project Quay \(zone Havna.*chances of delay sum to 0.9"),
        (
            {"planned": -3},
            r"^1 problem .*\n  programme, project Quay: projects.1.planned: it must be at least 0.0; it is -3\.$",
        ),
        ({"realisation": 1.4}, "project Quay: projects.1.realisation: it must be at most 1.0; it is 1.4"),
        ({"relisation": 0.9}, "project Quay: projects.1.relisation: unknown key. Did you mean realisation?"),
        ({"zone": 301}, 'project Quay: projects.1.zone: text in quotation marks is needed, because 301 is not "0301"'),
        ({"planned": True}, "project Quay: projects.1.planned: a number is needed, without quotation marks"),
        ({"planned": "600"}, "projects.1.planned: a number is needed, without quotation marks .*; it is '600'"),
        ({"planned": float("nan")}, "projects.1.planned: .*nan"),
        ({"planned": float("inf")}, "projects.1.planned: a finite number is needed; it is inf"),
        ({"year": "2027"}, "projects.1.year: a whole number is needed, without quotation marks; it is '2027'"),
        ({"year": 2027.5}, "projects.1.year: a whole number is needed"),
        ({"year": True}, "projects.1.year: a whole number is needed"),
        ({"realisation": False}, "projects.1.realisation: a number is needed"),
        ({"delay": ["1"]}, "projects.1.delay.1: a number is needed"),
        ({"occupancy_lag": "0.5"}, "projects.1.occupancy_lag: a number is needed"),
        ({"zone": "  "}, "projects.1.zone: text is needed, not blanks alone"),
        ({"because": "  "}, "projects.1.because: text is needed, not blanks alone"),
        ({"completed": {"26": 5}}, "projects.1.completed.*: a whole number is needed"),
        ({"completed": {"2026": True}}, "projects.1.completed.2026: a number is needed"),
        ({"realisation": 0.9, "realisation_spread": 0.4}, "realisation_spread 0.4 is too wide"),
        ({"completed": {2026: 5}}, "completions of 2026 are given, but known_until is None"),
    ],
)
def test_bad_project_is_named(change: dict, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        programme(**change)


def test_a_programme_without_projects_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"there is no project. Give at least one, as \[\[projects\]\]"):
        kh.programme_from({"projects": []})


def test_project_twice_is_an_error() -> None:
    with pytest.raises(SchemaError, match="project Quay stands in the programme 2 times"):
        kh.programme_from({"projects": [QUAY, QUAY]})


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="there is no file"):
        kh.read_programme(tmp_path / "none.toml")
    (tmp_path / "a.toml").write_text("projects = [", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"a\.toml is not valid TOML: .*line \d"):
        kh.read_programme(tmp_path / "a.toml")
    (tmp_path / "a.xlsx").write_text("no workbook", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"a\.xlsx: .*\n.*workbook cannot be opened"):
        kh.read_programme(tmp_path / "a.xlsx")
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    with pytest.raises(SchemaError, match="The file is empty"):
        kh.read_programme(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("zone", 301, r"plans.xlsx: .*\n.*sheet Sheet, cell B2: zone 301.0 is a number.*not \"0301\""),
        ("delay", "often", r"cell \w2: delay 'often' is not numbers"),
        ("completed", "40", r"cell \w2: completed '40' is not years and numbers"),
        ("completed", "2027: 40, 2027: 5", r"cell \w2: completed .* names the year 2027 twice"),
        ("colour", "red", r"sheet Sheet, cell \w1: column 'colour' is unknown"),
        ("year", "soon", r"cell \w2: year 'soon' is not a number. Write a whole number such as 2028"),
        ("year", date(2028, 1, 1), r"cell \w2: year is a date, 2028-01-01.*format of the cell"),
        ("planned", "about 100", r"sheet Sheet, cell \w2: planned 'about 100' is not a number"),
        (
            "planned",
            "=60*2",
            r"1 cells of sheet Sheet hold a formula that was never calculated: \w2",
        ),
        ("planned", -5, r"sheet Sheet, cell \w2: planned -5.0 is below 0"),
        (
            "realisation",
            95,
            r"sheet Sheet, cell \w2, project Quay: projects.1.realisation: it must be at most 1",
        ),
        ("known_until", "2025?", r"cell \w2: known_until '2025\?' is not a number"),
    ],
)
def test_bad_workbook_is_named_by_sheet_and_cell(tmp_path: Path, column: str, value: object, message: str) -> None:
    book = openpyxl.Workbook()
    row = QUAY | {column: value}
    book.active.append(list(row))
    book.active.append(list(row.values()))
    book.save(tmp_path / "plans.xlsx")
    with pytest.raises(SchemaError, match=message):
        kh.read_programme(tmp_path / "plans.xlsx")


def test_a_workbook_without_projects_or_with_a_column_twice(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(QUAY))
    book.save(tmp_path / "plans.xlsx")
    with pytest.raises(
        SchemaError, match=r"Sheet Sheet \(the first, .* none called housing programme\) has a header but no"
    ):
        kh.read_programme(tmp_path / "plans.xlsx")
    book.active.append(list(QUAY.values()))
    book.active.cell(1, 7).value = "zone"
    book.save(tmp_path / "plans.xlsx")
    with pytest.raises(SchemaError, match="Two columns have the header 'zone': columns B and G"):
        kh.read_programme(tmp_path / "plans.xlsx")


def test_rows_of_a_programme_are_read_back_to_the_last_digit(tmp_path: Path) -> None:
    project = QUAY | {"realisation": 1 / 3, "delay": [1 / 3, 2 / 3], "completed": {2026: 1 / 7}, "because": "x"}
    whole = kh.programme_from({"projects": [project], "known_until": 2026})
    programme_rows(whole).to_excel(tmp_path / "plans.xlsx", index=False)
    back = kh.read_programme(tmp_path / "plans.xlsx")
    assert back.projects == whole.projects
    assert back.known_until == 2026


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_programme_in_any_table_is_the_same(tmp_path: Path, ending: str) -> None:
    project = QUAY | {"zone": "0301", "delay": [0.25, 0.75], "because": "Åsen"}
    whole = kh.programme_from({"projects": [project, QUAY | {"name": "Meadow"}], "known_until": 2026})
    rows = programme_rows(whole)
    path = tmp_path / f"plans.{ending}"
    _ = rows.to_parquet(path) if ending == "parquet" else rows.to_csv(path, sep=";", index=False, encoding="cp1252")
    assert kh.read_programme(path) == whole


def test_the_row_and_column_of_a_text_file_are_named(tmp_path: Path) -> None:
    rows = programme_rows(kh.programme_from({"projects": [QUAY]}))
    rows.astype(object).assign(planned="1.200").to_csv(tmp_path / "plans.csv", index=False)
    with pytest.raises(SchemaError, match=r"row 2, column planned: planned '1.200' may be 1200 or 1.200"):
        kh.read_programme(tmp_path / "plans.csv")


def test_nothing_asked_for_is_an_error() -> None:
    with pytest.raises(SchemaError, match="no years are asked for"):
        kh.programme_table(programme(), years=range(2030, 2030))
    with pytest.raises(SchemaError, match="0 draws are asked for"):
        kh.programme_draws(programme(), years=YEARS, draws=0, seed=1)


def test_the_line_of_a_value_that_is_not_possible_is_named(tmp_path: Path) -> None:
    row = 'name = "Quay"\nzone = "Havna"\ndwelling_type = "block"\nplanned = {}\nyear = 2027\n'
    (tmp_path / "a.toml").write_text(
        "\n".join(["[[projects]]", row.format(5), "[[projects]]", row.format(-5)]), encoding="utf-8"
    )
    with pytest.raises(SchemaError, match=r"a\.toml, line 12, project Quay: projects\.\d\.planned: "):
        kh.read_programme(tmp_path / "a.toml")


STOCK = xr.DataArray(
    [[80.0], [20.0]], coords={"area": ["Havna", "Lia"], "dwelling_type": ["block"]}, attrs={"units": "dwellings"}
)


@pytest.mark.parametrize(
    ("change", "lost"),
    [({"year": 2024}, 100), ({"year": 2020, "realisation": 0.5}, 50), ({"year": 2024, "delay": [0.25, 0.75]}, 25)],
)
def test_dwellings_expected_before_the_first_year_are_refused(change: dict, lost: float) -> None:
    plan = programme(**change)
    table = kh.programme_table(plan, years=YEARS)
    assert float(table.earlier.sum()) == lost
    with pytest.raises(
        SchemaError,
        match=rf"programme: {lost} dwellings of project Quay \(zone Havna, .*\) are expected before .* 2025",
    ):
        kh.build(STOCK, table.expected, programme=plan)


def test_what_stood_before_the_first_year_is_in_the_stock() -> None:
    known = {"year": 2023, "completed": {2023: 60, 2024: 10}}
    plan = kh.programme_from({"projects": [QUAY | known], "known_until": 2024})
    table = kh.programme_table(plan, years=YEARS)
    homes = kh.build(STOCK, table.expected, programme=plan)
    # what was due comes in the first year that is open
    assert homes.flows.completions.sel(area="Havna", year=2025).values.tolist() == [30.0]
    assert float(table.earlier.sum()) == 0.0


def test_projects_and_programmes_made_in_python_tell_their_mistakes_as_ours() -> None:
    with pytest.raises(SchemaError, match="1 problem in the project:\n  planned: a number is needed"):
        kh.Project(**(QUAY | {"planned": "many"}))
    with pytest.raises(SchemaError, match="2 problems in the project:"):
        kh.Project(name="Quay", zone="Havna", dwelling_type="block")
    with pytest.raises(SchemaError, match=r"project:\n  project Quay .*: the chances of delay sum to 0.9"):
        kh.Project(**QUAY, delay=(0.9,))
    quay = kh.Project(**QUAY)
    with pytest.raises(SchemaError, match="project Quay stands in the programme 2 times"):
        kh.Programme(projects=(quay, quay))
    with pytest.raises(SchemaError, match="known_until: it must be at most 2200"):
        kh.Programme(projects=(quay,), known_until=20255)


def test_years_of_completion_are_keys_of_a_table_or_numbers() -> None:
    content = {"projects": [QUAY | {"completed": {"2026": 30}}], "known_until": np.int64(2026)}
    assert kh.programme_from(content).projects[0].completed == {2026: 30.0}


def test_a_programme_that_is_known_beyond_the_forecast_is_refused() -> None:
    plan = kh.programme_from({"projects": [QUAY], "known_until": 2199})
    table = kh.programme_table(plan, years=YEARS)
    assert float(table.expected.sum()) == 0.0
    with pytest.raises(SchemaError, match="known_until is 2199, after the last year, 2030: nothing more could come"):
        kh.build(STOCK, table.expected, programme=plan)
