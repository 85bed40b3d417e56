# ruff: noqa: ARG005
"""What is no good is told in our own words: never another library's error; what is the same gives the same numbers."""

import contextlib

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompaslite.accounts import Accounts
from kompaslite.datasets import made_up
from kompaslite.engine import project
from kompaslite.schema import KompasliteError, SchemaError
from kompaslite.uncertainty import (
    Futures,
    Reduce,
    assumptions_of,
    fit_autoregression,
    fit_levels,
    interval_table,
    intervals,
    lazy_population,
    project_summary,
    sample,
    summarise,
)
from tests.worlds.country import AREAS, some_baseline, some_levels, some_people

KEEP = Reduce(groups=["0-19", "20+"])


@pytest.fixture(scope="module")
def futures():
    return Futures(baseline=some_baseline(), levels=some_levels(), draws=6, seed=3)


@pytest.fixture(scope="module")
def history():
    return made_up(2, years=range(2012, 2027))


BAD = {
    "futures to project": (lambda f, h: project(some_people(), f), "project_summary"),
    "futures to sample": (lambda f, h: sample(f, some_levels(), seed=1), "these are futures already"),
    "accounts as people": (lambda f, h: project_summary(h, f), "accounts.population.sel"),
    "reduce": (
        lambda f, h: project_summary(some_people(), f, reduce={"groups": ["0-19"]}),
        "Reduce is needed, not dict",
    ),
    "chunks": (lambda f, h: project_summary(some_people(), f, chunks="auto"), "chunks: Mapping is needed"),
    "convention": (lambda f, h: project_summary(some_people(), f, convention="un"), "Convention is needed, not str"),
    "checkpoint": (
        lambda f, h: project_summary(some_people(), f, reduce=KEEP, checkpoint=3),
        "3 is no path of a folder",
    ),
    "progress": (
        lambda f, h: project_summary(some_people(), f, reduce=KEEP, progress="yes"),
        "neither True nor a function",
    ),
    "levels": (lambda f, h: sample(some_baseline(), {"a": 1}, seed=1), "Levels is needed, not dict"),
    "factors": (lambda f, h: sample(some_baseline(), some_levels(), seed=1, factors=[1]), "factors: Mapping is needed"),
    "observed": (lambda f, h: fit_levels(h.population), "observed: accounts are needed, not DataArray"),
    "window": (lambda f, h: fit_levels(h, window=0), "window: 0 is not a whole number of at least 1"),
    "credibility": (lambda f, h: fit_levels(h, credibility_years=-3), "credibility_years: -3 is not a number between"),
    "mortality": (lambda f, h: fit_levels(h, mortality=3), "LeeCarter is needed, not int"),
    "a nation of areas": (lambda f, h: fit_levels(h, national=h), "national: these are accounts of areas"),
    "a dataset": (lambda f, h: assumptions_of(some_baseline()), "futures: Futures is needed, not Dataset"),
    "one code": (lambda f, h: assumptions_of(f, areas="0301"), r"'0301' is one code, not several"),
    "one code of a region": (lambda f, h: Reduce(regions={"a": "0301"}), "the region 'a' is one code"),
    "one quantile": (lambda f, h: Reduce(quantiles=0.5), r"quantiles are several; 0\.5 is not"),
    "a text as quantile": (lambda f, h: Reduce(quantiles=("a",)), "the quantile 'a' is not between 0 and 1"),
    "an event without a number": (lambda f, h: Reduce(exceeds={"full": "total"}), "the event 'full' is about"),
    "an indicator": (lambda f, h: Reduce(indicators={"a": 3}), "is no function of the groups"),
    "summary": (lambda f, h: interval_table(some_people()), "a summary with quantiles is needed"),
    "per cent": (lambda f, h: interval_table(xr.Dataset({"quantiles": 1.0}), level=80), r"80 % is 0\.8"),
    "a short series": (lambda f, h: fit_autoregression([1.0]), "3 or more numbers in a row"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_told_in_our_own_words(futures, history, name):
    act, words = BAD[name]
    with pytest.raises(SchemaError, match=words):
        act(futures, history)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=True),
    st.text(max_size=3),
    st.just({}),
    st.just([]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANYTHING, place=st.sampled_from(["reduce", "chunks", "convention", "engine", "areas", "draws", "level"]))
def test_any_other_argument_is_taken_or_refused_by_us(futures, value, place):
    calls = {
        "areas": lambda: assumptions_of(futures, areas=value),
        "draws": lambda: assumptions_of(futures, draws=value),
        "level": lambda: interval_table(value, level=value),
    }
    act = calls.get(place) or (lambda: project_summary(some_people(), futures, **{"reduce": KEEP, place: value}))
    with contextlib.suppress(KompasliteError):
        act()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(AREAS),
    dims=st.permutations(["area", "sex", "age"]),
    kind=st.sampled_from(["float64", "float32", "int32", "uint16", "uint64"]),
)
def test_people_in_any_order_and_kind_give_the_same_draws(futures, order, dims, kind):
    people = some_people().round()
    told = project_summary(people, futures, reduce=KEEP, engine="numpy")
    mixed = people.sel(area=order, sex=["male", "female"]).transpose(*dims).astype(kind)
    xr.testing.assert_allclose(project_summary(mixed, futures, reduce=KEEP, engine="numpy"), told, rtol=1e-12)
    with_draws = project(people, assumptions_of(futures)).population
    turned = with_draws.sel(area=order).transpose(..., *dims)
    expected = summarise(with_draws, reduce=KEEP).sel(area=order)
    xr.testing.assert_allclose(summarise(turned, reduce=KEEP), expected, rtol=1e-12)


@pytest.mark.parametrize("label", ["a", "0Z"])
def test_levels_do_not_hang_on_labels(label):
    made = made_up(2, years=range(2016, 2027))
    renamed = made.population.assign_coords(area=[f"{label}1", f"{label}2"])
    flows = made.flows.assign_coords(area=[f"{label}1", f"{label}2"])
    one, other = fit_levels(made), fit_levels(Accounts(renamed, flows))
    for name in ("innovation", "noise", "persistence"):
        np.testing.assert_array_equal(one.local[name].values, other.local[name].values)


def test_values_that_are_no_numbers_are_refused(futures):
    people = project(some_people(), assumptions_of(futures)).population
    with pytest.raises(SchemaError, match=r"bool"):
        summarise(people > 0.0)
    with pytest.raises(SchemaError, match=r"forecast: 1 of"):
        summarise(people.where(people != people.max()))
    with pytest.raises(SchemaError, match=r"forecast: dimension year is missing"):
        intervals(some_people())
    assert lazy_population(some_people(), futures).sizes["draw"] == 6
