"""What the desk would have done without a word: refused, or told, in words that a planner can act on."""

import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from kompaslite._files import StorageError
from kompaslite.app import compare_scenarios, run, run_scenario, write_run
from kompaslite.app.backtest_table import METHODS, backtest_table
from kompaslite.datasets import made_up
from kompaslite.scenario import Outputs, Scenario
from kompaslite.schema import KompasliteError, SchemaError

HEAD = 'name = "own"\nbecause = "x"\nfirst_year = 2026\nlast_year = 2028\n'
ONLY_TABLES = "[outputs]\nnote = false\nworkbook = false\n"
PLAN = '[housing]\nbecause = "x"\nprogramme = "own_programme.toml"\n'
PROJECT = '[[projects]]\nname = "Quay"\nzone = "3201"\ndwelling_type = "block"\nplanned = 100\nyear = YEAR\n'


def people(place, number=2, years=range(2010, 2027), *, size=1.0):
    place.mkdir()
    made = made_up(number, years=years)
    counts = (made.population * size).round().astype(int)
    counts.rename("persons").to_series().reset_index().to_csv(place / "population.csv", index=False)
    return made


def told(command, capsys):
    assert run([str(word) for word in command]) == 1
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert printed.out == ""
    return printed.err


@pytest.mark.parametrize("name", ["low", "high", "difference", "year", "age_group"])
def test_a_scenario_is_not_called_like_a_column_of_the_comparison(folder, name):
    (folder / "own.toml").write_text(HEAD.replace("own", name))
    for pair in (("own.toml", "baseline.toml"), ("baseline.toml", "own.toml")):
        with pytest.raises(SchemaError, match=rf"compare: a scenario is called '{name}', which is a column"):
            compare_scenarios(*(folder / one for one in pair))


@pytest.mark.parametrize("later", [{"note": False, "workbook": False}, {"tables": False, "note": False}])
def test_files_of_an_earlier_run_do_not_stand_beside_those_of_a_later_one(tmp_path, later):
    def ran(**outputs):
        wanted = Outputs(**{"note": False} | outputs)
        return run_scenario(Scenario(name="a", because="b", first_year=2026, last_year=2027, outputs=wanted))

    out = tmp_path / "out"
    write_run(ran(), out)
    (out / "mine.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(StorageError, match=r"would stay from an earlier run.*Delete what is old, or choose another"):
        write_run(ran(**later), out, force=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    write_run(ran(), out, force=True)


@pytest.mark.parametrize("sheet", ["population"])
def test_people_that_were_changed_in_the_workbook_are_not_passed_over(folder, tmp_path, sheet):
    scenario = Scenario(
        name="a", because="b", first_year=2026, last_year=2028, outputs=Outputs(note=False, tables=False)
    )
    write_run(run_scenario(scenario), tmp_path / "out")
    again = scenario.model_copy(update={"assumptions": "forecast.xlsx"})
    run_scenario(again, folder=tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "forecast.xlsx")
    cell = next(
        cell for row in book["population"].iter_rows(min_row=2) for cell in row if isinstance(cell.value, float)
    )
    cell.value = cell.value + 500.0
    book.save(tmp_path / "out" / "forecast.xlsx")
    with pytest.raises(SchemaError, match=r"sheet population of forecast.xlsx has other people .* in 1 cells"):
        run_scenario(again, folder=tmp_path / "out")


@pytest.mark.parametrize(
    ("head", "year", "words"),
    [
        ("", 2020, "project Quay is planned for 2020, before the forecast starts in 2026"),
        ("", 2025, "project Quay is planned for 2025, before the forecast starts in 2026"),
        ("known_until = 2199\n", 2027, "known_until 2199 is after the forecast's years"),
        ("known_until = 2028\n", 2027, "known_until 2028 is after the forecast's years"),
    ],
)
def test_dwellings_of_years_that_nothing_counts(folder, capsys, head, year, words):  # noqa: PLR0917
    (folder / "own_programme.toml").write_text(head + PROJECT.replace("YEAR", str(year)))
    (folder / "own.toml").write_text(HEAD + PLAN)
    with pytest.raises(KompasliteError, match=rf"^own.toml, line 7: own_programme.toml: {words}"):
        run_scenario(folder / "own.toml")
    assert words in told(["check", folder / "own.toml"], capsys)


def test_what_was_completed_before_the_start_is_in_the_stock(folder):
    done = PROJECT.replace("YEAR", "2024") + "completed = { 2024 = 60 }\n"
    (folder / "own_programme.toml").write_text("known_until = 2025\n" + done)
    (folder / "own.toml").write_text(HEAD + PLAN)
    assert run_scenario(folder / "own.toml").record is not None


@pytest.mark.parametrize("until", ["99999", "2201", "2026", "-1", "0"])
def test_the_horizon_has_bounds(tmp_path, capsys, until):
    assert "the horizon" in told(["forecast", "--until", until, "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize("horizon", ["0", "101", "10000", "-5"])
def test_so_has_that_of_a_backtest(tmp_path, capsys, horizon):
    people(tmp_path / "mine")
    assert run(["backtest", str(tmp_path / "mine" / "population.csv"), "--horizon", horizon]) == 2
    assert "horizon" in capsys.readouterr().err


def test_a_horizon_goes_no_further_than_the_outcomes(tmp_path):
    made = made_up(2, years=range(2010, 2027))
    table = backtest_table(made.population, origins=[2023, 2024], horizon=50)
    assert table.index.get_level_values("lead").unique().tolist() == [1, 2, 3]
    assert table["value"].notna().all()


def test_figures_that_are_none_are_null(tmp_path, capsys, monkeypatch):
    people(tmp_path / "mine")
    empty = pd.DataFrame(
        {"value": [np.nan, 1.0]}, index=pd.MultiIndex.from_tuples([("a", "mape", 1), ("b", "mape", 1)])
    )
    empty.index.names = ["method", "measure", "lead"]
    monkeypatch.setattr("kompaslite.app.answers.backtest_table", lambda *_, **__: empty)
    assert run(["backtest", str(tmp_path / "mine" / "population.csv"), "--json"]) == 0
    printed = capsys.readouterr().out
    assert "NaN" not in printed
    assert [row["value"] for row in json.loads(printed)] == [None, 1.0]


def test_a_method_that_cannot_be_judged_does_not_hide_the_others(tmp_path, capsys):
    people(tmp_path / "mine", 1, size=0.03)
    file = str(tmp_path / "mine" / "population.csv")
    assert run(["backtest", file]) == 0
    printed = capsys.readouterr().out
    assert "default cannot be judged: backtest, origin 2021: default: 23 cells" in printed
    assert "Sources(" not in printed
    assert "age_shrink" not in printed
    assert all(name in printed for name in METHODS if name != "default")


def test_a_small_place_is_forecast_on_a_standard_curve(tmp_path, capsys):
    people(tmp_path / "mine", 1, size=0.06)
    (tmp_path / "own.toml").write_text(HEAD + 'data = "mine"\n' + ONLY_TABLES)
    assert run(["forecast", str(tmp_path / "own.toml"), "--out", str(tmp_path / "out")]) == 0
    assert "Sources(" not in capsys.readouterr().err


def test_what_became_of_the_rows_is_shown(tmp_path, capsys):
    people(tmp_path / "mine")
    (tmp_path / "own.toml").write_text(HEAD + 'data = "mine"\n' + ONLY_TABLES)
    assert run(["forecast", str(tmp_path / "own.toml"), "--out", str(tmp_path / "out")]) == 0
    assert "Tables:\npopulation.csv: 7,208 rows read, 7,208 used" in capsys.readouterr().out
    assert run(["forecast", str(tmp_path / "own.toml"), "--out", str(tmp_path / "again"), "--json"]) == 0
    assert "7,208 used" in json.loads(capsys.readouterr().out)["reading"]
    assert run(["backtest", str(tmp_path / "mine" / "population.csv"), "--origins", "2024"]) == 0
    assert "7,208 used" in capsys.readouterr().out


def test_a_table_that_nothing_reads_is_told_by_the_check_too(tmp_path, capsys):
    people(tmp_path / "mine")
    (tmp_path / "mine" / "migration.csv").write_text("a\n1\n")
    (tmp_path / "own.toml").write_text(HEAD + 'data = "mine"\n' + ONLY_TABLES)
    for command in ("check", "forecast"):
        assert "own.toml, line 5: data: nothing reads the table migration.csv" in told(
            [command, tmp_path / "own.toml"], capsys
        )


def test_in_movers_are_not_given_where_only_net_gains_are_known(tmp_path):
    people(tmp_path / "mine")
    pd.DataFrame({"area": ["9901", "9902"], "dwelling_type": "row", "dwellings": [1400, 55000]}).to_csv(
        tmp_path / "mine" / "dwellings.csv", index=False
    )
    rule = '[[in_migration]]\nway = "given in-movers"\nfirst_year = 2026\nlast_year = 2027\nbecause = "x"\n'
    (tmp_path / "own.toml").write_text(HEAD + 'data = "mine"\n' + rule + "persons = { 2026 = 900 }\n")
    with pytest.raises(KompasliteError, match=r"^own.toml, line 7: in_migration: in-movers cannot be given"):
        run_scenario(tmp_path / "own.toml")
