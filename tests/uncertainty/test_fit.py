"""Levels fitted to history: parameters that are put in come out, and effects reach the right ages."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.rates import lee_carter
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.sample import assumptions_of, sample
from kompaslite.uncertainty.levels.fit import fit_levels, mobility_by_age
from kompaslite.uncertainty.levels.history import bands_of, level_of, nation_of
from kompaslite.uncertainty.levels.processes import deviation_between, fit_autoregression, fit_pooled
from tests.worlds.country import AGES, some_baseline, some_people

YEARS = np.arange(2005, 2026)


def autoregression(rng, series, years, persistence):
    level = rng.standard_normal(series)
    made = np.empty((series, years))
    for year in range(years):
        made[:, year] = level
        level = persistence * level + np.sqrt(1 - persistence**2) * rng.standard_normal(series)
    return made


def test_persistence_of_a_short_series_is_found_without_much_bias():
    rng = np.random.default_rng(1)
    fits = [fit_autoregression(series) for series in autoregression(rng, 300, 25, 0.7)]
    assert np.mean([fit.persistence for fit in fits]) == pytest.approx(0.7, abs=0.1)
    assert np.median([fit.innovation for fit in fits]) == pytest.approx(np.sqrt(1 - 0.49), rel=0.05)


def test_parts_of_the_variance_are_told_apart():
    rng = np.random.default_rng(3)
    size = np.exp(rng.normal(9.0, 1.2, 200))
    lasting, passing = 2e-5 + 0.05 / size, 1e-5 + 0.15 / size
    series = autoregression(rng, 200, 20, 0.7) * np.sqrt(lasting)[:, None]
    series += rng.standard_normal((200, 20)) * np.sqrt(passing)[:, None] + rng.normal(0.0, 0.01, (200, 1))
    fit = fit_pooled(series, size)
    assert fit.persistence == pytest.approx(0.7, abs=0.1)
    assert np.median(fit.lasting / lasting) == pytest.approx(1.0, abs=0.2)
    assert np.median(fit.passing / passing) == pytest.approx(1.0, abs=0.2)


def test_a_wild_series_keeps_some_of_its_own_variance():
    rng = np.random.default_rng(4)
    series = rng.standard_normal((50, 20))
    series[7] *= 4.0
    fit = fit_pooled(series, np.full(50, 1000.0))
    spread = np.sqrt(fit.lasting + fit.passing)
    assert 2.0 < spread[7] < 4.0
    assert np.delete(spread, 7).max() < 1.6


def test_means_that_differ_no_more_than_they_must_have_no_spread():
    rng = np.random.default_rng(5)
    assert deviation_between(rng.normal(0.0, 1.0, 300), np.full(300, 4.0)) == 0.0
    assert deviation_between(rng.normal(0.0, 3.0, 300), np.full(300, 0.01)) == pytest.approx(3.0, rel=0.1)


def history(areas=40, seed=6, sd=0.01):
    """Accounts whose local net migration has a known spread, all of it at one mobile age."""
    rng = np.random.default_rng(seed)
    codes = [f"{number:04d}" for number in range(areas)]
    cells = {"area": codes, "sex": ["female", "male"], "age": AGES}
    people = xr.DataArray(np.full((areas, 2, AGES.size), 100.0), coords=cells).expand_dims(year=[*YEARS, 2026])
    level = sd * rng.standard_normal((areas, YEARS.size))
    share = np.where((AGES > 15) & (AGES < 28), 1.0, 0.0)
    net = xr.DataArray(level, coords={"area": codes, "year": YEARS}) * xr.DataArray(share, coords={"age": AGES})
    net = (net * AGES.size / share.sum() * 100.0).expand_dims(sex=cells["sex"])
    births = xr.DataArray(rng.poisson(200.0, (areas, YEARS.size)), coords={"area": codes, "year": YEARS}).astype(float)
    per_year = {"units": "persons/year"}
    flows = xr.Dataset({"net_migration": net.assign_attrs(per_year), "births": births.assign_attrs(per_year)})
    return Accounts(people.assign_attrs(units="persons"), flows)


def test_local_net_migration_has_the_spread_that_was_put_in():
    levels = fit_levels(history(), window=15)
    local = levels.local.sel(component="net_migration")
    total = local["innovation"] ** 2 / (1 - local["persistence"] ** 2) + local["noise"] ** 2
    assert float(total.median()) ** 0.5 == pytest.approx(0.01, rel=0.15)
    paths = levels.local_paths(1, slice(0, 3000), 5, levels.areas[:2])
    assert paths["net_migration"].std(axis=1) == pytest.approx(0.01 * np.sqrt(1 + 1 / 15), rel=0.2)
    births = levels.local.sel(component="fertility")
    assert float(births["chance"].median()) == pytest.approx(1 / np.sqrt(200), rel=0.02)


def test_bands_beside_the_level_sum_to_nobody():
    levels = fit_levels(history())
    names = list(bands_of(AGES))
    assert set(levels.local["component"].values) == {"fertility", "net_migration", *names}
    share = levels.local["share"].sel(component=names)
    np.testing.assert_allclose(share.sum("component"), 1.0)
    paths = levels.local_paths(1, slice(0, 50), 5, levels.areas)
    together = sum(share.sel(component=name).values * paths[name] for name in names)
    np.testing.assert_allclose(together, 0.0, atol=1e-15)


def test_draws_move_the_mobile_ages_and_people_in_all():
    observed = history()
    mobile = mobility_by_age(observed)
    assert mobile.sel(age=slice(17, 26)).min() > 5.0 * mobile.sel(age=slice(1, 13)).max()
    levels = fit_levels(observed)
    base = some_baseline(list(levels.areas)).drop_vars(["in_migration", "out_migration"])
    made = assumptions_of(sample(base, levels, draws=64, seed=1))
    people = observed.population.sel(year=2026, drop=True)
    forecast = project(people, made).population.isel(year=1)
    still = project(people, base).population.isel(year=1)
    moved = (forecast - still).sum(["sex", "age"]) / people.sum(["sex", "age"])
    paths = levels.local_paths(1, slice(0, 64), 1, levels.areas)["net_migration"][0]
    paths = paths + levels.national_paths(1, slice(0, 64), 1)["net_migration"][0][:, None]
    assert np.corrcoef(moved.values.ravel(), paths.ravel())[0, 1] > 0.95
    assert float(moved.std()) == pytest.approx(paths.std(), rel=0.1)


def gross_history(areas):
    rng = np.random.default_rng(8)
    accounts = history(areas)
    shape = {"area": accounts.population["area"].values, "year": YEARS}
    national = np.exp(0.1 * autoregression(rng, 1, YEARS.size, 0.6))
    local = np.exp(0.05 * rng.standard_normal((areas, YEARS.size)))
    moves = xr.DataArray(300.0 * national * local, coords=shape, attrs={"units": "persons/year"})
    flows = {"in_migration": moves, "out_migration": 0.9 * moves, "births": accounts.flows["births"]}
    return Accounts(accounts.population, xr.Dataset({n: f.assign_attrs(moves.attrs) for n, f in flows.items()}))


def test_gross_flows_are_scaled_together_as_they_moved():
    levels = fit_levels(gross_history(30))
    assert set(levels.national["component"].values) == {"fertility", "in_migration", "out_migration"}
    together = levels.national["correlation"].sel(component="in_migration", other="out_migration")
    assert float(together) > 0.75
    assert {effect.variable for effect in levels.effects} == {"fertility", "in_migration", "out_migration"}
    national = levels.national.sel(component="in_migration")
    assert float(national["innovation"]) == pytest.approx(0.08, rel=0.4)


def test_one_place_has_national_levels_only():
    accounts = nation_of(gross_history(5))
    levels = fit_levels(accounts)
    assert levels.local is None
    assert levels.years == YEARS.size


def test_mortality_follows_its_index_by_sex():
    rates = np.exp(-6.0 + 0.1 * np.arange(31)[:, None] - 0.02 * np.arange(21) + 0.03 * np.sin(7.0 * np.arange(21)))
    both = xr.DataArray(
        np.stack([rates, 1.5 * rates**0.98]), coords={"sex": ["female", "male"], "age": AGES, "year": YEARS}
    )
    levels = fit_levels(history(), mortality=lee_carter(both))
    names = ["mortality of females", "mortality of males"]
    assert (levels.national["persistence"].sel(component=names) == 1.0).all()
    made = assumptions_of(sample(some_baseline(list(levels.areas)), levels, draws=64, seed=1))
    spread = np.log(made["mortality"]).std("draw")
    assert (spread.isel(year=-1) > spread.isel(year=0)).all()
    ages = made["mortality"].sel(sex="male", year=2028) / some_baseline()["mortality"].sel(sex="male", year=2028)
    logs = np.log(ages)
    np.testing.assert_allclose((logs / logs.sel(age=0)).std("draw"), 0.0, atol=1e-9)


def test_levels_of_the_past_are_what_they_say():
    accounts = nation_of(history(3))
    net = accounts.flows["net_migration"].sum(["sex", "age"])
    np.testing.assert_allclose(level_of(accounts, "net_migration"), net / (3 * 2 * AGES.size * 100.0))
    born = accounts.flows["births"]
    women = 3 * 100.0 * ((AGES >= 20) & (AGES <= 39)).sum()
    np.testing.assert_allclose(level_of(accounts, "births"), np.log((born + 0.5) / women))


def test_histories_that_do_not_do_are_errors():
    accounts = history(3)
    with pytest.raises(SchemaError, match="fit_levels: the accounts have deaths, none of which has a level"):
        fit_levels(Accounts(accounts.population, accounts.flows[["births"]].rename(births="deaths")))
    short = Accounts(accounts.population, accounts.flows.sel(year=[2022, 2023, 2024, 2025]))
    with pytest.raises(SchemaError, match="4 years of flows are too few to see how levels move; 5 are needed"):
        fit_levels(short)
    total = accounts.flows["net_migration"].sum(["sex", "age"]).assign_attrs(units="persons/year")
    with pytest.raises(SchemaError, match="net_migration: it is needed by sex and age"):
        fit_levels(Accounts(accounts.population, xr.Dataset({"net_migration": total})))


def test_sample_needs_a_seed_and_something_that_varies():
    baseline = some_baseline()
    with pytest.raises(SchemaError, match="sample: every draw would be the same"):
        sample(baseline, seed=1)
    with pytest.raises(SchemaError, match=r"seed: 1\.5 is not a whole number"):
        sample(baseline, seed=1.5, whole_persons=True)
    with pytest.raises(SchemaError, match="draws: 0 is not a whole number of at least 1"):
        sample(baseline, seed=1, draws=0, whole_persons=True)
    assert sample(baseline, seed=1, draws=7, whole_persons=True).draws == 7
    assert some_people().sizes["area"] == 4
