"""Intervals of a run's note: as wide as past errors, with what they rest on; and few draws."""

import numpy as np
import pandas as pd
import pytest

from kompaslite.app import run_scenario, write_run
from kompaslite.app.note import hindcasts_of, note_intervals
from kompaslite.datasets import made_up
from kompaslite.evaluation import sum_over_sex_age
from kompaslite.scenario import Scenario, Uncertainty


def yearly_totals(place, *, areas=1, empty=False):
    """A folder whose flows are of all sexes and ages together."""
    made = made_up(areas, years=range(2007, 2027))
    place.mkdir()
    people = (made.population * 3).round().astype(int)
    if empty:
        people.loc[{"area": people["area"].values[0], "year": 2012}] = 0
    people.rename("persons").to_series().reset_index().to_csv(place / "population.csv", index=False)
    rows = []
    for name in ("births", "deaths", "in_migration", "out_migration", "immigration", "emigration"):
        flow = made.flows[name]
        total = (3 * flow.sum([dim for dim in flow.dims if dim not in ("area", "year")])).round().astype(int)
        rows.append(total.rename("persons").to_series().reset_index().assign(component=name))
    pd.concat(rows).to_csv(place / "flows.csv", index=False)


def own(**more):
    content = {"name": "own", "because": "our tables", "data": "mine", "first_year": 2026, "last_year": 2031}
    return Scenario.model_validate(content | {"outputs": {"language": "en"}} | more)


def test_intervals_of_draws_are_no_narrower_than_past_errors_and_say_so(tmp_path):
    yearly_totals(tmp_path / "mine")
    run = run_scenario(own(), folder=tmp_path)
    made = hindcasts_of(run)
    ends = note_intervals(run, made)
    past = sum_over_sex_age(made).sel(lead=1)
    off = np.abs((past["observed"] / past["forecast"] - 1.0).values.ravel())
    typical = float(np.quantile(off[np.isfinite(off)], 0.5))
    middle = float(run.forecast.population.sel(year=2027).sum())
    for side, sign in ((ends.low, -1.0), (ends.high, 1.0)):
        assert sign * (side.loc[2027, "total"] / middle - 1.0) > typical
    assert ((ends.high - ends.low).drop(index=2026) > 1.0).all(axis=None)
    assert ends.source["en"].startswith("Model: 500 draws")
    assert "Not varied in them: mortality. No interval is narrower than the errors" in ends.source["en"]
    assert "Varierer ikke i dem: dødelighet." in ends.source["nb"]


def test_a_zone_that_was_empty_once_has_intervals_and_is_listed(tmp_path):
    yearly_totals(tmp_path / "mine", areas=3, empty=True)
    run = run_scenario(own(uncertainty={"draws": 20}), folder=tmp_path)
    area = next(iter(run.futures.levels.held_out))
    ends = note_intervals(run, None)
    assert f"Zones that were empty in a year vary as others of their size: {area}" in ends.source["en"]


@pytest.mark.parametrize("draws", [1, 6])
def test_a_note_with_few_draws_has_the_intervals_of_past_errors_where_there_are_any(tmp_path, draws):
    yearly_totals(tmp_path / "mine")
    run = run_scenario(own(uncertainty={"draws": draws}), folder=tmp_path)
    ends = note_intervals(run, hindcasts_of(run))
    assert ends.kind == "errors"
    write_run(run, tmp_path / "out")
    assert "Errors of the same method" in (tmp_path / "out" / "note.html").read_text(encoding="utf-8")


def test_a_run_without_a_note_may_have_one_draw(folder):
    run = run_scenario(folder / "baseline.toml", uncertainty=Uncertainty(draws=1))
    assert run.draw().attrs["draws"] == 1
