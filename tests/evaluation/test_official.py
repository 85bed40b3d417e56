"""Published forecasts as hindcasts, and their revisions from vintage to vintage."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.evaluation import backtest, by_year, excluded_areas, official_hindcasts, revisions, score, sum_groups
from kompaslite.methods import linear_trend
from kompaslite.schema import SchemaError
from tests.worlds.history import history

YEARS = [2016, 2017, 2018, 2019, 2020, 2021]


@pytest.fixture(scope="module")
def people():
    return history().population


def published(people, *, origins=(2016, 2018)):
    """Projections of totals, 1 % too high after one year, 2 % after two."""
    totals = people.sum(["sex", "age"]).reindex(year=YEARS)
    rows = [totals * (1 + 0.01 * (totals["year"] - origin)) for origin in origins]
    table = xr.concat(rows, dim=xr.Variable("origin", list(origins)))
    return table.where(table["year"] >= table["origin"])


def test_leads_count_from_the_origin(people):
    made = official_hindcasts(published(people), people)
    found = score(made, by=("origin", "lead"), measures=["mape", "bias"])
    np.testing.assert_allclose(found["mape"].sel(origin=2016), [1, 2, 3, 4])
    np.testing.assert_allclose(found["bias"].sel(origin=2018, lead=[1, 2]), [1, 2])
    assert found["count"].sel(origin=2018).values.tolist() == [3, 3, 0, 0]
    np.testing.assert_array_equal(made["jump_off"].sel(origin=2018), people.sel(year=2018).sum(["sex", "age"]))


def test_areas_of_one_side_only_are_listed(people):
    table = published(people).assign_coords(area=["A", "B", "D"])
    made = official_hindcasts(table, people)
    assert made["area"].values.tolist() == ["A", "B"]
    assert excluded_areas(made).to_dict("records") == [
        {"area": "C", "reason": "no projection"},
        {"area": "D", "reason": "no outcome"},
    ]


def test_age_groups_are_compared_where_they_are_published(people):
    groups = sum_groups(people.sum("sex"), ["0-19", "20-66", "67+"])
    table = groups.sel(year=[2016, 2017, 2018]).expand_dims(origin=[2016]) * 1.02
    made = official_hindcasts(table, groups)
    found = score(made, by=("lead", "age_group"), measures="bias")["bias"]
    np.testing.assert_allclose(found.sel(lead=[1, 2]), 2.0)
    with pytest.raises(SchemaError, match="dimension age_group of the projections is missing"):
        official_hindcasts(table, people)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.isel(origin=0, drop=True), "projections: dimension origin is missing"),
        (lambda t: t.assign_coords(area=["X", "Y", "Z"]), "no area is in the outcomes, which have A, B, C"),
        (lambda t: t.assign_coords(origin=[2001, 2018]), "1 origins have no observed population: 2001"),
        (lambda t: t.assign_coords(origin=[2020, 2021]), "no outcome after the first origin is known"),
        (lambda t: -t, "projections: .* are not counts of at least 0"),
    ],
)
def test_tables_that_do_not_fit_are_named(people, change, words):
    with pytest.raises(SchemaError, match=words):
        official_hindcasts(change(published(people)), people)


def test_a_revision_compares_with_the_last_vintage_that_covers_the_year():
    nan = np.nan
    table = xr.DataArray(
        [[[100.0, 110.0, nan]], [[nan, nan, nan]], [[nan, 99.0, 120.0]]],
        coords={"origin": [2016, 2018, 2020], "area": ["A"], "year": [2017, 2021, 2025]},
    )
    actual = xr.DataArray([[101.0, 100.0]], coords={"area": ["A"], "year": [2017, 2021]})
    found = revisions(table, actual=actual)
    np.testing.assert_array_equal(found["revision"].sel(area="A", origin=2020), [nan, -11.0, nan])
    np.testing.assert_allclose(found["percent"].sel(area="A", origin=2020, year=2021), -10.0)
    np.testing.assert_array_equal(found["from_first"].sel(area="A", year=2021), [0.0, nan, -11.0])
    np.testing.assert_array_equal(found["from_first"].sel(area="A", year=2025), [nan, nan, 0.0])
    np.testing.assert_array_equal(found["error"].sel(area="A", origin=2016), [-1.0, 10.0, nan])
    assert found["percent"].attrs["units"] == "per cent"


def test_hindcasts_are_vintages_too(people):
    observed = history()
    made = backtest(observed, linear_trend(5), origins=[2012, 2013], horizon=3)
    table = by_year(made)
    assert table["year"].values.tolist() == [2013, 2014, 2015, 2016]
    np.testing.assert_array_equal(table.sel(origin=2013, year=2015), made["forecast"].sel(origin=2013, lead=2))
    assert bool(table.sel(origin=2012, year=2016).isnull().all())
    found = revisions(made)["revision"].sel(origin=2013, year=2014)
    expected = made["forecast"].sel(origin=2013, lead=1) - made["forecast"].sel(origin=2012, lead=2)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("table", "actual", "words"),
    [
        (xr.DataArray([[1.0]], coords={"origin": [2016], "year": [2017]}), None, "at least two vintages"),
        (xr.DataArray([1.0], coords={"year": [2017]}), None, "at least two vintages"),
        (
            xr.DataArray(np.ones((2, 1, 1)), coords={"origin": [2016, 2017], "area": ["A"], "year": [2018]}),
            xr.DataArray([1.0], coords={"year": [2018]}),
            "actual: dimension area of the forecasts is missing",
        ),
        (
            xr.DataArray(np.ones((2, 1, 1)), coords={"origin": [2016, 2017], "area": ["A"], "year": [2018]}),
            xr.DataArray([[1.0]], coords={"area": ["B"], "year": [2018]}),
            "actual: 1 labels of dimension area are missing",
        ),
    ],
)
def test_vintages_that_do_not_fit_are_named(table, actual, words):
    with pytest.raises(SchemaError, match=words):
        revisions(table, actual=actual)
