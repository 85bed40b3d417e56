"""Where draws lie: around the forecast that the assumptions give without them, also where people become fewer."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import age_up
from kompaslite.engine import project
from kompaslite.schema import SchemaError
from kompaslite.uncertainty import Futures, Levels, assumptions_of, sample
from kompaslite.uncertainty.levels.model import Effect
from tests.worlds.country import AGES, AREAS, parameters, some_baseline, some_people

DRAWS = 4000
YEARS = np.arange(2026, 2046)


def emptying():
    """Assumptions under which people become ever fewer."""
    base = some_baseline()
    longer = base["mortality"].isel(year=[0] * YEARS.size).assign_coords(year=YEARS)
    leaving = (base["out_migration"] + 0.02).assign_attrs(units="1/year")
    return base.assign_coords(year=YEARS[:6]).drop_dims("year").assign(mortality=longer, out_migration=leaving)


def net_levels(people=None):
    rate = xr.DataArray(np.where(AGES > 0, 1.0, 0.0), coords={"age": AGES})
    return Levels(
        national=parameters(["net"], persistence=0.6, innovation=0.015),
        effects=(
            Effect(component="net", variable="in_migration", how="gain", response=rate, per_head=True),
            Effect(component="net", variable="out_migration", how="loss", response=rate),
        ),
        people=some_people() if people is None else people,
    )


def off(futures, line):
    """Mean of the draws beside the line, as a share of it, in the last year."""
    drawn = project(some_people(), assumptions_of(futures), flows=()).population.sum(["sex", "age"])
    return (drawn / line - 1.0).isel(year=-1)


def test_gains_and_losses_are_alike_where_people_become_fewer():
    baseline = emptying().drop_vars("in_migration")
    line = project(some_people(), baseline, flows=()).population.sum(["sex", "age"])
    assert (line.isel(year=-1) < 0.6 * line.isel(year=0)).all()
    along = off(sample(baseline, net_levels(), draws=DRAWS, seed=1), line)
    error = 3.0 * float(along.std("draw").max()) / np.sqrt(DRAWS)
    assert abs(along.median("draw")).max() < 0.01 + error
    assert abs(along.mean("draw")).max() < 0.01 + error
    fixed = off(Futures(baseline=baseline, levels=net_levels(), draws=DRAWS, seed=1), line)
    assert fixed.median("draw").min() > 0.03


def test_a_gain_is_counted_per_head_of_the_forecast_without_draws():
    baseline = emptying()
    made = assumptions_of(sample(baseline, net_levels(), draws=3, seed=1))
    line = age_up(project(some_people(), baseline, flows=()).population.sel(year=YEARS))
    level = net_levels().national_paths(1, slice(0, 3), YEARS.size)["net"]
    gain = np.maximum(level, 0.0)
    added = (made["in_migration"] - baseline["in_migration"]).transpose("year", "draw", "area", "sex", "age")
    wanted = line.transpose("year", "area", "sex", "age").values[:, None] * gain[..., None, None, None]
    np.testing.assert_allclose(added.values, wanted, atol=1e-9)


def test_of_scenarios_each_has_its_own_line_and_the_same_luck():
    two = xr.concat([emptying(), emptying()], xr.Variable("scenario", ["a", "b"]), data_vars="all")
    two["in_migration"] = two["in_migration"] * xr.DataArray([1.0, 3.0], coords={"scenario": ["a", "b"]})
    two = two.assign({name: two[name].assign_attrs(emptying()[name].attrs) for name in two})
    both = assumptions_of(sample(two, net_levels(), draws=4, seed=1))
    alone = assumptions_of(sample(emptying(), net_levels(), draws=4, seed=1))
    one = both.sel(scenario="a", drop=True)["in_migration"]
    np.testing.assert_array_equal(one.transpose(*alone["in_migration"].dims), alone["in_migration"])
    gains = [both["in_migration"].sel(scenario=name) - two["in_migration"].sel(scenario=name) for name in ("a", "b")]
    assert float(gains[1].isel(year=-1).sum()) > float(gains[0].isel(year=-1).sum())


def test_responses_of_areas_are_taken_by_their_codes():
    levels = net_levels()
    whole = assumptions_of(sample(emptying(), levels, draws=5, seed=1))
    part = assumptions_of(sample(emptying(), levels, draws=5, seed=1), areas=[AREAS[2], AREAS[0]])
    xr.testing.assert_identical(part, whole.sel(area=[AREAS[2], AREAS[0]]))
    turned = sample(emptying().isel(area=slice(None, None, -1)), levels, draws=5, seed=1)
    for name, array in assumptions_of(turned).items():
        np.testing.assert_array_equal(array.sel(area=AREAS) if "area" in array.dims else array, whole[name])


def test_levels_that_are_counted_along_a_forecast_stay_so():
    line = project(some_people(), emptying(), flows=()).population
    given = sample(emptying(), net_levels().along(2.0 * line), draws=5, seed=1).levels
    np.testing.assert_array_equal(given.people, 2.0 * line)
    assert sample(emptying().chunk(area=2), net_levels(), draws=5, seed=1).levels.people.dims == ("area", "sex", "age")
    luck = xr.DataArray([0.5, 1.0, 1.5], coords={"draw": range(3)})
    drawn = sample(emptying() * luck, net_levels(), seed=1, draws=None).levels.people
    assert "draw" not in drawn.dims


def test_people_of_other_years_are_an_error():
    line = project(some_people(), emptying(), flows=()).population
    early = sample(emptying(), net_levels().along(line.sel(year=YEARS[:-1])), draws=5, seed=1)
    with pytest.raises(SchemaError, match="levels: what they do is not known for year 2045 of the assumptions"):
        assumptions_of(early)


def test_effects_per_head_need_people():
    with pytest.raises(SchemaError, match="levels: an effect is per head, but people are not given"):
        replace(net_levels(), people=None)


def factor(levels, draws=DRAWS):
    made = assumptions_of(sample(some_baseline(), levels, draws=draws, seed=3))["fertility"]
    return (made / some_baseline()["fertility"]).sel(age=20)


def test_the_median_of_a_rate_is_the_one_given():
    known = parameters(["fertility"], persistence=0.9, innovation=0.2)
    effects = (Effect(component="fertility", variable="fertility", how="scale"),)
    for years in (0, 12):
        drawn = factor(Levels(national=known, effects=effects, years=years))
        np.testing.assert_allclose(drawn.median("draw"), 1.0, atol=0.03)
    assert (drawn.mean("draw") > 1.03).any()


@pytest.mark.parametrize("response", [1.0, 0.5])
def test_the_noise_of_the_year_leaves_the_mean_of_a_rate(response):
    quiet = parameters(["fertility"], persistence=0.5, innovation=0.0)
    local = parameters(["fertility"], persistence=0.5, innovation=0.0, noise=0.6, areas=AREAS)
    effects = (Effect(component="fertility", variable="fertility", how="scale", response=xr.DataArray(response)),)
    drawn = factor(Levels(national=quiet, local=local, effects=effects))
    np.testing.assert_allclose(drawn.mean("draw"), 1.0, atol=4.0 * 0.65 * response / np.sqrt(DRAWS))
    np.testing.assert_allclose(drawn.median("draw"), np.exp(-0.18 * response**2), rtol=0.04)
    nation = replace(Levels(national=quiet.assign(noise=("component", [0.6])), effects=effects), years=0)
    np.testing.assert_allclose(factor(nation).mean("draw"), 1.0, atol=4.0 * 0.65 * response / np.sqrt(DRAWS))
