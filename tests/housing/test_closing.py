"""Closing: the closed form against a numerical root, the hazard, and what cannot be reached."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import kompaslite.housing as kh
from kompaslite.housing.run.closing import closing_root, hazard_root, leave_hazard, scaled_rate
from kompaslite.schema import SchemaError

AGES = np.arange(106)
KEY = {"area": ["Havna", "Lia"], "sex": ["female", "male"], "age": AGES}


def people(scale: float = 1.0) -> xr.DataArray:
    shape = np.broadcast_to(60.0 * scale * (1.0 - (AGES / 107.0) ** 4), (2, 2, 106))
    return xr.DataArray(shape.copy(), coords=KEY, attrs={"units": "persons"})


def moves(scale: float = 1.0) -> xr.Dataset:
    curve = 0.2 + np.exp(-(((AGES - 26) / 8.0) ** 2))
    arriving = np.broadcast_to(4.0 * scale * curve, (2, 2, 106)).copy()
    leaving = people(scale).values * 0.07 * curve
    units = {"units": "persons"}
    return xr.Dataset(
        {
            "in_migration": xr.DataArray(arriving, coords=KEY, attrs=units),
            "out_migration": xr.DataArray(leaving, coords=KEY, attrs=units),
        }
    )


@pytest.mark.parametrize("change", [-0.30, -0.10, 0.0, 0.001, 0.25, 0.50])
def test_closed_form_is_the_numerical_root_and_stays_positive(change: float) -> None:
    flows, headship = moves(), kh.default_headship()
    trend = people() + flows.in_migration - flows.out_migration
    stock = kh.households_of(trend.assign_attrs(units="persons"), headship) * (1.0 + change)
    closed = kh.close_households(people(), flows, headship=headship, stock=stock, hazard=False)
    for area in KEY["area"]:
        a, b, c = (
            float((headship * part.sel(area=area)).sum())
            for part in (flows.in_migration, people(), flows.out_migration)
        )
        gap = b - float(stock.sel(area=area))
        root = brentq(lambda r, a=a, gap=gap, c=c: a * r + gap - c / r, 1e-9, 1e4, xtol=1e-15, rtol=8.9e-16)
        assert float(closed.factor.sel(area=area)) == pytest.approx(root, rel=1e-10)
    assert float(closed.factor.min()) > 0.0
    assert np.abs(closed.households - stock).max() < 1e-9


@pytest.mark.parametrize("change", [-0.30, -0.10, 0.0, 0.25, 0.50])
def test_hazard_reaches_the_stock_and_empties_no_cell(change: float) -> None:
    flows, headship = moves(), kh.default_headship()
    stock = kh.households_of(people(), headship) * (1.0 + change)
    closed = kh.close_households(people(), flows, headship=headship, stock=stock)
    assert np.abs(closed.households - stock).max() < 1e-9
    assert float(closed.population.min()) >= 0.0
    assert float((closed.out_migration - people()).max()) < 0.0
    assert np.abs(people() + closed.in_migration - closed.out_migration - closed.population).max() < 1e-12
    assert np.abs(closed.unmet).max() < 1e-9


@given(
    arriving=st.floats(1e-6, 1e6),
    leaving=st.floats(1e-6, 1e6),
    rest=st.floats(-1e7, 1e7),
)
@settings(max_examples=200, deadline=None)
def test_root_loses_no_digits(arriving: float, leaving: float, rest: float) -> None:
    r = float(closing_root(np.array(arriving), np.array(rest), np.array(leaving)))
    assert r > 0.0
    largest = max(arriving * r, leaving / r, abs(rest))
    assert abs(arriving * r + rest - leaving / r) <= 1e-12 * largest


def test_pass_through_moves_between_trend_and_stock() -> None:
    flows, headship = moves(), kh.default_headship()
    trend = kh.households_of(
        (people() + flows.in_migration - flows.out_migration).assign_attrs(units="persons"), headship
    )
    stock = 1.1 * trend
    none, half = (
        kh.close_households(people(), flows, headship=headship, stock=stock, pass_through=share) for share in (0.0, 0.5)
    )
    assert np.abs(none.factor - 1.0).max() < 1e-12
    assert np.abs(half.households - 1.05 * trend).max() < 1e-9
    assert np.abs(half.unmet + 0.05 * trend).max() < 1e-9


def test_people_kept_apart_form_no_households() -> None:
    flows, headship = moves(), kh.default_headship()
    apart = (0.3 * people().where(people().age >= 80, 0.0)).assign_attrs(units="persons")
    stock = kh.households_of(people(), headship)
    closed = kh.close_households(people(), flows, headship=headship, stock=stock, apart=apart)
    inside = ((closed.population - apart) * headship).sum(["sex", "age"])
    assert np.abs(inside - stock).max() < 1e-9
    with pytest.raises(SchemaError, match="persons are needed where the accounts are closed"):
        kh.close_households(people(), flows, headship=headship, stock=stock, apart=apart.assign_attrs(units="1"))


def test_target_that_cannot_be_reached_is_named() -> None:
    flows = moves() * xr.DataArray([1.0, 0.0], coords={"area": KEY["area"]})
    flows = flows.map(lambda part: part.transpose("area", "sex", "age").assign_attrs(units="persons"))
    stock = 1.2 * kh.households_of(people(), kh.default_headship())
    with pytest.raises(kh.HousingError, match=r"1 of 2 targets cannot be reached .* at area Lia"):
        kh.close_households(people(), flows, headship=kh.default_headship(), stock=stock)


def test_more_leavers_than_people_are_named() -> None:
    flows = moves()
    flows["out_migration"].loc["Havna", "male", 30] = 1000.0
    with pytest.raises(kh.HousingError, match=r"in 1 of 424 cells all that are there leave.* sex male, age 30"):
        kh.close_population(people(), flows, total=xr.DataArray([9000.0, 9000.0], coords={"area": KEY["area"]}))


def test_given_population_is_reached_by_the_same_algebra() -> None:
    total = xr.DataArray([9000.0, 10500.0], coords={"area": KEY["area"]})
    for hazard in (True, False):
        closed = kh.close_population(people(), moves(), total=total, hazard=hazard)
        assert np.abs(closed.population.sum(["sex", "age"]) - total).max() < 1e-8


def test_the_closing_root_makes_net_migration_too() -> None:
    r = closing_root(np.array([800.0]), np.array([-250.0]), np.array([700.0]))
    assert float(800.0 * r[0] - 700.0 / r[0]) == pytest.approx(250.0, abs=1e-9)


def test_hazard_root_agrees_with_brentq() -> None:
    rng = np.random.default_rng(3)
    weights, staying = rng.uniform(0, 1, 50), rng.uniform(0, 40, 50)
    arriving, chance = rng.uniform(0, 3, 50), rng.uniform(0, 0.6, 50)
    target = 1.25 * (weights * staying).sum()

    def gap(r: float) -> float:
        return float((weights * (staying * (1 - leave_hazard(chance, np.array(r))) + r * arriving)).sum() - target)

    found = hazard_root(weights, staying[None], arriving[None], chance[None], target=np.array([target]))
    assert float(found[0]) == pytest.approx(brentq(gap, 1e-3, 1e3, xtol=1e-14), rel=1e-11)


@pytest.mark.parametrize("highest", [1.0, 2.0, float("inf")])
def test_scaled_rate_is_the_hazard_of_each_convention(highest: float) -> None:
    rate = np.array([0.0, 0.05, 0.4])
    scaled = scaled_rate(rate, np.array([1.7]), highest)
    half = 0.0 if highest == 1.0 else 0.5 if highest == 2.0 else 1.0

    def stays(w: np.ndarray) -> np.ndarray:
        return (1.0 - (1.0 - half) * w) / (1.0 + half * w)

    assert np.abs(stays(scaled) - stays(rate) ** (1.0 / 1.7)).max() < 1e-14
    assert (scaled_rate(np.array([0.4]), np.array([1e-3]), highest) <= highest).all()
