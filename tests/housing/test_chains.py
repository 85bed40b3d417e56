"""Vacancy chains: the linear solve, its conservation laws, and what is wrong with a market."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import kompaslite.housing as kh
from kompaslite.housing.market.market import fillings, fundamental, never_ends
from kompaslite.schema import SchemaError

ZONES, TYPES = ["Havna", "Lia", "Moen"], ["row", "block"]
KEY = {"area": ZONES, "dwelling_type": TYPES}


def a_market(seed: int = 0, *, longest: float = 0.8) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    inside = rng.uniform(0.2, longest, (3, 2))
    external = (1.0 - inside) * rng.uniform(0.2, 0.9, (3, 2))
    moves = rng.dirichlet(np.ones(6), (3, 2)).reshape(3, 2, 3, 2) * inside[..., None, None]
    return xr.Dataset(
        {
            "external": xr.DataArray(external, coords=KEY),
            "new": xr.DataArray(1.0 - inside - external, coords=KEY),
            "moves": xr.DataArray(moves, coords=KEY | {"from_area": ZONES, "from_type": TYPES}),
        }
    )


def openings(seed: int = 1) -> xr.DataArray:
    return xr.DataArray(np.random.default_rng(seed).uniform(1.0, 90.0, (3, 2)), coords=KEY)


def follow_chain(opened: np.ndarray, transfer: np.ndarray, links: int) -> np.ndarray:
    """Link by link: who moves into an opening leaves the next one."""
    filled = np.zeros_like(opened)
    for _ in range(links):
        filled = filled + opened
        opened = opened @ transfer
    return filled


@pytest.mark.parametrize("seed", range(5))
def test_solve_equals_chain_of_200_links(seed: int) -> None:
    market, opened = a_market(seed), openings(seed)
    transfer = market.moves.values.reshape(6, 6)
    expected = follow_chain(opened.values.ravel(), transfer, 200)
    filled = kh.vacancy_chain(opened, market).fillings.values.ravel()
    assert np.abs(filled - expected).max() < 1e-10


@pytest.mark.parametrize("seed", range(5))
def test_every_opening_is_filled_once(seed: int) -> None:
    chain = kh.vacancy_chain(openings(seed), a_market(seed))
    assert np.abs(openings(seed) + chain.freed - chain.fillings).max() < 1e-10
    assert np.abs(chain.external + chain.new + chain.moved - chain.fillings).max() < 1e-10
    assert float(chain.moved.sum() - chain.freed.sum()) == pytest.approx(0.0, abs=1e-10)
    assert float(chain.external.sum() + chain.new.sum()) == pytest.approx(float(openings(seed).sum()), rel=1e-13)


@given(external=st.floats(0.01, 0.9), share=st.floats(0.01, 0.99))
@settings(max_examples=50, deadline=None)
def test_multiplier_of_one_zone_and_type_is_e_over_e_plus_h(external: float, share: float) -> None:
    new = (1.0 - external) * share
    home = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    market = kh.even_market(home, external=external, new=new)
    assert float(kh.multiplier(market).households.squeeze()) == pytest.approx(external / (external + new), rel=1e-9)


def test_without_moves_inside_it_is_the_plain_formula() -> None:
    home = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    market = kh.even_market(home, external=0.6, new=0.4)
    persons = kh.default_occupancy().sel(dwelling_type=["row"])
    moved = kh.movers(home, market, persons).external
    plain = 100.0 * 0.6 * persons.sel(dwelling_type="row", generation="later")
    assert np.abs(moved.sel(area="Lia") - plain).max() < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_multiplier_is_what_one_more_dwelling_brings(seed: int) -> None:
    market, opened = a_market(seed), openings(seed)
    persons = kh.default_occupancy().sel(dwelling_type=TYPES)
    brings = kh.multiplier(market, persons)
    before = kh.movers(opened, market, persons).external.sum()
    for area in ZONES:
        more, first = opened.copy(), 0.0 * opened
        more.loc[area, "block"] += 1.0
        first.loc[area, "block"] = 1.0
        extra = kh.movers(more, market, persons, first=first).external.sum() - before
        assert float(extra) == pytest.approx(float(brings.persons.sel(area=area, dwelling_type="block")), abs=1e-9)
    assert np.abs(brings.households + brings.households_inside - 1.0).max() < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_moves_between_zones_conserve_people(seed: int) -> None:
    market, persons = a_market(seed), kh.default_occupancy().sel(dwelling_type=TYPES)
    change = openings(seed) - 45.0  # openings beyond a reference may be of either sign
    moved = kh.movers(change, market, persons)
    assert np.abs(moved.moves_in.sum("area") - moved.moves_out.sum("area")).max() < 1e-12
    assert float(moved.moves_in.min()) >= 0.0
    assert float(moved.moves_out.min()) >= 0.0
    assert float(moved.moves_in.sum()) > 1.0


def test_draws_of_market_and_openings_equal_single_runs() -> None:
    markets = xr.concat([a_market(0), a_market(1)], xr.Variable("draw", [0, 1]))
    years = xr.concat([openings(2), openings(3)], xr.Variable("year", [2025, 2026]))
    together = kh.vacancy_chain(years, markets)
    assert together.fillings.dims == ("draw", "area", "dwelling_type", "year")
    for draw, year in ((0, 2025), (1, 2026)):
        alone = kh.vacancy_chain(openings(2 + draw), a_market(draw)).fillings
        assert np.abs(together.fillings.sel(draw=draw, year=year) - alone).max() < 1e-11
    persons = kh.default_occupancy().sel(dwelling_type=TYPES)
    moved = kh.movers(years, markets, persons).external
    alone = kh.movers(openings(3), a_market(1), persons).external
    assert np.abs(moved.sel(draw=1, year=2026) - alone).max() < 1e-11


def test_kernel_solves_all_draws_at_once() -> None:
    rng = np.random.default_rng(5)
    transfer = rng.dirichlet(np.ones(5), (7, 5)) * 0.7
    opened = rng.uniform(0, 9, (7, 5))
    together = fillings(opened, fundamental(transfer))
    for i in range(7):
        assert np.abs(together[i] - np.linalg.solve((np.eye(5) - transfer[i]).T, opened[i])).max() < 1e-11


def test_shares_must_sum_to_one() -> None:
    market = a_market()
    market["new"].loc["Lia", "block"] += 0.1
    with pytest.raises(
        SchemaError,
        match=r"1 of 6 openings do not sum to one; the first sum is 1\.1 at area Lia, dwelling_type block, every year",
    ):
        kh.check_market(market)


def test_chain_that_never_ends_is_named() -> None:
    market = a_market()
    market["moves"].loc["Moen"] = 0.0
    market["moves"].loc["Moen", :, "Moen"] = 0.5
    market["external"].loc["Moen"] = 0.0
    market["new"].loc["Moen"] = 0.0
    with pytest.raises(kh.HousingError, match=r"2 chains never end .* area Moen, dwelling_type row, every year"):
        kh.vacancy_chain(openings(), market)


def test_chain_ends_where_it_leads_to_one_that_ends() -> None:
    transfer = np.array([[0.0, 1.0], [0.5, 0.0]])
    assert never_ends(np.array([0.0, 0.3]), np.array([0.0, 0.2]), transfer).tolist() == [False, False]
    assert never_ends(np.array([0.0, 0.0]), np.array([0.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]])).all()


def test_more_demolished_than_opens_is_named() -> None:
    opened = openings()
    opened.loc["Lia", "row"] = -500.0
    with pytest.raises(kh.HousingError, match=r"fewer than no dwellings would be filled.* area Lia, dwelling_type row"):
        kh.vacancy_chain(opened, a_market())


def test_market_names_what_is_missing() -> None:
    with pytest.raises(SchemaError, match="moves is missing"):
        kh.check_market(a_market().drop_vars("moves"))
    with pytest.raises(SchemaError, match="openings: 1 labels of dimension area are missing that the market has: Moen"):
        kh.vacancy_chain(openings().sel(area=["Havna", "Lia"]), a_market())


def test_zone_without_dwellings_cannot_free_any() -> None:
    stock = xr.DataArray([[0.0], [10.0]], coords={"area": ["Ny", "Lia"], "dwelling_type": ["row"]})
    with pytest.raises(SchemaError, match="area Ny has no dwelling that a move could free"):
        kh.even_market(stock, external=0.5, new=0.2)
    assert float(kh.even_market(stock, external=0.5, new=0.2, within_zone=0.0).moves.sel(from_area="Ny").sum()) == 0.0


def test_market_is_calibrated_to_vacated_dwellings() -> None:
    homes = xr.DataArray([[600.0, 100.0], [300.0, 50.0]], coords={"area": ["A", "B"], "dwelling_type": TYPES})
    market = kh.market_from_vacated(homes, vacated=80.0, released=50.0, occupied_change=10.0, external_share=0.7)
    opened = xr.full_like(homes, 60.0 / 4)
    chain = kh.vacancy_chain(opened, market)
    assert float(chain.freed.sum()) + 50.0 == pytest.approx(80.0, abs=1e-9)
    assert float(chain.external.sum() / (chain.external.sum() + chain.new.sum())) == pytest.approx(0.7, abs=1e-12)
    with pytest.raises(kh.HousingError, match="50 dwellings are vacated, but leavers and deaths alone set 80 free"):
        kh.market_from_vacated(homes, vacated=50.0, released=80.0, occupied_change=10.0, external_share=0.7)
