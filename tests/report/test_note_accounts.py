"""The material of a note from accounts: whatever is known is told, whatever is not is left out."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, known_at
from kompaslite.engine import project
from kompaslite.evaluation import backtest, sum_over_sex_age
from kompaslite.methods import no_change
from kompaslite.report import intervals_from_errors, note_inputs, note_page, record_from_hindcasts
from kompaslite.schema import SchemaError
from tests.report.pages import Page

AGES = np.arange(101)
PLACE = {"place": "Lillevik", "source": "the municipality's own register"}


def rates(years, *, moves=12.0):
    """Made-up rates of a small place that grows by moves."""
    ages = {"sex": ["female", "male"], "age": AGES}
    mobile = np.exp(-(((AGES - 26) / 8.0) ** 2)) * moves
    counts = xr.DataArray(np.stack([mobile, mobile]), coords=ages)
    died = xr.DataArray(np.stack([np.exp(-10.0 + 0.1 * AGES)] * 2), coords=ages)
    born = xr.DataArray(np.where((AGES > 22) & (AGES < 38), 0.1, 0.0), coords={"age": AGES})
    return xr.Dataset(
        {
            "fertility": born.assign_attrs(units="1/year"),
            "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
            "mortality": died.expand_dims(year=list(years)).assign_attrs(units="1/year"),
            "in_migration": counts.assign_attrs(units="persons/year"),
            "out_migration": (0.5 * counts / 60.0).assign_attrs(units="1/year"),
        }
    )


def start():
    people = np.stack([np.exp(-((AGES / 82.0) ** 5)) * 60.0] * 2)
    labels = {"sex": ["female", "male"], "age": AGES}
    return xr.DataArray(people, coords=labels, attrs={"units": "persons"})


@pytest.fixture(scope="module")
def observed():
    return project(start(), rates(range(2018, 2026)))


@pytest.fixture(scope="module")
def earlier(observed):
    known = known_at(observed, 2025).population.sel(year=2025)
    return project(known, rates([2025], moves=14.0))


def test_components_deviation_and_parts_come_from_the_accounts(observed, earlier):
    material = note_inputs(observed, **PLACE, earlier=earlier)
    total = observed.population.sum(["sex", "age"])
    assert (material.year, material.population) == (2025, pytest.approx(float(total.sel(year=2026))))
    assert material.components.index.tolist() == list(range(2018, 2026))
    off = float(total.sel(year=2026) - earlier.population.sel(year=2026).sum())
    split = material.splits[0].table
    assert split.loc["total", "deviation"] == pytest.approx(off)
    assert list(split.columns) == ["births", "deaths", "migration", "adjustment", "deviation"]
    assert split.loc["total", "migration"] == pytest.approx(off, abs=1.0)
    page = Page(note_page(replace(material, year=2025), forecast=earlier, language="en"))
    table = page.table("Population by age, actual and by the last forecast")
    assert table.rows["Total"][-1] == f"{off:.0f}"
    assert "The housing plan's part of the deviation is not worked out" in " ".join(page.paragraphs)
    assert page.table("by component and year").rows["2025"][-2] == f"{float(total.diff('year')[-1]):.0f}"


def test_a_replanned_forecast_gives_the_plan_and_its_draws_an_interval(observed, earlier):
    fewer = xr.DataArray([0.90, 0.95, 0.98], coords={"draw": [0, 1, 2]})
    changed = rates([2025], moves=14.0)
    arrivals = (changed["in_migration"] * fewer).transpose("draw", "sex", "age").assign_attrs(units="persons/year")
    known = known_at(observed, 2025).population.sel(year=2025)
    replanned = project(known, changed.assign(in_migration=arrivals))
    split = note_inputs(observed, **PLACE, earlier=earlier, replanned=replanned).splits[0]
    effects = (replanned.population - earlier.population).sel(year=2026).sum(["sex", "age"])
    assert split.table.loc["total", "plan"] == pytest.approx(float(effects.mean()))
    assert split.plan_interval == pytest.approx(tuple(effects.quantile([0.05, 0.95]).values))
    page = Page(note_page(note_inputs(observed, **PLACE, earlier=earlier, replanned=replanned)))
    assert "er modellert, ikke observert" in " ".join(page.paragraphs)


def test_a_municipality_with_population_tables_alone(observed):
    bare = Accounts(observed.population)
    material = note_inputs(bare, **PLACE, earlier=Accounts(observed.population.isel(year=slice(-2, None))))
    assert material.components is None
    assert material.splits == ()
    assert material.deviation.loc["total", "deviation"] == 0
    told = " ".join(Page(note_page(material, language="en")).paragraphs)
    assert "The components of growth are not given" in told
    assert "it was met." in told
    assert "Every age group was met." in told
    assert "The deviation cannot be divided" in told


def test_flows_that_are_known_without_age_are_told_but_not_split(observed, earlier):
    flows = {
        name: flow.sum([dim for dim in flow.dims if dim != "year"], keep_attrs=True)
        for name, flow in observed.flows.items()
    }
    totals = Accounts(observed.population, xr.Dataset(flows))
    material = note_inputs(totals, **PLACE, earlier=earlier)
    assert material.splits == ()
    assert material.components["growth"].tolist() == note_inputs(observed, **PLACE).components["growth"].tolist()


def test_components_with_a_gap_are_told_from_after_it(observed):
    flows = observed.flows.sel(year=[2018, 2019, 2022, 2023, 2024, 2025])
    material = note_inputs(Accounts(observed.population, flows), **PLACE)
    assert material.components.index.tolist() == [2022, 2023, 2024, 2025]


def test_an_area_is_chosen(observed):
    both = xr.concat([observed.population, 2.0 * observed.population], dim=xr.Variable("area", ["0301", "3201"]))
    accounts = Accounts(both.assign_attrs(units="persons"))
    with pytest.raises(SchemaError, match="observed: a note is of one municipality, and there are 2 areas: 0301, 3201"):
        note_inputs(accounts, **PLACE)
    chosen = note_inputs(accounts, **PLACE, area="3201")
    assert chosen.population == pytest.approx(2.0 * float(observed.population.isel(year=-1).sum()))


def test_years_that_do_not_fit(observed, earlier):
    with pytest.raises(SchemaError, match="a note needs two populations, there is 2026 only"):
        note_inputs(Accounts(observed.population.isel(year=[-1])), **PLACE)
    old = Accounts(earlier.population.assign_coords(year=[2020, 2021]))
    with pytest.raises(SchemaError, match="earlier: the forecast has the years 2020 to 2021, not 1 January 2026"):
        note_inputs(observed, **PLACE, earlier=old)


@pytest.fixture(scope="module")
def hindcasts(observed):
    history = Accounts(observed.population.expand_dims(area=["4201"]).assign_attrs(units="persons"))
    return backtest(history, no_change, origins=[2019, 2021, 2024, 2025], horizon=2)


@pytest.fixture(scope="module")
def many():
    """Errors of places of like size, enough of them to speak."""
    history = project(start(), rates(range(2005, 2026)))
    sizes = xr.DataArray(np.linspace(0.8, 1.2, 9), coords={"area": [f"42{i:02d}" for i in range(9)]})
    people = (history.population * sizes).transpose("area", "sex", "age", "year").assign_attrs(units="persons")
    return sum_over_sex_age(backtest(Accounts(people), no_change, origins=list(range(2005, 2026)), horizon=5))


def test_a_backtest_is_a_record_of_earlier_forecasts(observed, hindcasts):
    record = record_from_hindcasts(hindcasts, forecaster="no change", source="a backtest")
    total = observed.population.sum(["sex", "age"]).to_series()
    assert record.table[["origin", "year"]].to_numpy().tolist() == [
        [2019, 2020],
        [2019, 2021],
        [2021, 2022],
        [2021, 2023],
        [2024, 2025],
        [2024, 2026],
        [2025, 2026],
    ]
    assert record.table["forecast"].tolist() == pytest.approx(total[record.table["origin"]].tolist())
    assert record.table["actual"].tolist() == pytest.approx(total[record.table["year"]].tolist())
    material = replace(note_inputs(observed, **PLACE), records=(record,))
    page = Page(note_page(material, language="en"))
    assert "No change: The 7 earlier forecasts were off by" in " ".join(page.paragraphs)
    assert len(page.tables[-1].rows) == 4  # rows of one origin share their label
    spread = xr.concat([hindcasts["forecast"]] * 2, dim=xr.Variable("draw", [0, 1]))
    with pytest.raises(SchemaError, match="hindcasts: dimension draw cannot stand in a record"):
        record_from_hindcasts(hindcasts.assign(forecast=spread), forecaster="a", source="b")


def test_intervals_from_errors_start_at_the_jump_off_and_grow(observed, many):
    forecast = project(observed.population.sel(year=2026), rates(range(2026, 2030)))
    ends = intervals_from_errors(forecast, many, source="errors of nine places", area="4201")
    width = ends.high["total"] - ends.low["total"]
    assert width[2026] == 0.0
    assert (width.diff().iloc[1:] > 0).all()
    told = " ".join(Page(note_page(note_inputs(observed, **PLACE), forecast=forecast, intervals=ends)).paragraphs)
    assert "er empirisk: det kommer fra feilene i tidligere prognoser" in told
