"""Something outside the engine that sets the migration of each year, in place of housing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import check_balance
from kompaslite.engine import Layout, Outcome, RunStep, YearDriver, project
from kompaslite.schema import SchemaError
from tests.strategies import Case, make_case


def _as_it_is(position: int, start: np.ndarray, step: RunStep) -> Outcome:
    return step()


def _hundreds_leave(position: int, start: np.ndarray, step: RunStep) -> Outcome:
    return step(arrivals=np.full(start.shape, -500.0))


@dataclass
class Passive:
    """Changes nothing."""

    outer: Mapping[str, np.ndarray] = field(default_factory=dict)
    layout: Layout | None = None

    def bind(self, layout: Layout) -> YearDriver:
        self.layout = layout
        return _as_it_is


@dataclass
class GivenTotal:
    """In-migration such that each area grows by so many persons a year."""

    growth: float
    outer: Mapping[str, np.ndarray] = field(default_factory=dict)

    def bind(self, layout: Layout) -> YearDriver:
        def year(position: int, start: np.ndarray, step: RunStep) -> Outcome:
            low, high = np.zeros((layout.units, 1, 1)), np.full((layout.units, 1, 1), 1e3)
            for _ in range(60):
                middle = (low + high) / 2
                found = step(in_scale=middle, out_scale=1 / (1 + middle)).end.sum(axis=(1, 2), keepdims=True)
                too_many = found > start.sum(axis=(1, 2), keepdims=True) + self.growth
                low, high = np.where(too_many, low, middle), np.where(too_many, middle, high)
            return step(in_scale=middle, out_scale=1 / (1 + middle))

        return year


@pytest.fixture
def case() -> Case:
    return make_case(np.random.default_rng(11), {"age": 6, "year": 3, "area": 2})


def test_a_drive_that_changes_nothing_changes_nothing(case):
    drive = Passive()
    driven = project(case.jump_off, case.assumptions, drive=drive)
    plain = project(case.jump_off, case.assumptions, engine="numpy")
    xr.testing.assert_identical(driven.population, plain.population)
    xr.testing.assert_allclose(driven.flows, plain.flows, rtol=1e-15)
    assert drive.layout is not None
    assert list(drive.layout.outer) == ["area"]


def test_a_drive_reaches_its_total_within_the_year_and_the_accounts_balance(case):
    driven = check_balance(project(case.jump_off, case.assumptions, drive=GivenTotal(40.0)))
    growth = driven.population.sum(["sex", "age"]).diff("year")
    np.testing.assert_allclose(growth, 40.0, rtol=1e-9)
    assert not np.allclose(driven.flows["in_migration"], case.assumptions["in_migration"])


def test_the_dimensions_of_a_drive_are_those_of_the_result(case):
    driven = project(case.jump_off, case.assumptions, drive=Passive({"draw": np.arange(3)}))
    assert driven.population.dims[:2] == ("draw", "area")
    assert driven.population.sizes["draw"] == 3


def test_labels_of_a_drive_must_be_those_of_the_inputs(case):
    with pytest.raises(SchemaError, match="drive: 1 labels of dimension area are missing that"):
        project(case.jump_off, case.assumptions, drive=Passive({"area": np.array(["0001"])}))


def test_inputs_are_checked_before_a_drive_sees_them(case):
    wrong = case.assumptions.copy(deep=True)
    wrong["mortality"][{"age": 1}] = np.nan
    with pytest.raises(SchemaError, match=r"mortality: .* values are missing"):
        project(case.jump_off, wrong, drive=Passive())


def test_a_drive_that_takes_too_many_is_found(case):
    class Greedy(Passive):
        def bind(self, layout: Layout) -> YearDriver:
            return super().bind(layout) and _hundreds_leave

    with pytest.raises(SchemaError, match="cells would hold fewer than nobody at the end of 2025"):
        project(case.jump_off, case.assumptions, drive=Greedy())
