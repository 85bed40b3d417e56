"""Headship, moving generations and the tables of defaults."""

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.schema import SchemaError
from tests.worlds.town import AGES, SEXES, people, stock_of


def test_headship_is_the_table_of_central_municipalities() -> None:
    headship = kh.default_headship()
    assert [float(headship.sel(age=age)) for age in (14, 19, 24, 29, 39, 49, 59, 69, 79, 105)] == [
        0.0, 0.020, 0.253, 0.451, 0.520, 0.572, 0.627, 0.659, 0.692, 0.811,
    ]  # fmt: skip
    alone = kh.default_lives_alone()
    assert (float(alone.sel(age=30)), float(alone.sel(age=90))) == (0.165, 0.476)
    releases = kh.default_releases(headship)
    assert np.abs(releases.moves - 0.9 * headship).max() == 0.0
    assert releases.deaths.sel(age=[19, 20]).values.tolist() == [0.0, 0.65]


def test_occupancy_has_the_size_of_2020_and_the_ages_of_the_census() -> None:
    persons = kh.default_occupancy()
    size = persons.sum(["sex", "age"])
    assert (
        np.abs(size - xr.DataArray([2.45, 2.21, 1.68, 1.68], coords={"dwelling_type": size.dwelling_type})).max()
        < 1e-12
    )
    assert float(persons.min()) >= 0.0
    later = persons.sel(dwelling_type="detached", generation="later").sum("sex")
    children = float(later.sel(age=slice(0, 19)).sum() / later.sum())
    assert children == pytest.approx(0.711 / 2.556, abs=1e-9)
    first = persons.sel(dwelling_type="block", generation="first").sum("sex")
    old = persons.sel(dwelling_type="block", generation="later").sum("sex")
    assert float(first.sel(age=slice(0, 5)).sum()) > 1.5 * float(old.sel(age=slice(0, 5)).sum())
    assert float(first.sel(age=slice(80, None)).sum()) < 0.5 * float(old.sel(age=slice(80, None)).sum())


def test_ages_that_do_not_fit_the_defaults_are_named() -> None:
    with pytest.raises(SchemaError, match="single years from 0"):
        kh.default_headship(np.arange(0, 105, 5))
    with pytest.raises(SchemaError, match="the last is 80; the defaults need ages to 90"):
        kh.default_occupancy(range(81))


def test_fit_returns_the_default_without_data_and_the_data_without_bound() -> None:
    default = kh.default_occupancy()
    nothing = xr.zeros_like(default.sum(["sex", "age"]))
    assert np.abs(kh.fit_occupancy(0.0 * default, nothing) - default).max() < 1e-15
    homes = nothing.copy()
    homes.loc["row", "next"] = 1e9
    seen = homes * default * 0.5
    fitted = kh.fit_occupancy(seen, homes)
    ratio = (fitted / default).sel(dwelling_type="row", generation="next")
    assert np.abs(ratio - 0.5).max() < 1e-6
    assert np.abs(fitted.sel(generation="first") - default.sel(generation="first")).max() < 1e-15


def test_fit_from_few_dwellings_stays_near_the_default() -> None:
    default = kh.default_occupancy()
    homes = xr.zeros_like(default.sum(["sex", "age"]))
    homes.loc["block", "first"] = 10.0
    rng = np.random.default_rng(4)
    seen = (homes * default).copy(data=rng.poisson((homes * default).values).astype(float))
    loose, tight = (kh.fit_occupancy(seen, homes, strength=strength) for strength in (5.0, 500.0))
    assert np.abs(tight - default).sum() < 0.1 * np.abs(loose - default).sum()


def test_persons_without_dwellings_are_named() -> None:
    default = kh.default_occupancy()
    homes = xr.zeros_like(default.sum(["sex", "age"]))
    seen = 0.0 * default
    seen.loc["row", "first", "male", 30] = 3.0
    with pytest.raises(SchemaError, match=r"the first is dwelling_type row, generation first"):
        kh.fit_occupancy(seen, homes)
    with pytest.raises(SchemaError, match=r"strength is 0\.0"):
        kh.fit_occupancy(seen, homes + 1.0, strength=0.0)


def test_occupancy_of_types_is_found_in_areas_that_differ() -> None:
    rng = np.random.default_rng(2)
    truth = kh.default_occupancy().sel(dwelling_type=["detached", "block"])
    truth = truth * xr.DataArray([1.1, 0.8], coords={"dwelling_type": ["detached", "block"]})
    areas = [f"{number}" for number in range(30)]
    homes = xr.DataArray(
        rng.uniform(100, 8000, (30, 2)), coords={"area": areas, "dwelling_type": ["detached", "block"]}
    )
    folk = (homes * truth.sel(generation="later")).sum("dwelling_type").drop_vars("generation")
    prior = kh.default_occupancy().sel(dwelling_type=["detached", "block"])
    fitted = kh.occupancy_from_stock(folk, homes, default=prior, strength=1.0)
    assert np.abs(fitted / truth - 1.0).max() < 0.01
    held = kh.occupancy_from_stock(folk, homes, default=prior, strength=1e9)
    assert np.abs(held / prior - 1.0).max() < 0.001


def test_headship_is_lifted_to_the_households_seen() -> None:
    folk = people(["Havna", "Lia"])
    seen = kh.households_of(folk, kh.default_headship()) * xr.DataArray([1.07, 0.93], coords={"area": ["Havna", "Lia"]})
    own = kh.fit_headship(folk, seen, default=kh.default_headship())
    assert np.abs(kh.households_of(folk, own) - seen).max() < 1e-6
    assert float(own.max()) < 1.0
    shrunk = kh.fit_headship(folk, seen, default=kh.default_headship(), strength=1e9)
    level = kh.households_of(folk, shrunk) / kh.households_of(folk, kh.default_headship())
    assert float(level.max() - level.min()) < 0.001
    with pytest.raises(SchemaError, match="99999 of area Havna cannot be formed by its"):
        kh.fit_headship(folk, seen * 0.0 + 99_999.0, default=kh.default_headship())


def test_people_kept_apart_do_not_exceed_the_people() -> None:
    folk = people(["Lia"])
    fixed = xr.DataArray(np.full(106, 30.0), coords={"age": AGES}, attrs={"units": "persons"})
    with pytest.raises(
        kh.HousingError, match=r"keep more persons apart than there are; the first by .* area Lia, sex female"
    ):
        kh.private_persons(folk, fixed)
    with pytest.raises(SchemaError, match="the unit is None"):
        kh.private_persons(folk, fixed.drop_attrs())
    share = xr.DataArray(np.full(106, 0.1), coords={"age": AGES}, attrs={"units": "1"})
    assert np.abs(kh.private_persons(folk, share) - 0.9 * folk).max() < 1e-12


def test_headship_out_of_bounds_is_named() -> None:
    wrong = kh.default_headship().copy()
    wrong.loc[40] = 52.0
    with pytest.raises(SchemaError, match=r"headship: 1 of 106 .* the first is 52 at age 40"):
        kh.households_of(people(["Lia"]), wrong)


def test_builders_make_a_stock_that_people_fill() -> None:
    folk = people(["Lia"])
    stock = stock_of(folk)
    assert float(0.97 * stock.sum()) == pytest.approx(float(kh.households_of(folk, kh.default_headship()).sum()))
    assert folk["sex"].values.tolist() == SEXES
