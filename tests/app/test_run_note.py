"""The note and workbook of a run: of the same forecast as its tables, read back without a change."""

import re

import numpy as np
import openpyxl
import pandas as pd
import pytest

from kompaslite.accounts import Accounts
from kompaslite.app import compare_scenarios, run_scenario, write_run
from kompaslite.app.write import tidy_flows
from kompaslite.datasets import made_up
from kompaslite.housing import read_programme
from kompaslite.scenario import Scenario, Uncertainty
from kompaslite.schema import SchemaError
from kompaslite.uncertainty import Reduce
from tests.report.pages import Page


def whole(value, mark="\u00a0"):
    return f"{round(float(value)):,}".replace(",", mark)


@pytest.fixture(scope="module")
def out(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("written") / "out"
    write_run(run_scenario(folder / "more_homes.toml", uncertainty=Uncertainty(draws=12, seed=2)), place)
    return place


def test_note_workbook_and_tables_are_of_the_same_forecast(out):
    people = pd.read_csv(out / "age_groups.csv")
    total = people[people["year"] == 2032]["persons"].sum()
    page = Page((out / "note.html").read_text(encoding="utf-8"))
    assert page.table("Folketall i Bærum 1. januar, personer").rows["2032"][0].replace("\u00a0", " ") == whole(
        total, " "
    )
    groups = openpyxl.load_workbook(out / "forecast.xlsx", data_only=True)["age groups"]
    assert float(list(groups.iter_rows(values_only=True))[-1][-1]) == pytest.approx(total, abs=1e-6)


def test_the_note_of_a_scenario_says_which_it_is_and_why(out):
    text = " ".join(Page((out / "note.html").read_text(encoding="utf-8")).paragraphs)
    assert "Prognosen er scenariet «more homes»: the council asks what the school needs if the plan is built." in text
    assert "Endret mot trenden: boliger (about a tenth of what is planned is not built)." in text
    sources = (out / "note.html").read_text(encoding="utf-8")
    assert "Modell: 12 trekninger" in sources
    assert "Scenariet «more homes», fra 1. januar 2026, beregnet med kompaslite" in sources


def test_the_note_of_a_scenario_has_what_the_published_note_has(out, shared):
    page = Page((out / "note.html").read_text(encoding="utf-8"))
    published = pd.read_csv(shared / "note" / "age_groups_2025_2026.csv")["forecast_2026_01_01"]
    table = page.table("Folketall etter alder, faktisk")
    assert [int(re.sub(r"\D", "", row[3])) for row in table.rows.values()] == published.tolist()


def test_the_interval_holds_the_forecast_and_grows(folder):
    run = run_scenario(folder / "baseline.toml", uncertainty=Uncertainty(draws=40, seed=1))
    people = run.draw(reduce=Reduce(mean=False, keep_draws=True))["draws"].sel(area="3201", age_group="total")
    width = people.quantile(0.9, "draw") - people.quantile(0.1, "draw")
    assert float(width.sel(year=2026)) == 0.0
    assert float(width.sel(year=2032)) > float(width.sel(year=2028)) > 0.0
    central = run.forecast.population.sum(["area", "sex", "age"]).sel(year=2032)
    assert float(people.sel(year=2032).min()) < float(central) < float(people.sel(year=2032).max())


def test_a_scenario_from_the_unedited_workbook_changes_nothing(folder, out):
    (folder / "earlier.xlsx").write_bytes((out / "forecast.xlsx").read_bytes())
    text = 'base = "more_homes.toml"\nname = "again"\nassumptions = "earlier.xlsx"\n'
    text += '[housing]\nprogramme = "earlier.xlsx"\nrealisation = 0.9\nbecause = "from the workbook"\n'
    (folder / "again.toml").write_text(text)
    assert read_programme(folder / "earlier.xlsx").projects == read_programme(folder / "programme.toml").projects
    table = compare_scenarios(folder / "more_homes.toml", folder / "again.toml")
    assert (table["difference"] == 0.0).all()


def test_an_edited_workbook_acts(folder, out):
    book = openpyxl.load_workbook(out / "forecast.xlsx")
    sheet = book["housing programme"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["planned"]).value = 900
    births = book["fertility"]
    for row in births.iter_rows(min_row=2, min_col=2):
        for cell in row:
            cell.value = 0.0
    book.save(folder / "edited.xlsx")
    text = 'base = "more_homes.toml"\nname = "edited"\nassumptions = "edited.xlsx"\n'
    text += '[housing]\nprogramme = "edited.xlsx"\nrealisation = 0.9\nbecause = "edited"\n'
    (folder / "edited.toml").write_text(text)
    run = run_scenario(folder / "edited.toml")
    assert read_programme(folder / "edited.xlsx").projects[0].planned == 900
    assert float(run.trend.population.sel(age=0, year=2032).sum()) == 0.0


def test_a_workbook_of_other_years_is_refused(folder, out):
    (folder / "short.xlsx").write_bytes((out / "forecast.xlsx").read_bytes())
    content = {"name": "s", "because": "x", "first_year": 2026, "last_year": 2040, "assumptions": "short.xlsx"}
    with pytest.raises(SchemaError, match=r"assumptions: short.xlsx has no year 2032; the forecast needs 2026 to 2039"):
        run_scenario(Scenario.model_validate(content), folder=folder)


def test_the_sheets_of_a_run(out):
    book = openpyxl.load_workbook(out / "forecast.xlsx")
    expected = {"about", "population", "age groups", "services", "own groups", "components", "households"}
    expected |= {"housing flows", "dwellings planned", "housing programme", "fertility", "mortality", "in_migration"}
    assert expected <= set(book.sheetnames)
    for name in ("age groups", "services", "own groups", "components"):
        assert len(book[name]._charts) == 1, name
    planned = list(book["dwellings planned"].iter_rows(values_only=True))
    assert planned[0] == ("area", "dwelling_type", "year", "planned", "expected", "completed")
    about = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert about["because"] == "the council asks what the school needs if the plan is built"
    assert any(name.startswith("source of") for name in about)


def tables(place, *, flows, first=2008):
    made = made_up(2, years=range(first, 2027))
    place.mkdir()
    people = (made.population * (1 if flows else 5)).round().astype(int)
    people.rename("persons").to_series().reset_index().to_csv(place / "population.csv", index=False)
    if flows:
        rows = tidy_flows(Accounts(made.population, made.flows)).rename(columns={"value": "persons"})
        rows.drop(columns="unit").round({"persons": 0}).astype({"persons": int}).to_csv(
            place / "flows.csv", index=False
        )
    return people


def own(**outputs):
    content = {"name": "own", "because": "our tables", "data": "mine", "first_year": 2026, "last_year": 2029}
    return Scenario.model_validate(content | {"outputs": {"language": "en", **outputs}})


@pytest.mark.parametrize("flows", [False, True], ids=["population alone", "with flows"])
def test_a_note_of_own_tables(tmp_path, flows):
    people = tables(tmp_path / "mine", flows=flows)
    run = run_scenario(own(place="Havna", workbook=True), folder=tmp_path)
    write_run(run, tmp_path / "out")
    text = (tmp_path / "out" / "note.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "Population note for Havna" in text
    assert whole(people.sel(year=2026).sum(), ",") in text
    told = "Errors of the same method" if not flows else "Model: 500 draws"
    assert told in text
    record = page.table("Earlier forecasts of the population, and what came", "the library's method").rows
    assert list(record) == [str(year) for year in range(2019, 2026)]
    assert ("Parts of the deviation by age" in text) == flows
    assert "housing plan's part is modelled" not in text
    districts = openpyxl.load_workbook(tmp_path / "out" / "forecast.xlsx", data_only=True)["districts"]
    rows = [row[1:] for row in districts.iter_rows(min_row=2, values_only=True)]
    np.testing.assert_allclose(np.array(rows[0], float) + np.array(rows[1], float), np.array(rows[2], float))


def test_a_history_with_too_few_errors_has_no_interval_and_says_so(tmp_path):
    tables(tmp_path / "mine", flows=False, first=2014)
    write_run(run_scenario(own(workbook=False, tables=False), folder=tmp_path), tmp_path / "out")
    text = (tmp_path / "out" / "note.html").read_text(encoding="utf-8")
    assert "The forecast has no interval" in text
    assert "Earlier forecasts of the population" in text


def test_a_note_of_one_area(tmp_path):
    people = tables(tmp_path / "mine", flows=False)
    run = run_scenario(own(area="9902", workbook=False, tables=False), folder=tmp_path)
    assert [file.name for file in write_run(run, tmp_path / "out")] == ["note.html"]
    text = (tmp_path / "out" / "note.html").read_text(encoding="utf-8")
    assert whole(people.sel(area="9902", year=2026).sum(), ",") in text
    strange = run_scenario(own(area="0301"), folder=tmp_path)
    with pytest.raises(SchemaError, match=r"outputs.area: area '0301' is unknown. The forecast has 9901, 9902"):
        write_run(strange, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_pdf_where_the_scenario_asks_for_one(folder, tmp_path):
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed", exc_type=ImportError)
    scenario = Scenario(name="s", because="x", first_year=2026, last_year=2028, outputs={"pdf": True, "tables": False})
    files = write_run(run_scenario(scenario, folder=folder), tmp_path / "out")
    assert [file.name for file in files] == ["note.html", "note.pdf", "forecast.xlsx"]
    assert files[1].read_bytes().startswith(b"%PDF-")
