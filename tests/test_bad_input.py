"""Bad input through the public functions: an error of the library that says what, where, how many, and the mend."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import kompaslite as kl

AREAS, AGES, YEARS = ["0301", "3201"], list(range(101)), [2025, 2026, 2027]
PER_YEAR = {"units": "1/year"}


def people(years=(2025, 2026)):
    coords = {"area": AREAS, "sex": ["female", "male"], "age": AGES, "year": list(years)}
    return xr.DataArray(np.full((2, 2, 101, len(years)), 10.0), coords=coords, attrs={"units": "persons"})


def rates():
    age = xr.DataArray(AGES, coords={"age": AGES})
    coords = {"sex": ["female", "male"], "age": AGES, "year": YEARS}
    return xr.Dataset(
        {
            "fertility": xr.where((age >= 20) & (age < 40), 0.1, 0.0).assign_attrs(PER_YEAR),
            "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
            "mortality": xr.DataArray(np.full((2, 101, 3), 0.01), coords=coords, attrs=PER_YEAR),
            "in_migration": (people(YEARS) * 0.1).assign_attrs(units="persons/year"),
        }
    )


def flow(value=1.0):
    return people([2025]).copy(data=np.full((2, 2, 101, 1), value)).assign_attrs(units="persons/year")


def project(change):
    start, assumed = change(people().isel(year=0, drop=True), rates())
    return kl.project(start, assumed)


def changed(assumed, **parts):
    return xr.Dataset({**assumed.data_vars, **{k: v.assign_attrs(assumed[k].attrs) for k, v in parts.items()}})


#: What the brief names, in its order: variable, first cell, how many, and the mend are in each message.
PROJECTED = {
    "a missing label": (
        lambda p, a: (p, a.isel(area=[0])),
        r"in_migration: 1 labels of dimension area are missing .*: 3201\. Add the missing rows",
    ),
    "a surplus label": (
        lambda p, a: (p.isel(area=[0]), a),
        r"in_migration: 1 labels of dimension area are surplus.*: 3201\. Remove them",
    ),
    "a negative rate": (
        lambda p, a: (p, changed(a, mortality=a.mortality.where(a.age != 5, -0.1))),
        r"mortality: 6 of 606 values are not rates .* -0\.1 at sex female, age 5, year 2025\. .* divided by 1,000",
    ),
    "a rate that is not a number": (
        lambda p, a: (p, changed(a, mortality=a.mortality.where(a.age != 5))),
        r"mortality: 6 of 606 values are missing; the first is at sex female, age 5, year 2025\. Fill them by a rule",
    ),
    "a rate per 1,000": (
        lambda p, a: (p, changed(a, mortality=a.mortality * 1000)),
        r"mortality: 606 of 606 values are not rates .* 10 at sex female, age 0, year 2025\. .* divided by 1,000",
    ),
    "a table that ends early": (
        lambda p, a: (p, changed(a, mortality=a.mortality.where(a.year < 2027))),
        r"mortality: no values for 1 years of the horizon: 2027\. .* extend it by a rule that you name",
    ),
}


@pytest.mark.parametrize(("change", "words"), PROJECTED.values(), ids=list(PROJECTED))
def test_a_projection_refuses(change, words):
    with pytest.raises(kl.SchemaError, match=words):
        project(change)


def test_a_probability_above_one_is_refused_where_rates_are_probabilities():
    assumed = changed(rates(), mortality=rates().mortality.where(rates().age != 99, 1.2))
    words = r"mortality: 6 of 606 values are not probabilities; the first is 1\.2 at sex female, age 99, year 2025\. "
    with pytest.raises(kl.SchemaError, match=words):
        kl.project(people().isel(year=0, drop=True), assumed, convention=kl.Convention.un_end)


def test_a_population_that_does_not_balance_is_refused():
    words = r"population: 404 of 404 cells do not balance; the first is off by 11 persons at area 0301, sex female, "
    with pytest.raises(kl.accounts.BalanceError, match=words + r"age 0, year 2025\. .*Add the missing component"):
        kl.check_balance(kl.Accounts(people(), xr.Dataset({"deaths": flow()})))


GROUPED = {
    "an unknown group": ({"start": {"0-48": 1, "50+": 2}}, r"start: 1 unknown age groups, the first is 0-48; the gr"),
    "overlapping groups": ({"groups": ["0-50", "50+"]}, "0-50 and 50\\+ overlap, they share the ages 50; .* Move a bo"),
    "incomplete groups": ({"groups": ["0-48", "50+"]}, "1 ages are in no group, the first is 49: .* add a group"),
    "a closed last group": ({"groups": ["0-48", "49-60"]}, "none is open, so that .* above 60. Write the last as"),
    "no number": (
        {"start": {"0-49": "many", "50+": 2}},
        "1 of 2 values are not numbers; the first is 'many' at age_gr",
    ),
    "a number as text": ({"start": {"0-49": "3", "50+": 2}}, "1 of 2 values are not numbers; the first is '3' at age"),
    "no figures": ({"start": [1, 2]}, "start: figures by age group are needed, not list"),
    "no total": ({"forecast_total": float("nan")}, "forecast_total: nan is not a number of persons. Give a number"),
    "half a decimal": ({"decimals": 1.5}, "decimals: 1.5 is no number of decimals"),
    "no groups at all": ({"groups": None}, "age groups: None is no list of groups"),
}


@pytest.mark.parametrize(("options", "words"), GROUPED.values(), ids=list(GROUPED))
def test_a_deviation_table_refuses(options, words):
    groups = options.get("groups") or ["0-49", "50+"]
    figures = dict.fromkeys(groups, 1.0) if "start" not in options else {"0-49": 1, "50+": 2}
    given = {"start": figures, "actual": figures, "forecast": figures, "groups": ["0-49", "50+"]}
    with pytest.raises(kl.SchemaError, match=words):
        kl.deviation_table(**{**given, **options})


BY_AGE = {
    "missing cells": (
        lambda p: p.where(p.age > 3),
        "start: 8 of 202 values are not numbers of persons; the first is nan",
    ),
    "one sex against both": (lambda p: p.sel(sex=["female"]), "actual: it has female, male only, but start has female"),
    "a flow": (lambda p: p.assign_attrs(units="persons/year"), "start: the unit is 'persons/year' where 'persons'"),
    "text": (lambda p: p.astype(str), "start: values are of type <U"),
}


@pytest.mark.parametrize(("change", "words"), BY_AGE.values(), ids=list(BY_AGE))
def test_a_deviation_table_by_age_refuses(change, words):
    one = people().isel(area=0, year=0, drop=True)
    with pytest.raises(kl.SchemaError, match=words):
        kl.deviation_table(start=change(one), actual=one, forecast=one)


COMPONENTS = {
    "no table": ({"growth": 1}, "accounts or a DataFrame are needed, not dict"),
    "no end": (
        pd.DataFrame({"growth": [np.inf], "net_migration": [1]}, index=[2025]),
        "1 of 1 values of growth are no",
    ),
    "a year twice": (pd.DataFrame({"growth": [1, 2], "net_migration": 1}, index=[2025, 2025]), "year 2025 occurs more"),
    "a column twice": (
        pd.DataFrame([[1, 2, 3]], columns=["growth", "net_migration", "net_migration"]),
        "column net_mig",
    ),
}


@pytest.mark.parametrize(("figures", "words"), COMPONENTS.values(), ids=list(COMPONENTS))
def test_a_components_table_refuses(figures, words):
    with pytest.raises(kl.SchemaError, match=words):
        kl.evaluation.components_table(figures)


ACCOUNTS = {
    "no ages": (lambda p: p.isel(age=slice(0, 0)), "population: dimension age has no labels at all"),
    "no ages, and no type": (
        lambda p: p.isel(age=slice(0, 0)).assign_coords(age=[]),
        "dimension age has no labels at a",
    ),
    "ages from 5": (lambda p: p.sel(age=slice(5, None)), "the first age is 5, but newborns join at age 0"),
    "ages of five years": (
        lambda p: p.isel(age=slice(None, None, 5)),
        "its ages are 5 years wide, but its populations 1",
    ),
    "ages as text": (lambda p: p.assign_coords(age=[str(age) for age in AGES]), "not whole numbers but of type <U"),
}


@pytest.mark.parametrize(("change", "words"), ACCOUNTS.values(), ids=list(ACCOUNTS))
def test_accounts_refuse(change, words):
    with pytest.raises(kl.SchemaError, match=words):
        kl.Accounts(change(people()))


def test_a_flow_below_zero_is_called_what_it_is():
    with pytest.raises(
        kl.SchemaError, match=r"deaths: 404 of 404 values are not counts of at least 0; the first is -1"
    ):
        kl.Accounts(people(), xr.Dataset({"deaths": flow(-1.0)}))


ARRAYS = {
    "Accounts": kl.Accounts,
    "age_up": kl.accounts.age_up,
    "project": lambda array: kl.project(array, rates()),
    "assume": lambda array: kl.assume(fertility=array, mortality=array, years=[2026]),
    "fill_missing_areas": lambda array: kl.assumptions.fill_missing_areas(array, array, areas=AREAS),
    "reconcile": kl.accounts.reconcile,
    "control total": lambda array: kl.accounts.reconcile(people(), [array]),
    "whole_persons": lambda array: kl.accounts.whole_persons(array, seed=1),
    "age_groups": kl.age_groups,
    "dependency_ratio": kl.rates.dependency_ratio,
    "mean_age": kl.rates.mean_age,
    "sex_ratio": kl.rates.sex_ratio,
    "life_expectancy": kl.rates.life_expectancy,
    "life_table": kl.rates.life_table,
    "cohort_rates": kl.rates.cohort_rates,
    "total_fertility": kl.rates.total_fertility,
    "lee_carter": kl.rates.lee_carter,
    "smooth_rates": lambda array: kl.rates.smooth_rates(array, array),
    "shrink": lambda array: kl.rates.shrink(array, array, array),
    "shrink_net": lambda array: kl.rates.shrink_net(array, array, array),
}


@pytest.mark.parametrize("function", ARRAYS.values(), ids=list(ARRAYS))
def test_what_has_no_labels_is_refused(function):
    with pytest.raises(kl.SchemaError, match=r"a labelled array \(xarray.DataArray\) is needed, not ndarray"):
        function(people().values)


TYPES = {
    "check_balance": lambda: kl.check_balance(people()),
    "imbalance": lambda: kl.accounts.imbalance(people()),
    "known_at": lambda: kl.known_at(people(), 2025),
    "fit_fertility": lambda: kl.fit_fertility(people()),
    "fit_mortality": lambda: kl.fit_mortality(None),
    "fit_migration": lambda: kl.fit_migration(people()),
}


@pytest.mark.parametrize("function", TYPES.values(), ids=list(TYPES))
def test_what_is_no_accounts_is_refused(function):
    with pytest.raises(kl.SchemaError, match="accounts are needed, not"):
        function()


SINGLE = {
    "ages from 5": (lambda m: m.sel(age=slice(5, None)), "single years of age from 0 are needed; the ages are 5, 6"),
}


@pytest.mark.parametrize(("change", "words"), SINGLE.values(), ids=list(SINGLE))
def test_life_expectancy_refuses(change, words):
    with pytest.raises(kl.SchemaError, match=words):
        kl.rates.life_expectancy(change(rates().mortality))


def test_life_expectancy_does_not_depend_on_the_order_of_the_labels():
    rising = rates().mortality * (1.0 + rates().age)
    rising = rising.clip(max=1.9)
    turned = rising.isel(age=slice(None, None, -1))
    assert (kl.rates.life_expectancy(rising) < 40.0).all()
    xr.testing.assert_allclose(kl.rates.life_expectancy(turned), kl.rates.life_expectancy(rising), rtol=1e-12)


@pytest.mark.parametrize("function", [kl.rates.mean_age, kl.rates.dependency_ratio, kl.rates.sex_ratio, kl.age_groups])
def test_a_missing_cell_is_not_left_out_of_a_measure(function):
    holed = people().where(people().age != 2).assign_attrs(units="persons")
    with pytest.raises(kl.SchemaError, match=r"8 of 808 values .* the first is nan at area 0301, sex female, age 2"):
        function(holed)


def test_one_array_is_no_list_of_control_totals():
    with pytest.raises(kl.SchemaError, match=r"one array, not a list of them. Write \[total\]"):
        kl.accounts.reconcile(people().isel(year=0), people().isel(year=0).sum("area"))


ROUNDED = {
    "a seed of text": ({"seed": "one"}, "'one' is not a whole number"),
    "a seed below zero": ({"seed": -1}, "-1 is not a whole number"),
    "cells": ({"seed": 1, "over": "age"}, "age is a dimension of the cells"),
}


@pytest.mark.parametrize(("options", "words"), ROUNDED.values(), ids=list(ROUNDED))
def test_whole_persons_refuses(options, words):
    with pytest.raises(kl.SchemaError, match=words):
        kl.accounts.whole_persons(people().isel(year=0), **options)


def test_whole_persons_of_nobody_is_refused():
    with pytest.raises(kl.SchemaError, match="values: there are none to be rounded"):
        kl.accounts.whole_persons(people().isel(area=slice(0, 0)), seed=1)


SOURCES = {
    "read_population": lambda: kl.read_population(None),
    "read_flows": lambda: kl.readers.read_flows(5),
    "read_jsonstat": lambda: kl.readers.read_jsonstat(None),
    "recode_areas": lambda: kl.readers.recode_areas(people(), None),
    "read_scenario": lambda: kl.scenario.read_scenario(None),
}


@pytest.mark.parametrize("function", SOURCES.values(), ids=list(SOURCES))
def test_what_is_no_file_is_refused(function):
    with pytest.raises(kl.SchemaError, match=r"type (NoneType|int)|needed, not NoneType"):
        function()


DATASETS = {
    "side_by_side": lambda: kl.scenario.side_by_side(baseline=rates(), other=3),
    "apply_edits": lambda: kl.scenario.apply_edits(None, None),
    "score": lambda: kl.score({}),
}


@pytest.mark.parametrize("function", DATASETS.values(), ids=list(DATASETS))
def test_what_is_no_dataset_is_refused(function):
    with pytest.raises(kl.SchemaError, match=r"a Dataset \(xarray.Dataset\) of variables is needed, not "):
        function()
