"""Gross flows by age from totals and net migration by age."""

import numpy as np
import pytest

from kompaslite.rates import rogers_castro
from kompaslite.rates.migration import gross_flows, two_kinds

AGES = np.arange(100)


def weights(seed: int = 1, columns: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    people = rng.uniform(50, 150, (AGES.size, columns))
    curve = rogers_castro(AGES).values[:, None] * people
    net = rng.normal(0, 2, (AGES.size, columns))
    return net, curve, curve * rng.uniform(0.9, 1.1, curve.shape)


def test_totals_and_net_migration_are_kept() -> None:
    net, up, down = weights()
    total = np.array([600.0, 900.0, 2000.0])
    gross = gross_flows(net, up, down, total)
    np.testing.assert_array_equal(gross.carried, 1.0)
    np.testing.assert_allclose(gross.arrivals.sum(axis=0), total, rtol=1e-12)
    np.testing.assert_allclose(gross.arrivals - gross.leavers, net, atol=1e-9)
    assert (gross.arrivals >= 0).all()
    assert (gross.leavers >= 0).all()


def test_without_deviation_the_curve_itself_comes_out() -> None:
    _, up, _ = weights(columns=1)
    total = np.array([500.0])
    share = up / up.sum()
    gross = gross_flows(np.zeros_like(up), up, up, total)
    np.testing.assert_allclose(gross.arrivals, share * 500.0, rtol=1e-9)


def test_the_split_is_the_closest_to_the_curve() -> None:
    """No feasible change lowers the relative entropy: move one arrival and one leaver from age to age."""
    net, up, down = weights(columns=1)
    gross = gross_flows(net, up, down, np.array([900.0]))
    up, down = up / up.sum() * 900.0, down / down.sum() * (900.0 - net.sum())

    def distance(arrivals: np.ndarray, leavers: np.ndarray) -> float:
        return float((arrivals * np.log(arrivals / up)).sum() + (leavers * np.log(leavers / down)).sum())

    least = distance(gross.arrivals, gross.leavers)
    rng = np.random.default_rng(2)
    for _ in range(50):
        i, j = rng.choice(60, 2, replace=False)
        step = np.zeros_like(up)
        step[i], step[j] = 0.05, -0.05
        assert distance(gross.arrivals + step, gross.leavers + step) > least


def test_where_noise_takes_up_all_arrivals_less_of_it_is_carried() -> None:
    net, up, down = weights(columns=1)
    total = np.array([net.clip(min=0).sum() * 0.8])
    gross = gross_flows(net, up, down, total)
    assert 0.0 < gross.carried[0] < 1.0
    np.testing.assert_allclose(gross.arrivals.sum(), total, rtol=1e-12)
    np.testing.assert_allclose((gross.arrivals - gross.leavers).sum(), net.sum(), atol=1e-9)


def test_cells_without_people_have_no_movers() -> None:
    net, up, down = weights()
    net[90:], up[90:], down[90:] = 0.0, 0.0, 0.0
    gross = gross_flows(net, up, down, np.full(3, 700.0))
    assert not gross.arrivals[90:].any()
    assert not gross.leavers[90:].any()


@pytest.mark.parametrize("total", [0.0, 100.0, 990.0])
def test_two_kinds_have_their_total_and_fit_in_the_whole(total: float) -> None:
    whole = np.full((100, 1), 10.0)
    first, second = rogers_castro(AGES).values[:, None], np.ones((100, 1))
    part = two_kinds(whole, first, second, total=np.array([total]))
    assert part.sum() == pytest.approx(total)
    assert (part >= 0).all()
    assert (part <= whole).all()
    if total == 100.0:
        np.testing.assert_array_equal(np.argsort(part[:, 0], kind="stable"), np.argsort(first[:, 0], kind="stable"))
