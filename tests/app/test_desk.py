"""The desk: scenario files run, compare and write; nonsense is told in words."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite._files import StorageError
from kompaslite.app import compare_scenarios, new_folder, run_scenario, write_run
from kompaslite.app.runs import projected
from kompaslite.datasets import load_municipality
from kompaslite.scenario import Scenario, Uncertainty
from kompaslite.schema import KompasliteError, SchemaError
from kompaslite.storage import read_assumptions, read_table
from kompaslite.uncertainty import Reduce, assumptions_of

EACH = Reduce(groups=["0-19", "20+"], quantiles=(), mean=False, keep_draws=True)


@pytest.fixture(scope="module")
def runs(folder):
    return [run_scenario(folder / name) for name in ("baseline.toml", "more_homes.toml")]


def test_the_starter_folder_runs_as_it_is(runs):
    baseline, homes = (run.forecast.population.sum(["area", "sex", "age"]) for run in runs)
    assert baseline["year"].values.tolist() == list(range(2026, 2033))
    assert float(homes.sel(year=2026) - baseline.sel(year=2026)) == 0.0
    assert float(homes.sel(year=2032)) > float(baseline.sel(year=2032))
    assert runs[0].record is None
    assert runs[1].record is not None


def test_a_run_shows_itself_in_a_line_and_as_a_table(runs):
    told = repr(runs[1])
    assert told.startswith("<Run: scenario more homes; because ")
    assert "; area 3201; sex female, male; age 0-105; year 2026-2032; housing " in told
    assert "<tr><th>year</th><td>2026-2032</td></tr>" in runs[0]._repr_html_()


def test_without_edits_a_scenario_is_the_method(runs):
    run = runs[0]
    for name in run.baseline.data_vars:
        np.testing.assert_array_equal(run.assumptions[name], run.baseline[name])


def test_more_dwellings_bring_people_of_every_age(runs):
    table = compare_scenarios(*runs, years=[2032])
    assert list(table.columns) == ["baseline", "more homes", "difference"]
    assert (table["difference"] > 0).all()
    parts = table.drop(index=(2032, "total"))["difference"].sum()
    assert parts == pytest.approx(table.loc[(2032, "total"), "difference"], abs=1e-9)


def test_two_scenarios_with_draws_have_the_same_luck(folder):
    table = compare_scenarios(folder / "baseline.toml", folder / "more_homes.toml", draws=8, seed=3)
    again = compare_scenarios(folder / "baseline.toml", folder / "more_homes.toml", draws=8, seed=3)
    pd.testing.assert_frame_equal(table, again)
    last = table.loc[(2032, "total")]
    run = run_scenario(folder / "baseline.toml", uncertainty=Uncertainty(draws=8, seed=3))
    alone = run.draw(reduce=EACH)["draws"].sel(area="3201", age_group="total", year=2032)
    assert 0 < last["low"] < last["high"]
    assert last["high"] - last["low"] < float(alone.max() - alone.min())


def test_draws_are_the_same_in_blocks(folder, monkeypatch):
    chance, seen = Uncertainty(draws=10, seed=3), []
    for name in ("baseline.toml", "more_homes.toml"):
        run = run_scenario(folder / name, uncertainty=chance)
        whole = run.draw(reduce=EACH)
        with monkeypatch.context() as patch:
            for size in ("DRAWS", "DRAWS_AT_ONCE"):
                patch.setattr(f"kompaslite.uncertainty.summary.plan.{size}", 4)
            parts = run.draw(reduce=EACH, progress=lambda done, of: seen.append((done, of)))
        xr.testing.assert_allclose(parts, whole, rtol=1e-12)
    assert seen == [(1, 3), (2, 3), (3, 3)] * 2


def test_draws_are_those_of_the_labelled_projection(folder):
    """Housing acts in every draw: each is what the projection makes of its assumptions, one draw at a time."""
    for name in ("baseline.toml", "more_homes.toml"):
        run = run_scenario(folder / name, uncertainty=Uncertainty(draws=3, seed=3))
        found = run.draw(reduce=EACH)["draws"].sel(area="3201", age_group="total")
        people = run.data.observed.population.sel(year=2026)
        for draw in range(3):
            drawn = assumptions_of(run.futures, draws=range(draw, draw + 1))
            _, alone, _ = projected(people, drawn, run.housing)
            expected = alone.population.sum(["area", "sex", "age"]).isel(draw=0, drop=True)
            np.testing.assert_allclose(found.sel(draw=draw), expected, rtol=1e-12)


def test_the_draws_of_scenarios_with_other_luck_are_not_compared(folder):
    runs = [
        run_scenario(folder / name, uncertainty=Uncertainty(draws=4, seed=seed))
        for seed, name in enumerate(("baseline.toml", "more_homes.toml"))
    ]
    with pytest.raises(SchemaError, match=r"baseline and more homes have other draws or another seed.*the same uncert"):
        compare_scenarios(*runs)


def test_a_scenario_without_draws_has_nothing_to_draw(runs):
    with pytest.raises(SchemaError, match=r"draws: the scenario asks for none. Give it uncertainty with draws"):
        runs[0].draw()


def test_a_run_is_written_whole_and_read_back(runs, tmp_path):
    files = write_run(runs[1], tmp_path / "out")
    assert {file.name for file in files} >= {"population.csv", "age_groups.csv", "own_groups.csv", "forecast.xlsx"}
    back = read_assumptions(tmp_path / "out" / "forecast.xlsx")
    for name, part in runs[1].assumptions.data_vars.items():
        np.testing.assert_array_equal(back[name].values, part.values, err_msg=str(name))
    groups = pd.read_csv(tmp_path / "out" / "own_groups.csv", dtype={"area": str})
    pupils = groups[(groups["age_group"] == "primary school") & (groups["year"] == 2032)]["persons"].item()
    assert pupils == pytest.approx(float(runs[1].forecast.population.sel(age=slice(6, 12), year=2032).sum()))
    assert set(groups["area"]) == {"3201"}
    households = read_table(tmp_path / "out" / "forecast.xlsx", "households")
    assert {"area", "year"} <= set(households.columns)
    assert len(households) > 0
    with pytest.raises(StorageError, match="not empty"):
        write_run(runs[0], tmp_path / "out")
    write_run(runs[0], tmp_path / "out", force=True)


def planned(persons):
    rule = {"way": "given population", "first_year": 2029, "last_year": 2029, "persons": {2029: persons}}
    return Scenario.model_validate(
        {
            "name": "plan",
            "because": "x",
            "first_year": 2026,
            "last_year": 2030,
            "in_migration": [rule | {"because": "x"}],
        }
    )


def test_a_given_population_is_reached_if_the_dwellings_hold_it(folder):
    people = run_scenario(planned(134500), folder=folder).forecast.population.sum(["area", "sex", "age"])
    assert float(people.sel(year=2030)) == pytest.approx(134500, abs=1e-6)
    with pytest.raises(KompasliteError, match="the stock cannot hold it; the first is area 3201, year 2030"):
        run_scenario(planned(137000), folder=folder)


def table(years=range(2010, 2027)):
    rng = np.random.default_rng(4)
    rows = []
    for area in ("0301", "3201"):
        base = 300 * np.exp(-((np.arange(101) / 85.0) ** 8)) * rng.uniform(0.9, 1.1, 101)
        for year in years:
            for sex in ("female", "male"):
                people = np.round(base * 1.01 ** (year - 2010))
                rows.append(
                    pd.DataFrame({"area": area, "sex": sex, "age": range(101), "year": year, "persons": people})
                )
    return pd.concat(rows)


def test_a_folder_with_only_population_is_forecast_by_the_default_method(tmp_path):
    (tmp_path / "mine").mkdir()
    table().astype({"persons": int}).to_csv(tmp_path / "mine" / "population.csv", index=False)
    scenario = Scenario(name="own", because="x", data="mine", first_year=2026, last_year=2030)
    run = run_scenario(scenario, folder=tmp_path)
    assert run.forecast.population["area"].values.tolist() == ["0301", "3201"]
    assert run.baseline.attrs["method"] == "default"
    housing = scenario.model_copy(update={"in_migration": ()})
    assert run_scenario(housing, folder=tmp_path).record is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": "nowhere"}, "neither an example .* nor a folder"),
        ({"first_year": 2020}, "known for 2025 to 2026, not for 1 January 2020"),
        ({"housing": {"programme": "gone.toml", "because": "x"}}, "there is no file .*gone.toml"),
        (
            {"housing": {"programme": "programme.toml", "realisation": 1.5, "because": "x"}},
            "More than the plan cannot be built",
        ),
        (
            {
                "in_migration": [
                    {
                        "way": "given in-movers",
                        "areas": ["9999"],
                        "first_year": 2026,
                        "last_year": 2027,
                        "persons": {2026: 5},
                        "because": "x",
                    }
                ]
            },
            "area 9999 is unknown",
        ),
    ],
)
def test_what_cannot_be_run(folder, changes, message):
    content = {"name": "s", "because": "x", "first_year": 2026, "last_year": 2030} | changes
    with pytest.raises(SchemaError, match=message):
        run_scenario(Scenario.model_validate(content), folder=folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area,dwelling_type\n3201,block\n", "no column dwellings"),
        ("area,dwelling_type,dwellings\n3201,block,5\n3201,block,6\n", "stands twice, in row 2 and again in row 3"),
        (
            "area,dwelling_type,dwellings\n3201,block,many\n",
            "row 2, column dwellings: dwellings 'many' is not",
        ),
        ("area,dwelling_type,dwellings\n3201,block,-1\n", "row 2, column dwellings: dwellings -1 is below 0"),
        ("area,dwelling_type,dwellings\n0301,block,5\n3201,row,6\n", "lacks a dwelling type"),
    ],
)
def test_a_broken_table_of_dwellings(tmp_path, text, message):
    (tmp_path / "mine").mkdir()
    table(range(2024, 2027)).astype({"persons": int}).to_csv(tmp_path / "mine" / "population.csv", index=False)
    (tmp_path / "mine" / "dwellings.csv").write_text(text)
    with pytest.raises(SchemaError, match=message):
        load_municipality(tmp_path / "mine")


def test_the_starter_does_not_write_over_a_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StorageError, match="not empty"):
        new_folder("baerum", tmp_path)
    with pytest.raises(SchemaError, match="no example 'oslo'"):
        new_folder("oslo", tmp_path / "b")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_scenarios_that_cannot_be_compared(runs):
    with pytest.raises(SchemaError, match="both scenarios are called 'baseline'"):
        compare_scenarios(runs[0], runs[0])
    with pytest.raises(SchemaError, match="year 2040 is not in both"):
        compare_scenarios(*runs, years=[2040])
