"""Draws of an example: as wide as its components wandered, around its own forecast."""

import numpy as np
import pytest

from kompaslite.engine import project
from kompaslite.report.draws import component_levels, draw_printed
from kompaslite.uncertainty import Reduce, fit_autoregression


def totals(*given, **chosen):
    kept = Reduce(mean=False, keep_draws=True)
    return draw_printed(*given, **chosen, reduce=kept)["draws"].sel(area="3201", age_group="total")


@pytest.fixture(scope="module")
def assumptions(baerum):
    return baerum.method(baerum.observed, [2026, 2027, 2028])


@pytest.fixture(scope="module")
def drawn(baerum, assumptions):
    return totals(baerum, assumptions, draws=2000)


def test_the_levels_are_those_of_the_components(baerum, assumptions):
    people = baerum.observed.population.isel(year=-1, drop=True)
    levels = component_levels(baerum.note.components, baerum.method.windows, people=people, assumptions=assumptions)
    national = levels.national.sel(component="net_immigration")
    series = baerum.note.components["net_immigration"].to_numpy(dtype=float)
    assert levels.years == 16
    assert float(national["window"]) == 10
    fit = fit_autoregression(series)
    assert (float(national["persistence"]), float(national["innovation"])) == (fit.persistence, fit.innovation)
    assert levels.national["correlation"].sel(component="net_immigration", other="natural_increase") < 0.5
    gains = {effect.variable: effect.how for effect in levels.effects}
    assert gains == {
        "fertility": "scale",
        "immigration": "gain",
        "emigration": "loss",
        "in_migration": "gain",
        "out_migration": "loss",
    }


def test_a_person_more_or_fewer_of_a_component_is_a_person_of_the_forecast(baerum, assumptions):
    """Each effect, applied by hand for one level of 100 persons, changes the next population by about 100."""
    people = baerum.observed.population.isel(year=-1, drop=True)
    levels = component_levels(baerum.note.components, baerum.method.windows, people=people, assumptions=assumptions)
    first = assumptions.isel(year=[0])
    total = float(project(people, first, flows=()).population.isel(year=-1).sum())
    for effect in levels.effects:
        base, response = first[effect.variable], levels.response_of(effect)
        step = base * np.exp(100 * response) if effect.how == "scale" else base + 100 * response
        changed = first.assign({effect.variable: step.transpose(*base.dims).assign_attrs(base.attrs)})
        moved = float(project(people, changed, flows=()).population.isel(year=-1).sum()) - total
        assert abs(moved) == pytest.approx(100, rel=0.06), effect
        assert np.sign(moved) == (-1 if effect.how == "loss" else 1)


def test_they_lie_around_the_forecast_and_start_at_the_population(baerum, assumptions, drawn):
    people = baerum.observed.population.isel(year=-1)
    central = project(people, assumptions, flows=()).population.sum(["area", "sex", "age"])
    assert drawn.sel(year=2026).values == pytest.approx(133_228.0)
    off = (drawn.median("draw") - central) / central
    assert abs(off).max() < 0.001
    spread = drawn.sel(year=2027).std("draw")
    assert 350 < float(spread) < 700  # innovations of 88, 345 and 331 persons, on levels that are not known exactly


def test_the_same_seed_gives_the_same_draws_and_another_others(baerum, assumptions, drawn):
    again = totals(baerum, assumptions, draws=50)
    np.testing.assert_array_equal(again.values, drawn.isel(draw=slice(50)).values)
    other = totals(baerum, assumptions, draws=50, seed=2)
    assert not np.array_equal(again.values, other.values)
