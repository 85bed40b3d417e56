"""`run_scenario`: from a scenario file to accounts of the future."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.app.housing import ScenarioHousing, read_housing
from kompaslite.datasets import MunicipalityData, data_folder, load_municipality
from kompaslite.engine import project
from kompaslite.housing import HousingRecord, project_with_housing
from kompaslite.report.draws import component_levels
from kompaslite.scenario import Scenario, Uncertainty, apply_edits, read_scenario
from kompaslite.schema import KompasliteError, SchemaError
from kompaslite.schema.display import extent, html_form, text_form
from kompaslite.storage import read_assumptions, read_table
from kompaslite.uncertainty import Futures, Levels, Progress, Projection, Reduce, fit_levels, project_summary, sample


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A scenario that was run.

    Parameters
    ----------
    scenario : Scenario
        What was asked for.
    data : MunicipalityData
        What it was made from.
    baseline : xr.Dataset
        Assumptions of the method, before the scenario's edits.
    assumptions : xr.Dataset
        After the edits.
    trend : Accounts
        The forecast without housing.
    forecast : Accounts
        The forecast.
    record : HousingRecord, optional
        What housing did in the forecast, where it had a part.
    futures : Futures, optional
        Assumptions with draws, where draws were asked for; `draw` projects them.
    housing : ScenarioHousing, optional
        What the scenario says of housing, where it says anything.
    """

    scenario: Scenario
    data: MunicipalityData
    baseline: xr.Dataset
    assumptions: xr.Dataset
    trend: Accounts
    forecast: Accounts
    record: HousingRecord | None = None
    futures: Futures | None = None
    housing: ScenarioHousing | None = None

    def __repr__(self) -> str:
        return text_form("Run", self._facts())

    def _repr_html_(self) -> str:
        return html_form("Run", self._facts())

    def _facts(self) -> dict[str, str]:
        asked = {"scenario": self.scenario.name, "because": self.scenario.because, "data": self.data.name}
        draws = {} if self.futures is None else {"draws": f"{self.futures.draws:,}"}
        plan = self.scenario.housing
        housing = {} if plan is None else {"housing": plan.programme}
        return asked | extent(self.forecast.population) | housing | draws

    def draw(
        self,
        *,
        reduce: Reduce | None = None,
        uncertainty: Uncertainty | None = None,
        progress: bool | Progress = False,
    ) -> xr.Dataset:
        """What the draws of the scenario say together, with housing in every draw where it has a part.

        Parameters
        ----------
        reduce : Reduce, optional
            What to keep: age groups, quantiles, every draw, sums over areas.
        uncertainty : Uncertainty, optional
            Draws and seed instead of the scenario's.
        progress : bool or callable
            True for a bar on standard error; or a function that is called with the jobs done and the number of jobs.

        Returns
        -------
        xr.Dataset
            As `kompaslite.project_summary`. A draw has the same luck in every scenario with the same seed.

        Raises
        ------
        SchemaError
            If no draws are asked for, or the history shows no levels that could wander.

        Examples
        --------
        >>> from kompaslite.scenario import Scenario, Uncertainty
        >>> from kompaslite.uncertainty import Reduce
        >>> run = run_scenario(Scenario(name="trend", because="an example", first_year=2026, last_year=2028))
        >>> kept = Reduce(groups={"pupils": (6, 15)}, quantiles=(0.1, 0.9))
        >>> drawn = run.draw(reduce=kept, uncertainty=Uncertainty(draws=20, seed=1))
        >>> drawn["quantiles"].sel(area="3201", age_group="pupils", year=2026).values.tolist()
        [16934.0, 16934.0]
        """
        scenario = self.scenario if uncertainty is None else _with(self.scenario, uncertainty)
        if not scenario.uncertainty.draws:
            raise SchemaError("draws: the scenario asks for none. Give it uncertainty with draws, for example 200.")
        futures = self.futures if uncertainty is None and self.futures is not None else futures_of(self, scenario)
        people = self.data.observed.population.sel(year=scenario.first_year)
        housing = None if self.housing is None else replace(self.housing, scenario=scenario)

        def with_housing(start: xr.DataArray, drawn: xr.Dataset) -> xr.DataArray:
            return projected(start, drawn, housing)[1].population

        engine: Literal["auto"] | Projection = "auto" if housing is None else with_housing
        return project_summary(people, futures, reduce=reduce, engine=engine, progress=progress)


def run_scenario(
    scenario: Scenario | str | Path,
    *,
    folder: str | Path | None = None,
    data: MunicipalityData | None = None,
    uncertainty: Uncertainty | None = None,
) -> Run:
    """Run a scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its TOML file.
    folder : str or Path, optional
        Where its data and programme are; the folder of the file, or the working folder.
    data : MunicipalityData, optional
        Instead of reading the scenario's data.
    uncertainty : Uncertainty, optional
        Draws and seed instead of the scenario's.

    Returns
    -------
    Run

    Raises
    ------
    SchemaError
        If the file, its data or its edits are not sound.

    Examples
    --------
    >>> from kompaslite.scenario import Scenario
    >>> run = run_scenario(Scenario(name="trend", because="an example", first_year=2026, last_year=2028))
    >>> run.forecast.years
    (2026, 2027, 2028)
    """
    place = (
        Path(folder) if folder is not None else Path.cwd() if isinstance(scenario, Scenario) else Path(scenario).parent
    )
    wanted = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    if uncertainty is not None:
        wanted = _with(wanted, uncertainty)
    with wanted.at("data"):
        known = load_municipality(data_folder(wanted.data, place)) if data is None else data
    with wanted.at("first_year"):
        observed = _known(known, wanted)
    baseline = _baseline(known, wanted, observed, folder=place)
    assumptions = apply_edits(baseline, wanted)
    housing = read_housing(wanted, known, folder=place)
    trend, forecast, record = projected(observed.population.sel(year=wanted.first_year), assumptions, housing)
    run = Run(wanted, known, baseline, assumptions, trend, forecast, record, housing=housing)
    return replace(run, futures=futures_of(run, wanted)) if wanted.uncertainty.draws else run


def _with(scenario: Scenario, uncertainty: Uncertainty) -> Scenario:
    return scenario.model_copy(update={"uncertainty": uncertainty})


def futures_of(run: Run, scenario: Scenario) -> Futures:
    """Assumptions of a run with the draws that a scenario asks for, not made yet."""
    known, chance = known_at(run.data.observed, scenario.first_year), scenario.uncertainty
    with scenario.at("uncertainty", "draws"):
        return sample(run.assumptions, _levels(run, known), draws=chance.draws, seed=chance.seed)


def _levels(run: Run, known: Accounts) -> Levels:
    """By the flows that are known; where there are only printed figures, by their net components."""
    if run.data.printed is None:
        return fit_levels(known)
    method, people = run.data.printed.method, known.population.isel(year=-1, drop=True)
    return component_levels(method.components, method.windows, people=people, assumptions=run.assumptions)


def _baseline(data: MunicipalityData, scenario: Scenario, observed: Accounts, *, folder: Path) -> xr.Dataset:
    """Assumptions of the method, or those of a workbook that was edited."""
    if scenario.assumptions is None:
        return data.method(observed, list(scenario.years))
    with scenario.at("assumptions"):
        path = folder / scenario.assumptions
        _check_unedited_people(path, observed.population.sel(year=scenario.first_year))
        return _from_workbook(path, scenario)


def _check_unedited_people(path: Path, people: xr.DataArray) -> None:
    """Refuse a workbook in whose population somebody has changed the people at the start, because nothing reads it."""
    year = str(int(people["year"]))
    try:
        sheet = read_table(path, "population")
    except KompasliteError:
        return  # what the workbook lacks is told by who reads its assumptions
    numbers = [name for name in sheet.columns if name.isdigit()]
    keys = [dim for dim in ("area", "sex", "age") if dim in sheet.columns and dim in people.dims]
    if numbers[:1] != [year] or len(keys) != people.ndim:
        return
    start = people.drop_vars("year").rename("known").to_series().reset_index()
    found = sheet[[*keys, year]].rename(columns={year: "sheet"}).astype({"age": float, "sheet": float})
    both = start.astype({"age": float}).merge(found, on=keys, how="left")
    off = both[~np.isclose(both["known"], both["sheet"], rtol=1e-9, atol=1e-6)]
    if len(off):
        cell = ", ".join(f"{key} {off[key].iloc[0]:g}" if key == "age" else f"{key} {off[key].iloc[0]}" for key in keys)
        raise SchemaError(
            f"assumptions: the sheet population of {path.name} has other people on 1 January {year} than the data in "
            f"{len(off)} cells; the first has {off['sheet'].iloc[0]:,.1f} for {off['known'].iloc[0]:,.1f} at {cell}. "
            "Nothing reads that sheet: change the table in the data folder, or take the change back."
        )


def _from_workbook(path: Path, scenario: Scenario) -> xr.Dataset:
    read = read_assumptions(path)
    missing = [year for year in scenario.years if year not in read["year"].values]
    if missing:
        raise SchemaError(
            f"assumptions: {scenario.assumptions} has no year {missing[0]}; the forecast needs {scenario.years[0]} to "
            f"{scenario.years[-1]}. Take a workbook of a forecast with the same years, or change the horizon."
        )
    return read.sel(year=list(scenario.years))


def projected(
    jump_off: xr.DataArray, assumptions: xr.Dataset, housing: ScenarioHousing | None
) -> tuple[Accounts, Accounts, HousingRecord | None]:
    """Trend, forecast, and what housing did in it."""
    trend = check_balance(project(jump_off, assumptions))
    if housing is None:
        return trend, trend, None
    wanted = housing.with_assumptions(jump_off, assumptions)
    forecast, record = project_with_housing(jump_off, assumptions, wanted, trend=trend)
    return trend, check_balance(forecast), record


def _known(data: MunicipalityData, scenario: Scenario) -> Accounts:
    years = data.observed.years
    if scenario.first_year not in years:
        raise SchemaError(
            f"first_year: the population of {data.name} is known for {years[0]} to {years[-1]}, not for 1 January "
            f"{scenario.first_year}. Start in one of these years."
        )
    return known_at(data.observed, scenario.first_year)
