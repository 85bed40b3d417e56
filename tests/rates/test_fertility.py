"""Fertility: births over the women of the cohort, level and shape apart."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.rates import SEX_RATIO_AT_BIRTH, Strengths, fit_fertility, total_fertility
from kompaslite.schema import SchemaError
from tests.worlds.small import accounts, without

MANY = [f"{3000 + i}" for i in range(12)]


def with_births(observed: Accounts, births: xr.DataArray) -> Accounts:
    return Accounts(observed.population, observed.flows.assign(births=births.assign_attrs(units="persons/year")))


def test_one_cell_by_hand() -> None:
    observed = accounts()
    fitted = fit_fertility(observed, window=1)
    women = observed.population.sel(sex="female", area="3201")
    lived = 0.5 * (women.sel(age=3, year=2020) + women.sel(age=4, year=2021)).item()
    born = observed.flows["births"].sel(area="3201", age=4, year=2020).sum().item()
    assert fitted.sel(area="3201", age=4).item() == pytest.approx(born / lived)


def test_pooled_rates_are_between_the_annual_ones_and_say_their_period() -> None:
    pooled = fit_fertility(accounts(), window=3)
    annual = fit_fertility(accounts(), window=3, annual=True)
    assert annual["year"].values.tolist() == [2018, 2019, 2020]
    assert ((annual.min("year") <= pooled) & (pooled <= annual.max("year"))).all()
    assert (pooled.dims, annual.dims) == (("area", "age"), ("area", "age", "year"))
    assert {key: pooled.attrs[key] for key in ("units", "period", "source")} == {
        "units": "1/year",
        "period": "2018-2020",
        "source": "local",
    }


def test_only_ages_with_births_are_there() -> None:
    assert fit_fertility(accounts(), window=None)["age"].values.tolist() == [3, 4, 5]


def test_sex_ratio_is_that_of_each_year_or_of_all_together() -> None:
    observed = accounts()
    born = observed.flows["births"].sum("age")
    annual = fit_fertility(observed, window=None, annual=True)["sex_ratio_at_birth"]
    np.testing.assert_allclose(annual, born.sel(sex="male") / born.sel(sex="female"))
    pooled = fit_fertility(observed, window=None)["sex_ratio_at_birth"]
    assert pooled.item() == pytest.approx((born.sel(sex="male").sum() / born.sel(sex="female").sum()).item())


def test_only_boys_in_a_year_is_an_error_that_names_it() -> None:
    observed = accounts()
    births = observed.flows["births"]
    boys = births.where((births["sex"] == "male") | (births["year"] != 2017) | (births["area"] != "3201"), 0.0)
    with pytest.raises(SchemaError, match=r"only boys were born in 1 cells, the first at area 3201, year 2017"):
        fit_fertility(with_births(observed, boys), window=None, annual=True)
    assert fit_fertility(with_births(observed, boys), window=None)["sex_ratio_at_birth"] > 1


def test_no_births_at_all_in_a_year_takes_the_usual_ratio() -> None:
    observed = accounts()
    births = observed.flows["births"].where(observed.flows["year"] != 2017, 0.0)
    annual = fit_fertility(with_births(observed, births), window=None, annual=True)
    assert (annual["sex_ratio_at_birth"].sel(year=2017) == SEX_RATIO_AT_BIRTH).all()
    assert not annual.sel(year=2017).any()


def test_births_without_age_take_the_shape_of_a_schedule_and_their_own_level() -> None:
    observed = accounts()
    total = observed.flows["births"].sum(["sex", "age"])
    shape = xr.DataArray([1.0, 2.0, 1.0], coords={"age": [3, 4, 5]})
    fitted = fit_fertility(with_births(observed, total), window=None, annual=True, schedule=shape)
    np.testing.assert_allclose(fitted.sel(age=4) / fitted.sel(age=3), 2.0)
    again = fit_fertility(with_births(observed, total), window=None, annual=True, schedule=shape * 3)
    np.testing.assert_allclose(again, fitted)
    assert fitted.attrs["source"] == "local level, given schedule"
    with pytest.raises(SchemaError, match="known without the mother's age, so a schedule is needed"):
        fit_fertility(with_births(observed, total), window=None)


def test_shrunk_rates_lie_between_the_local_and_the_given_and_report_their_weights() -> None:
    observed = accounts(areas=MANY)
    local = fit_fertility(observed, window=None)
    given = local.mean("area").drop_attrs()
    shrunk = fit_fertility(observed, window=None, shrink_to=given)
    assert abs(shrunk - given).mean() < abs(local - given).mean()
    assert ((shrunk["level_weight"] > 0) & (shrunk["level_weight"] < 1)).all()
    assert shrunk["shape_weight"].dims == ("area", "age")
    assert shrunk.attrs["source"] == "local, shrunk to national"
    assert shrunk.attrs["strength_of_level"] > 0


def test_strengths_learned_elsewhere_serve_a_single_place() -> None:
    one = accounts(areas=["3201"])
    alone = Accounts(one.population.sel(area="3201", drop=True), one.flows.sel(area="3201", drop=True))
    given = xr.DataArray([0.3, 0.3, 0.3], coords={"age": [3, 4, 5]})
    tight = fit_fertility(alone, window=None, shrink_to=given, strengths=Strengths(1e9, 1e9))
    np.testing.assert_allclose(tight, given, rtol=1e-5)
    loose = fit_fertility(alone, window=None, shrink_to=given, strengths=Strengths(1e-9, 1e-9))
    np.testing.assert_allclose(loose, fit_fertility(alone, window=None), rtol=1e-9)
    with pytest.raises(SchemaError, match="weights cannot be learned from 1 areas; at least 10"):
        fit_fertility(alone, window=None, shrink_to=given)


def test_level_alone_is_shrunk_where_the_age_of_mothers_is_unknown() -> None:
    observed = accounts(areas=MANY)
    total = with_births(observed, observed.flows["births"].sum(["sex", "age"]))
    given = xr.DataArray([0.3, 0.4, 0.3], coords={"age": [3, 4, 5]})
    shrunk = fit_fertility(total, window=None, shrink_to=given)
    np.testing.assert_allclose(shrunk / given, shrunk["level"].broadcast_like(shrunk))
    local = fit_fertility(total, window=None, schedule=given)
    assert (shrunk / given).std() < (local / given).std()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 7}, r"births: a window of 7 years cannot be taken from the 6 years observed, 2015 to 2020"),
        ({"window": 0}, "a window of 0 years"),
        (
            {"shrink_to": xr.DataArray([1.0], coords={"age": [3]}), "window": 2},
            "events at ages that the given schedule",
        ),
        (
            {"shrink_to": xr.DataArray([1.0] * 3, coords={"age": [3, 4, 5]}), "window": 2, "annual": True},
            "single years are fitted as they are",
        ),
        ({"shrink_to": xr.DataArray([-1.0] * 3, coords={"age": [3, 4, 5]}), "window": 2}, "towards: 3 of 3 values"),
        ({"shrink_to": xr.DataArray([0.0] * 3, coords={"age": [3, 4, 5]}), "window": 2}, "events where none are"),
    ],
)
def test_bad_input(options: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        fit_fertility(accounts(areas=MANY), **options)


def test_absent_or_empty_births() -> None:
    with pytest.raises(SchemaError, match="births: the accounts do not have it"):
        fit_fertility(without(accounts(), "births"), window=None)
    with pytest.raises(SchemaError, match="not one birth in the window"):
        fit_fertility(with_births(accounts(), accounts().flows["births"] * 0), window=None)


def test_total_fertility_is_the_sum_over_age() -> None:
    rates = xr.DataArray([0.05, 0.1], coords={"age": [30, 31]})
    assert total_fertility(rates).item() == pytest.approx(0.15)
