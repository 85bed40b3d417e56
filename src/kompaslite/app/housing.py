"""A scenario's housing: its dwellings, and what is given instead."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from kompaslite.datasets import MunicipalityData
from kompaslite.housing import (
    ADDITIONALITY,
    Dwellings,
    Given,
    Housing,
    HousingModel,
    Programme,
    additionality_draws,
    build,
    default_headship,
    default_occupancy,
    even_market,
    programme_table,
    read_programme,
)
from kompaslite.scenario import HousingPlan, InMigrationRule, Scenario
from kompaslite.schema import SchemaError

#: Who fills an opening where nothing is known: half a move inside, and of the rest seven in ten from outside, which is
#: the share in the accounts of 17 municipalities in Telemark.
EXTERNAL, NEW = 0.35, 0.15


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioHousing:
    """What a scenario says of housing, read once for the forecast and all its draws.

    Parameters
    ----------
    scenario : Scenario
        With a housing plan, or with rules of in-migration.
    programme : Programme, optional
        As the file has it.
    stock : xr.DataArray
        Dwellings at the start, ``(area, dwelling_type)``.
    expected, reference : Dwellings
        With the programme as the scenario says that it comes about, and what the trend goes with.
    given : Given
        What the rules of in-migration give.
    """

    scenario: Scenario
    programme: Programme | None
    stock: xr.DataArray
    expected: Dwellings
    reference: Dwellings
    given: Given

    def with_assumptions(self, people: xr.DataArray, assumptions: xr.Dataset) -> Housing:
        """Housing of a projection of these people by these assumptions, which may have draws."""
        with self.scenario.at(*_said_by(self.scenario)):
            _check_gross_moves(assumptions)
        _check_given_movers(self.scenario, assumptions)
        plan, ages = self.scenario.housing, people["age"].values
        model = HousingModel.with_defaults(
            even_market(self.stock, external=EXTERNAL, new=NEW),
            occupancy=_occupancy(self.stock, ages),
            headship=default_headship(ages),
            additionality=_additionality(plan, assumptions, seed=self.scenario.uncertainty.seed),
            pass_through=0.0 if plan is None else plan.pass_through,
        )
        return Housing(model, self.expected, reference=self.reference, given=self.given)


def read_housing(scenario: Scenario, data: MunicipalityData, *, folder: Path) -> ScenarioHousing | None:
    """The housing of a scenario with a plan or with rules of in-migration; None without either."""
    plan = scenario.housing
    if plan is None and not scenario.in_migration:
        return None
    with scenario.at(*_said_by(scenario)):
        stock = _known_stock(data, scenario.first_year)
    years = range(scenario.first_year, scenario.last_year)
    with scenario.at("housing", "programme"):
        programme = None if plan is None else programme_of(folder / plan.programme, scenario)
        expected = _dwellings(as_it_comes(scenario, programme), stock, years, vacancy=data.vacancy)
    with scenario.at("housing", "reference"):
        other = None if plan is None or plan.reference is None else programme_of(folder / plan.reference, scenario)
        reference = _dwellings(other, stock, years, vacancy=data.vacancy)
    people = data.observed.population
    areas = people["area"].values.tolist() if "area" in people.dims else []
    given = _given(scenario, areas, (*years, scenario.last_year))
    return ScenarioHousing(scenario, programme, stock, expected, reference, given)


def later_dwellings(path: Path, scenario: Scenario) -> str:
    """A sentence on dwellings that the scenario expects after its forecast; nothing if there are none."""
    programme = as_it_comes(scenario, programme_of(path, scenario))
    years = range(scenario.first_year, scenario.last_year)
    later = 0.0 if programme is None else float(programme_table(programme, years=years)["later"].sum())
    if later < 0.5:
        return ""
    return f"{later:,.0f} dwellings of {path.name} are expected after {years[-1]}, and so in no year of the forecast."


def programme_of(path: Path, scenario: Scenario) -> Programme:
    """A programme none of whose dwellings are lost between the stock at the start and the years of the forecast."""
    programme, first = read_programme(path), scenario.first_year
    known = programme.known_until
    if known is not None and known >= scenario.last_year:
        raise SchemaError(
            f"{path.name}: known_until {known} is after the forecast's years, so that nothing of the programme "
            "would be expected. Set it to the last year whose completions are known."
        )
    for project in programme.projects:
        if project.year < first and (known is None or known < project.year):
            raise SchemaError(
                f"{path.name}: project {project.name} is planned for {project.year}, before the forecast starts in "
                f"{first}, and no completions of that year are known: its dwellings would be in no year. Set its year "
                "to when it comes, or known_until and completed to what was built."
            )
    return programme


def _said_by(scenario: Scenario) -> tuple[int | str, ...]:
    return ("in_migration", 0) if scenario.housing is None else ("housing",)


def _occupancy(stock: xr.DataArray, ages: np.ndarray) -> xr.DataArray:
    """Known profiles of movers of the stock's types, as far as there are any, by the ages of the population."""
    known = default_occupancy(ages)
    types = [kind for kind in stock["dwelling_type"].values.tolist() if kind in known["dwelling_type"].values]
    return known.sel(dwelling_type=types)


def _additionality(plan: HousingPlan | None, assumptions: xr.Dataset, *, seed: int) -> xr.DataArray | float:
    """What the plan says, else the most likely value, or in every draw another one."""
    if plan is not None and plan.additionality is not None:
        return plan.additionality
    if "draw" not in assumptions.dims:
        return ADDITIONALITY[1]
    wanted = assumptions["draw"].values
    return additionality_draws(int(wanted[-1]) + 1, seed=seed).sel(draw=wanted)


def _known_stock(data: MunicipalityData, year: int) -> xr.DataArray:
    if data.stock is None:
        raise SchemaError(
            f"housing: the dwellings of {data.name} are unknown. Put dwellings.csv (columns area, dwelling_type, "
            "dwellings) into its folder, or take housing and in_migration out of the scenario."
        )
    if "year" not in data.stock.dims:
        return data.stock
    known = data.stock["year"].values.tolist()
    if year not in known:
        raise SchemaError(
            f"housing: the dwellings of {data.name} are known for {known[0]} to {known[-1]}, not for 1 January {year}, "
            "where the forecast starts. Add that year to the table, or start in one of these years."
        )
    return data.stock.sel(year=year, drop=True)


def _check_gross_moves(assumptions: xr.Dataset) -> None:
    missing = [name for name in ("in_migration", "out_migration") if name not in assumptions]
    if missing:
        raise SchemaError(f"housing: the assumptions have no {missing[0]}. Housing acts on gross moves: give flows.")


def _check_given_movers(scenario: Scenario, assumptions: xr.Dataset) -> None:
    """In-movers cannot be given where the baseline's own are net gains."""
    for i, rule in enumerate(scenario.in_migration):
        if rule.way == "given in-movers" and assumptions.attrs.get("moves") == "net":
            with scenario.at("in_migration", i, "way"):
                raise SchemaError(
                    "in_migration: in-movers cannot be given, because the history has no gross moves by sex and age "
                    "and the baseline holds net gains. Put flows by sex and age into the data folder, or give the "
                    "population."
                )


def as_it_comes(scenario: Scenario, programme: Programme | None) -> Programme | None:
    """The programme as the scenario says that it comes about."""
    if programme is None or scenario.housing is None:
        return None
    with scenario.at("housing", "realisation"):
        return _adapted(programme, scenario.housing)


def _dwellings(programme: Programme | None, stock: xr.DataArray, years: range, *, vacancy: float) -> Dwellings:
    if programme is None:
        none = xr.zeros_like(stock).expand_dims(year=list(years)).assign_attrs(units="dwellings/year")
        return build(stock, none.transpose("area", "dwelling_type", "year"), vacancy=vacancy)
    completions = programme_table(programme, years=years)["expected"]
    return build(stock, completions, programme=programme, vacancy=vacancy)


def _adapted(programme: Programme, plan: HousingPlan) -> Programme:
    """The programme with the plan's realisation and delay."""
    projects = []
    for project in programme.projects:
        share = project.realisation * plan.realisation
        if share > 1.0:
            raise SchemaError(
                f"housing: realisation {plan.realisation:g} makes {share:.0%} of project {project.name}. "
                "More than the plan cannot be built: lower it, or raise the planned number."
            )
        projects.append(project.model_copy(update={"realisation": share, "delay": _later(project.delay, plan.delay)}))
    return programme.model_copy(update={"projects": tuple(projects)})


def _later(delay: tuple[float, ...], by: float) -> tuple[float, ...]:
    """The chances of delay, moved by years; a part of a year is shared between the two years around it."""
    whole = int(by)
    part = by - whole
    moved = np.zeros(len(delay) + whole + 1)
    moved[whole : whole + len(delay)] += (1.0 - part) * np.array(delay)
    moved[whole + 1 : whole + 1 + len(delay)] += part * np.array(delay)
    return tuple(float(chance) for chance in moved)


def _given(scenario: Scenario, areas: list[str], bounds: tuple[int, ...]) -> Given:
    rules = scenario.in_migration
    movers = _blank(areas, bounds[:-1], "persons/year")
    people, totals = (_blank(areas, bounds, "persons") for _ in range(2))
    for i, rule in enumerate(rules):
        with scenario.at("in_migration", i, "last_year" if set(rule.areas or ()) <= set(areas) else "areas"):
            _check_rule(rule, areas, bounds)
        years = np.arange(rule.first_year, rule.last_year + 1)
        chosen = list(rule.areas or areas)
        if rule.persons and rule.way == "given in-movers":
            movers.loc[{"area": chosen, "year": years}] = _between(rule, years)
        elif rule.persons:
            into = people if rule.way == "given population" else totals
            into.loc[{"area": chosen, "year": years + 1}] = _between(rule, years)
    with scenario.at("in_migration", 0):
        together = _together(rules)
    if together:
        totals = totals.isel(area=0, drop=True)
    in_movers, population, total = (part if bool(part.notnull().any()) else None for part in (movers, people, totals))
    return Given(in_movers=in_movers, population=population, total=total)


def _together(rules: tuple[InMigrationRule, ...]) -> bool:
    """Whether control totals are of all areas together; of some together and of others apart they cannot be."""
    named = [rule.areas is not None for rule in rules if rule.way == "control total"]
    if any(named) and not all(named):
        raise SchemaError(
            "in_migration: one control total is of all areas together and another of some areas. Name the areas in "
            "every one, or in none."
        )
    return bool(named) and not any(named)


def _check_rule(rule: InMigrationRule, areas: list[str], years: tuple[int, ...]) -> None:
    unknown = [area for area in rule.areas or () if area not in areas]
    if unknown:
        raise SchemaError(f"in_migration: area {unknown[0]} is unknown. The forecast has {', '.join(areas)}.")
    if rule.last_year not in years[:-1]:
        raise SchemaError(
            f"in_migration: last_year {rule.last_year} is not a year of the forecast's moves, {years[0]} to "
            f"{years[-2]}. Let the rule end there."
        )


def _blank(areas: list[str], years: tuple[int, ...], unit: str) -> xr.DataArray:
    values = np.full((len(areas), len(years)), np.nan)
    return xr.DataArray(values, coords={"area": areas, "year": list(years)}, attrs={"units": unit})


def _between(rule: InMigrationRule, years: np.ndarray) -> np.ndarray:
    dated = sorted((rule.persons or {}).items())
    values: np.ndarray = np.interp(years, [year for year, _ in dated], [persons for _, persons in dated])
    return values
