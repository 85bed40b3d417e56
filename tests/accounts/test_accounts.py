"""Accounts: contracts, the identity of every cell, and what was known at a date."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, age_up, check_balance, imbalance, known_at
from kompaslite.schema import BalanceError, SchemaError

AGES = [0, 1, 2, 3]


def people(years=(2024, 2025, 2026), area=("0301", "3201"), seed=1):
    rng = np.random.default_rng(seed)
    coords = {"area": list(area), "sex": ["female", "male"], "age": AGES, "year": list(years)}
    values = rng.integers(50, 90, [len(labels) for labels in coords.values()]).astype(float)
    return xr.DataArray(values, coords=coords, attrs={"units": "persons"})


def balanced(years=(2024, 2025, 2026)):
    """Accounts whose adjustment is whatever balances them."""
    population = people(years)
    end = population.isel(year=slice(1, None)).assign_coords(year=list(years[:-1]))
    births = xr.full_like(end.isel(age=2), 7.0).expand_dims(age=[2]).reindex(age=AGES, fill_value=0.0)
    births = births.transpose(*end.dims)
    start = age_up(population.isel(year=slice(None, -1))) + births.sum("age").expand_dims(age=[0]).reindex(
        age=AGES, fill_value=0.0
    )
    deaths = xr.full_like(end, 1.0)
    unit = {"units": "persons/year"}
    flows = {"births": births, "deaths": deaths, "adjustment": end - start + deaths}
    return Accounts(population, xr.Dataset({name: flow.assign_attrs(unit) for name, flow in flows.items()}))


def test_balanced_accounts_pass_and_are_returned_unchanged():
    accounts = balanced()
    assert check_balance(accounts) is accounts
    assert float(np.abs(imbalance(accounts)).max()) < 1e-12
    assert accounts.flows["deaths"].dims == ("area", "sex", "age", "year")


def test_one_person_too_many_is_named_by_cell():
    accounts = balanced()
    deaths = accounts.flows["deaths"].copy()
    deaths.loc[{"area": "3201", "sex": "male", "age": 2, "year": 2025}] += 1
    wrong = Accounts(accounts.population, accounts.flows.assign(deaths=deaths))
    with pytest.raises(
        BalanceError, match=r"1 of 32 cells .* off by 1 persons at area 3201, sex male, age 2, year 2025"
    ):
        check_balance(wrong)


def test_a_missing_component_is_named():
    accounts = balanced()
    with pytest.raises(BalanceError, match="adjustment"):
        check_balance(Accounts(accounts.population, accounts.flows.drop_vars("adjustment")))


def test_totals_without_age_and_sex_are_balanced_as_totals():
    accounts = balanced()
    totals = {name: flow.sum(["sex", "age"], keep_attrs=True) for name, flow in accounts.flows.data_vars.items()}
    coarse = Accounts(accounts.population, xr.Dataset(totals))
    assert imbalance(coarse).dims == ("area", "year")
    check_balance(coarse)


def test_nobody_is_lost_on_ageing():
    population = people()
    aged = age_up(population)
    np.testing.assert_allclose(aged.sum("age"), population.sum("age"), rtol=0, atol=1e-12)
    assert float(aged.sel(age=0).sum()) == 0


def test_known_at_hides_the_future():
    accounts = balanced()
    known = known_at(accounts, 2025)
    assert known.years == (2024, 2025)
    assert known.flows["deaths"]["year"].values.tolist() == [2024]
    assert known_at(accounts, 2025, lag=1).flows["deaths"].sizes["year"] == 0
    assert known_at(accounts, 2024).flows["deaths"].sizes["year"] == 0


def test_known_at_a_year_that_is_not_there():
    with pytest.raises(SchemaError, match="2030 is not among the years of the population, 2024 to 2026"):
        known_at(balanced(), 2030)


def test_labels_are_put_in_order_and_aligned_by_name():
    population = people()
    shuffled = population.transpose("year", "age", "sex", "area").isel(age=[3, 1, 0, 2], sex=[1, 0], area=[1, 0])
    xr.testing.assert_identical(Accounts(shuffled).population.sel(area=["0301", "3201"]), population)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.assign_coords(area=[301, 3201]), r'2 area codes are not text; the first is 301.*"0301"'),
        (lambda p: p.assign_coords(sex=["women", "men"]), "unknown label in dimension sex: women, men"),
        (lambda p: p.assign_coords(age=[0, 1, 2, 2]), "1 labels of dimension age occur more than once; the first is 2"),
        (lambda p: p.assign_coords(age=[0, 1, 2, 4]), "first uneven gap is after age 2"),
        (lambda p: p.assign_coords(age=[0.0, 1.0, 2.0, 3.0]), "labels of dimension age are not whole numbers"),
        (lambda p: p.drop_vars("sex"), "dimension sex has no labels"),
        (lambda p: p.isel(sex=0, drop=True), "dimension sex is missing"),
        (lambda p: p.rename(area="zone"), "dimension zone is not known here"),
        (lambda p: p.where(p.age != 1), "12 of 48 values .* the first is nan at area 0301, sex female, age 1"),
        (lambda p: p - 60, "are not counts of at least 0"),
        (lambda p: p.assign_attrs(units="thousands"), "the unit is 'thousands' where 'persons' is needed"),
        (lambda p: p.drop_attrs(), "population: no unit"),
        (lambda p: p.astype(str), "values are of type"),
    ],
)
def test_a_population_that_breaks_the_contract(change, message):
    with pytest.raises(SchemaError, match=message):
        Accounts(change(people()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.rename(deaths="died"), "unknown component died"),
        (lambda f: f.assign_coords(year=[2024, 2026]), "1 years have no population on both sides; the first is 2026"),
        (lambda f: f.isel(age=slice(0, 3)), "labels of dimension age are missing that the population has: 3"),
        (lambda f: f.assign_coords(area=["0301", "4601"]), "area are missing that the population has: 3201"),
        (
            lambda f: f.assign(deaths=f.deaths.assign_attrs(units="persons/3 years")),
            "'persons/3 years' where 'persons/year'",
        ),
    ],
)
def test_flows_that_break_the_contract(change, message):
    accounts = balanced()
    with pytest.raises(SchemaError, match=message):
        Accounts(accounts.population, change(accounts.flows))


def test_accounts_say_what_they_are_of():
    one = balanced().sel(area="3201")
    assert repr(one).splitlines() == [
        "Accounts of area 3201",
        "1 January 2024 to 2026, by sex and 4 ages, the last from 3 up.",
        "Components of change: births, deaths, adjustment.",
    ]
    assert repr(balanced()).startswith("Accounts of 2 areas\n")
    page = balanced()._repr_html_()
    assert f"{float(balanced().population.sel(year=2026).sum()):,.0f}" in page
