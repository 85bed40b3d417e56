"""Accounts from populations alone and from totals: they balance, and fit and project are inverse on them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from benchmarks import norway
from kompaslite.accounts import Accounts, age_up, check_balance, imbalance
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.rates import exposure, fit_fertility, fit_migration, fit_mortality, residual_accounts
from kompaslite.schema import SchemaError
from tests.worlds.small import AGES, accounts, without

TINY = 1e-9


def mortality() -> xr.DataArray:
    return xr.DataArray(
        np.linspace(0.004, 0.3, AGES.size) * np.array([[1.0], [1.2]]), coords={"sex": ["female", "male"], "age": AGES}
    )


def fertility() -> xr.DataArray:
    return xr.DataArray([0.1, 0.2, 0.1], coords={"age": [3, 4, 5]})


def derived(observed: Accounts | xr.DataArray, **options: object) -> Accounts:
    return residual_accounts(observed, mortality=mortality(), fertility=fertility(), **options)


def totals(*names: str) -> Accounts:
    observed = accounts()
    flows = {name: observed.flows[name].sum(["sex", "age"]).assign_attrs(units="persons/year") for name in names}
    return Accounts(observed.population, xr.Dataset(flows))


def round_trip(observed: Accounts) -> xr.Dataset:
    """Largest difference of population and flows between the accounts and their projection with their own rates."""
    assumed = assume(
        fertility=fit_fertility(observed, window=None, annual=True),
        mortality=fit_mortality(observed, window=None, annual=True),
        migration=fit_migration(observed, window=None, annual=True),
        years=observed.flows["year"].values.tolist(),
    )
    again = project(observed.population.isel(year=0), assumed)
    gaps = {name: abs(again.flows[name] - flow).max() for name, flow in observed.flows.data_vars.items()}
    return xr.Dataset(gaps | {"population": abs(again.population - observed.population).max()})


def test_population_alone_gives_accounts_that_balance() -> None:
    found = derived(accounts().population)
    assert abs(imbalance(found)).max() < TINY
    assert set(found.flows.data_vars) == {"births", "deaths", "net_migration"}
    assert "residual by age" in found.flows.attrs["method"]


def test_births_are_those_who_reach_the_new_year_and_the_infants_who_do_not() -> None:
    found = derived(accounts().population)
    infants = found.flows["deaths"].sel(age=0)
    survivors = found.population.sel(age=0, year=slice(2016, None)).assign_coords(year=infants["year"])
    np.testing.assert_allclose(found.flows["births"].sum("age"), survivors + infants, rtol=1e-12)
    assert not found.flows["net_migration"].sel(age=0).any()


def test_known_deaths_are_split_by_the_exposure_that_the_step_uses_adjustment_aside() -> None:
    known = totals("births", "deaths")
    arrivals, leavers = totals("in_migration", "immigration"), totals("out_migration", "emigration")
    net = sum(arrivals.flows.data_vars.values()) - sum(leavers.flows.data_vars.values()) + 40.0
    flows = known.flows.assign(net_migration=net.assign_attrs(units="persons/year"))
    found = check_balance(derived(Accounts(known.population, flows)))
    assert abs(found.flows["adjustment"]).max() > 0.1
    level = fit_mortality(found, window=None, annual=True) / mortality()
    np.testing.assert_allclose(level.std(["sex", "age"]), 0.0, atol=1e-12)


def test_deaths_are_the_level_times_the_rate_on_the_mean_of_the_cohort() -> None:
    level = xr.DataArray([0.9, 1.1], coords={"area": ["0301", "3201"]})
    fitted = fit_mortality(derived(accounts().population, level=level), window=None, annual=True)
    np.testing.assert_allclose(fitted / (mortality() * level), 1.0, rtol=1e-12)


def test_births_belong_to_mothers_by_the_schedule() -> None:
    fitted = fit_fertility(derived(accounts().population), window=None, annual=True)
    np.testing.assert_allclose(fitted.sel(age=4) / fitted.sel(age=3), 2.0, rtol=1e-12)
    assert fitted["age"].values.tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    "names",
    [
        ("births", "deaths"),
        ("births",),
        ("deaths",),
        ("births", "deaths", "in_migration", "out_migration"),
        ("births", "deaths", "in_migration", "immigration", "out_migration", "emigration"),
        ("births", "deaths", "immigration", "out_migration"),
    ],
)
def test_totals_are_kept_and_people_balance(names: tuple[str, ...]) -> None:
    known = totals(*names)
    found = check_balance(derived(known), tolerance=TINY)
    for name in names:
        over = [dim for dim in ("sex", "age") if dim in found.flows[name].dims]
        np.testing.assert_allclose(found.flows[name].sum(over), known.flows[name], rtol=1e-12)
        assert (found.flows[name] >= 0).all()
    assert ("adjustment" in found.flows) == ("immigration" in names or "in_migration" in names)


def test_adjustment_is_what_the_totals_leave() -> None:
    names = ("births", "deaths", "in_migration", "immigration", "out_migration", "emigration")
    found = derived(totals(*names)).flows["adjustment"]
    np.testing.assert_allclose(found.sum(["sex", "age"]), accounts().flows["adjustment"].sum(["sex", "age"]), atol=1e-9)


def test_net_migration_in_total_leaves_an_adjustment_spread_like_the_population() -> None:
    known = totals("births", "deaths")
    net = accounts().flows
    total = (net["in_migration"] - net["out_migration"]).sum(["sex", "age"]).assign_attrs(units="persons/year")
    found = derived(Accounts(known.population, known.flows.assign(net_migration=total)))
    np.testing.assert_allclose(found.flows["net_migration"].sum(["sex", "age"]), total, rtol=1e-12)
    assert abs(imbalance(found)).max() < TINY
    share = found.flows["adjustment"].isel(area=0, year=0)
    assert (share > 0).all() or (share < 0).all()


@pytest.mark.parametrize("names", [(), ("births", "deaths", "in_migration", "immigration", "emigration")])
def test_fit_and_project_are_inverse(names: tuple[str, ...]) -> None:
    found = derived(totals(*names) if names else accounts().population)
    assert max(float(gap) for gap in round_trip(found).data_vars.values()) < TINY


def test_rates_that_end_early_need_a_named_rule() -> None:
    early = mortality().expand_dims(year=[2015, 2016])
    people = accounts().population
    with pytest.raises(SchemaError, match=r"mortality: the table ends in 2016, but 4 years after it"):
        residual_accounts(people, mortality=early, fertility=fertility())
    held = residual_accounts(people, mortality=early, fertility=fertility(), extrapolate="hold")
    np.testing.assert_array_equal(held.flows["deaths"], derived(people).flows["deaths"])


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (accounts().population.isel(year=[0]), "at least two 1 January populations of consecutive years"),
        (accounts().population.isel(age=slice(1, None)), "the first age is 1, but newborns join at age 0"),
        (totals("births", "deaths", "in_migration"), "totals of moves are needed of arrivals and of leavers"),
        (totals("births", "in_migration", "out_migration"), "moves are known but deaths are not"),
        (without(accounts(), "adjustment"), r"in_migration: it is known by sex or age\. Only totals"),
        (totals("births", "adjustment"), "adjustment cannot be used here"),
    ],
)
def test_bad_observations(observed: Accounts | xr.DataArray, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        derived(observed)


def test_bad_schedules() -> None:
    people = accounts().population
    with pytest.raises(SchemaError, match=r"mortality: 3 labels of dimension age are missing.*5, 6, 7"):
        residual_accounts(people, mortality=mortality().sel(age=slice(0, 4)), fertility=fertility())
    with pytest.raises(SchemaError, match="mortality: 14 of 16 values are not rates between 0 and 2"):
        residual_accounts(people, mortality=mortality() * 100, fertility=fertility())
    with pytest.raises(SchemaError, match=r"fertility: the population has no age 9"):
        residual_accounts(people, mortality=mortality(), fertility=fertility().assign_coords(age=[3, 4, 9]))
    with pytest.raises(SchemaError, match=r"births: 12 totals cannot be split, because nobody is exposed.*area 0301"):
        residual_accounts(people, mortality=mortality(), fertility=fertility() * 0)
    movers = xr.Dataset({"in_migration": xr.DataArray(np.ones(AGES.size), coords={"age": AGES})})
    with pytest.raises(SchemaError, match="movers: there is no propensity to move for out_migration"):
        derived(totals("births", "deaths", "in_migration", "out_migration"), movers=movers)


def test_movers_shape_the_split() -> None:
    known = totals("births", "deaths", "in_migration", "immigration", "out_migration")
    old = xr.DataArray(np.where(AGES > 5, 10.0, 1.0), coords={"age": AGES})
    flat = xr.ones_like(old)
    split = derived(known, movers=xr.Dataset({"in_migration": old, "immigration": flat, "out_migration": flat}))
    share = split.flows["in_migration"] / (split.flows["in_migration"] + split.flows["immigration"])
    assert (share.sel(age=7) > share.sel(age=2)).all()


def test_real_baerum_is_inverse(shared: Path) -> None:
    people = norway.municipalities(["3201"], shared=shared)
    found = residual_accounts(
        people,
        mortality=norway.mortality(shared=shared),
        fertility=norway.fertility(shared=shared),
        extrapolate="hold",
    )
    assert abs(imbalance(found)).max() < TINY
    assert max(float(gap) for gap in round_trip(found).data_vars.values()) < TINY


def test_real_telemark_is_inverse_and_keeps_every_published_figure(shared: Path) -> None:
    published = norway.telemark(shared=shared)
    people = norway.municipalities(published["area"].values.tolist(), shared=shared)
    found = residual_accounts(
        Accounts(people, published.drop_vars("adjustment")),
        mortality=norway.mortality(shared=shared),
        fertility=norway.fertility(shared=shared),
        extrapolate="hold",
    )
    assert abs(imbalance(found)).max() < TINY
    assert found.flows.attrs["carried"] == 1.0
    for name in ("births", "deaths", "in_migration", "immigration", "out_migration", "emigration"):
        np.testing.assert_allclose(found.flows[name].sum(["sex", "age"]), published[name], rtol=1e-12, atol=0)
    # 442 people went from 4020 to 4005 by a change of borders on 1 January 2020, beside the published correction
    moved = (found.flows["adjustment"].sum(["sex", "age"]) - published["adjustment"]).round(6)
    assert moved.where(moved != 0, drop=True).to_dataframe("n")["n"].dropna().to_dict() == {
        ("4005", 2019): 442.0,
        ("4020", 2019): -442.0,
    }
    assert max(float(gap) for gap in round_trip(found).data_vars.values()) < TINY


def test_every_municipality_balances_and_fits(shared: Path) -> None:
    """186 municipalities; one of them starts a year later."""
    rates = {"mortality": norway.mortality(shared=shared), "fertility": norway.fertility(shared=shared)}
    people = norway.municipalities(shared=shared)
    late = people["area"].values[(people.isel(year=0).count(["sex", "age"]) == 0).values]
    assert (people.sizes["area"], late.tolist()) == (186, ["1160"])
    for part in (norway.whole(people), people.sel(area=late).isel(year=slice(1, None))):
        found = residual_accounts(part, extrapolate="hold", **rates)
        assert abs(imbalance(found)).max() < TINY
        assumed = assume(
            fertility=fit_fertility(found),
            mortality=fit_mortality(found),
            migration=fit_migration(found, net_losses="rates"),
            years=range(2026, 2031),
        )
        assert assumed.sizes["area"] == part.sizes["area"]
        level = assumed["fertility"].sum("age").isel(year=0)
        assert ((level > 0.9) & (level < 2.6)).all()


def old_people(deaths: float) -> Accounts:
    """Twenty places in which nobody moves; deaths are drawn at the rates of `old_rates`, and known as totals."""
    rng = np.random.default_rng(4)
    ages = np.arange(101)
    people = np.full((20, 2, 101), 30.0) * np.exp(-((ages / 90.0) ** 10))
    people = np.round(people)
    start = np.zeros_like(people)
    start[..., 1:] = people[..., :-1]
    start[..., -1] += people[..., -1]
    died = rng.binomial(start.astype(int), np.minimum(old_rates().values * deaths, 1.0)).astype(float)
    end = start - died
    end[..., 0] = 10.0
    labels = {"area": [f"{i:04}" for i in range(20)], "sex": ["female", "male"], "age": ages}
    stock = xr.DataArray(
        np.stack([people, end], axis=-1), coords=labels | {"year": [2024, 2025]}, attrs={"units": "persons"}
    )
    whole = {"deaths": died.sum(axis=(1, 2)), "births": np.full(20, 20.0)}
    whole |= dict.fromkeys(("in_migration", "out_migration"), np.full(20, 60.0))
    flows = {
        name: xr.DataArray(
            value[:, None], coords={"area": labels["area"], "year": [2024]}, attrs={"units": "persons/year"}
        )
        for name, value in whole.items()
    }
    return Accounts(stock, xr.Dataset(flows))


def old_rates() -> xr.DataArray:
    rates = np.minimum(1e-4 * np.exp(np.arange(101) / 11.5), 0.5)
    return xr.DataArray(np.stack([rates, rates]), coords={"sex": ["female", "male"], "age": range(101)})


def test_chance_in_deaths_of_the_old_is_not_booked_as_moves() -> None:
    observed, fertility = old_people(0.9), xr.DataArray([1.0], coords={"age": [30]})
    made = check_balance(residual_accounts(observed, mortality=old_rates(), fertility=fertility))
    chance = residual_accounts(observed, mortality=old_rates(), fertility=fertility, old_age=None)
    for one in (made, chance):
        for name in ("deaths", "in_migration", "out_migration"):
            np.testing.assert_allclose(one.flows[name].sum(["sex", "age"]), observed.flows[name], rtol=1e-9)
    left = [one.flows["out_migration"].sel(age=slice(80, None)).sum().item() for one in (made, chance)]
    people = observed.population.sel(age=slice(80, None), year=2024).sum().item()
    assert left[0] < 0.01 * people < 0.05 * people < left[1]
    lost = (age_up(observed.population).sel(year=2024) - observed.population.sel(year=2025, drop=True)).sel(
        age=slice(85, None)
    )
    deaths = made.flows["deaths"].sel(age=slice(85, None), year=2024)
    assert abs(deaths - lost).max() < 1.0


def test_more_old_people_lost_than_died_have_moved() -> None:
    observed = old_people(1.0)
    few = observed.flows.assign(deaths=(observed.flows["deaths"] * 0.2).assign_attrs(units="persons/year"))
    few["in_migration"] = observed.flows["in_migration"]
    given = Accounts(observed.population, few)
    fertility = xr.DataArray([1.0], coords={"age": [30]})
    made = check_balance(residual_accounts(given, mortality=old_rates(), fertility=fertility))
    np.testing.assert_allclose(made.flows["deaths"].sum(["sex", "age"]), few["deaths"], rtol=1e-9)
    assert (made.flows["deaths"] >= 0.0).all()


def test_out_migration_of_the_old_in_telemark_is_that_of_the_register(shared: Path) -> None:
    text = {"municipality_code": str}
    moved = pd.read_csv(shared / "data/telemark_components_1997_2025.csv", dtype=text)
    codes = sorted(moved["municipality_code"].unique())
    moved = moved.rename(columns={"municipality_code": "area"}).set_index(["area", "year"])
    people = pd.read_parquet(shared / "data/population_municipality_age_sex_2005_2026.parquet")
    people = people.astype(text | {"sex": str}).rename(columns={"municipality_code": "area"})
    people = people[people["area"].isin(codes) & (people["year"] >= 2022)].set_index(["area", "sex", "age", "year"])
    array = xr.DataArray.from_series(people["population"].astype(float)).assign_attrs(units="persons")
    names = {"births": "births", "deaths": "deaths", "immigration": "immigration", "emigration": "emigration"}
    names |= {f"{way}_migration": f"{way}_migration_domestic" for way in ("in", "out")}
    known = {
        name: xr.DataArray.from_series(moved[column].astype(float))
        .sel(year=slice(2022, 2025))
        .assign_attrs(units="persons/year")
        for name, column in names.items()
    }
    tables = {"mortality": norway.mortality(shared=shared), "fertility": norway.fertility(shared=shared)}
    made = check_balance(residual_accounts(Accounts(array, xr.Dataset(known)), **tables, extrapolate="hold"))
    gone, lived = made.flows["out_migration"], exposure(made, np.arange(2022, 2026))
    assert gone.sel(age=slice(80, None)).sum().item() == pytest.approx(249, rel=0.15)
    for ages, register in ((slice(80, 89), 6.7), (slice(90, None), 2.7)):
        rate = 1000 * gone.sel(age=ages).sum() / lived.sel(age=ages).sum()
        assert rate.item() == pytest.approx(register, rel=0.15)
    for name, total in known.items():
        if name != "births":
            np.testing.assert_allclose(made.flows[name].sum(["sex", "age"]), total, rtol=1e-9)
