"""Areas that were empty in some year: held out, listed, and varied as areas of their size."""

import numpy as np
import pytest

from kompaslite.accounts import Accounts
from kompaslite.datasets import made_up
from kompaslite.methods import default
from kompaslite.schema import SchemaError
from kompaslite.uncertainty import fit_levels, project_summary, sample


@pytest.fixture(scope="module")
def history():
    return made_up(4, years=range(2008, 2027))


def emptied(history, where, *, net=False, years=(2010,)):
    population, flows = history.population.copy(deep=True), history.flows.copy(deep=True)
    population.loc[{"area": where, "year": list(years)}] = 0.0
    if net:
        moved = flows["in_migration"] + flows["immigration"] - flows["out_migration"] - flows["emigration"]
        flows = flows[["births"]].assign(net_migration=moved.assign_attrs(units="persons/year"))
    return Accounts(population, flows)


@pytest.mark.parametrize("net", [False, True], ids=["gross flows", "net migration"])
@pytest.mark.parametrize("years", [(2010,), (2008, 2009), (2026,)], ids=["once", "at first", "at last"])
def test_an_area_that_was_empty_is_held_out_and_varies_as_those_of_its_size(history, net, years):
    areas = history.population["area"].values.tolist()
    levels = fit_levels(emptied(history, areas[:1], net=net, years=years))
    assert levels.held_out == {areas[0]: years[0]}
    assert levels.areas == tuple(areas)
    others = levels.local.sel(area=areas[1:])
    own = levels.local.sel(area=areas[0])
    for name in ("innovation", "noise"):
        assert np.isfinite(levels.local[name]).all()
        assert (own[name] <= 3.0 * others[name].max("area") + 1e-12).all()
    assert float(own["innovation"].sum()) > 0.0


def test_an_area_that_is_built_later_can_be_drawn(history):
    areas = history.population["area"].values.tolist()
    observed = emptied(history, areas[:1], years=(2008, 2009))
    baseline = default(history, range(2026, 2030))
    drawn = project_summary(
        observed.population.sel(year=2026), sample(baseline, fit_levels(observed), draws=20, seed=1), engine="numpy"
    )
    widths = drawn["quantiles"].sel(quantile=0.9) - drawn["quantiles"].sel(quantile=0.1)
    assert float(widths.sel(area=areas[0], age_group="total", year=2030)) > 0.0


def test_areas_that_were_all_empty_once_are_refused_with_area_and_year(history):
    areas = history.population["area"].values.tolist()
    observed = emptied(history, areas[:2])
    observed.population.loc[{"area": areas[2:], "year": 2012}] = 0.0
    with pytest.raises(SchemaError, match=rf"every area has a year in which nobody.*area {areas[0]}, year 2010"):
        fit_levels(observed)


def test_a_nation_that_was_empty_is_refused_with_the_year(history):
    observed = emptied(history, history.population["area"].values.tolist(), years=(2011,))
    alone = Accounts(observed.population.sum("area", keep_attrs=True), observed.flows.sum("area", keep_attrs=True))
    with pytest.raises(SchemaError, match=r"births has no level in 2011: nobody was there.*Start the history after"):
        fit_levels(alone)


def test_women_of_childbearing_age_may_be_missing(history):
    areas = history.population["area"].values.tolist()
    observed = emptied(history, areas[:1], years=())
    observed.population.loc[{"area": areas[0], "year": 2015, "sex": "female", "age": slice(20, 39)}] = 0.0
    assert fit_levels(observed).held_out == {areas[0]: 2015}
