"""The step once more, as a demographer would do it by hand: plain Python, no arrays, no closed form.

Deaths and exits lower each other's exposure; here they are found by going round until nothing changes any more. So
this file shares neither code nor algebra with the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import xarray as xr

from kompaslite.engine import Convention

Row = list[float]
#: ``[area][sex][age]``.
Cube = list[list[Row]]

#: Enough for rates that together stay below 1.2, where a round leaves at most 0.6 of the error.
ROUNDS = 120


@dataclass
class Year:
    """Assumptions of one step, ``[area][sex][age]``, by the age that the convention reads."""

    fertility: list[Row]
    sex_ratio: list[float]
    mortality: Cube
    exits: dict[str, Cube] = field(default_factory=dict)
    arrivals: dict[str, Cube] = field(default_factory=dict)
    net: Cube | None = None
    adjustment: Cube | None = None
    #: ``[origin][destination][sex][age]``
    moves: list[Cube] | None = None
    #: ``[origin][destination]``
    allotment: list[Row] | None = None
    years: float = 1.0


@dataclass
class Cohort:
    """One cohort of one area and sex within the step."""

    start: float
    arriving: float
    adjustment: float
    mortality: float
    exit_rates: dict[str, float]
    move_rates: Row
    deaths: float = 0.0
    exits: dict[str, float] = field(default_factory=dict)
    moves: Row = field(default_factory=list)
    moved_in: float = 0.0

    @property
    def leaving(self) -> float:
        return sum(self.exits.values()) + sum(self.moves)

    @property
    def end(self) -> float:
        return self.start - self.deaths - self.leaving + self.arriving + self.moved_in + self.adjustment


def step(people: Cube, year: Year, convention: Convention) -> tuple[Cube, dict[str, Cube]]:
    """People at the end and all flows, ``[area][sex][age]``, by age reached."""
    areas, ages = range(len(people)), len(people[0][0])
    end = _empty(people)
    names = ["deaths", *year.exits, *(["moves_out", "moves_in"] if year.moves else [])]
    flows = {name: _empty(people) for name in names}
    early = _with_early_net(people, year, convention)
    for sex in (0, 1):
        for age in range(ages):
            cohorts = [_cohort(early[area][sex][age], year, convention, (area, sex, age)) for area in areas]
            _live(cohorts, convention.death_shares, convention.exit_shares)
            _write(cohorts, (sex, min(age + 1, ages - 1)), end, flows)
    flows["births"] = _births((early, end, flows["deaths"]), year, convention)
    for sex in (0, 1):
        cohorts = [_cohort(sum(flows["births"][area][sex]), year, convention, (area, sex, -1)) for area in areas]
        _live(cohorts, convention.infant_death_shares, convention.infant_exit_shares)
        _write(cohorts, (sex, 0), end, flows)
    return end, flows


def net_by_age_reached(net: Cube, convention: Convention) -> Cube:
    """Net migration by the age reached: the early share has aged."""
    share, result = convention.net_at_start, _empty(net)
    for area, by_sex in enumerate(net):
        for sex, row in enumerate(by_sex):
            for age, persons in enumerate(row):
                result[area][sex][min(age + 1, len(row) - 1)] += share * persons
                result[area][sex][age] += (1.0 - share) * persons
    return result


def _empty(like: Cube) -> Cube:
    return [[[0.0 for _ in row] for row in by_sex] for by_sex in like]


def _with_early_net(people: Cube, year: Year, convention: Convention) -> Cube:
    early = [[list(row) for row in by_sex] for by_sex in people]
    for area, by_sex in enumerate(year.net or []):
        for sex, row in enumerate(by_sex):
            for age, persons in enumerate(row):
                early[area][sex][age] += convention.net_at_start * persons
    return early


def _cohort(start: float, year: Year, convention: Convention, cell: tuple[int, int, int]) -> Cohort:
    """What the cohort of an area meets that is of an age (-1 for the newborn) at the start."""
    area, sex, age = cell
    open_age = len(year.mortality[area][sex]) - 1
    reached = min(age + 1, open_age)
    read = age if convention.rates_by == "start" else reached

    def rate(cube: Cube, position: int = area) -> float:
        return 0.0 if read < 0 else cube[position][sex][read]

    # who arrives in the open age joins those who were in it before
    joined = reached < open_age or age == open_age
    coming = sum(cube[area][sex][reached] for cube in year.arrivals.values()) if joined else 0.0
    if year.net is not None and joined:
        coming += (1.0 - convention.net_at_start) * year.net[area][sex][reached]
    return Cohort(
        start=start,
        arriving=coming,
        adjustment=year.adjustment[area][sex][reached] if year.adjustment is not None and joined else 0.0,
        mortality=rate(year.mortality),
        exit_rates={name: rate(cube) for name, cube in year.exits.items()},
        move_rates=[rate(year.moves[area], there) for there in range(len(year.mortality))] if year.moves else [],
    )


def _live(cohorts: list[Cohort], of_death: Sequence[float], of_exit: Sequence[float]) -> None:
    """Go round until events and exposures of the cohorts of all areas agree."""
    for _ in range(ROUNDS):
        for cohort in cohorts:
            deaths, leaving, coming = cohort.deaths, cohort.leaving, cohort.arriving + cohort.moved_in
            to_die = cohort.start - of_death[0] * deaths - of_death[1] * leaving + of_death[2] * coming
            to_leave = cohort.start - of_exit[0] * deaths - of_exit[1] * leaving + of_exit[2] * coming
            cohort.deaths = cohort.mortality * to_die
            cohort.exits = {name: rate * to_leave for name, rate in cohort.exit_rates.items()}
            cohort.moves = [rate * to_leave for rate in cohort.move_rates]
        for position, cohort in enumerate(cohorts):
            cohort.moved_in = sum(other.moves[position] for other in cohorts if other.moves)


def _write(cohorts: list[Cohort], cell: tuple[int, int], end: Cube, flows: dict[str, Cube]) -> None:
    sex, age = cell
    for area, cohort in enumerate(cohorts):
        found = {"deaths": cohort.deaths, **cohort.exits, "moves_out": sum(cohort.moves), "moves_in": cohort.moved_in}
        end[area][sex][age] += cohort.end
        for name in flows.keys() & found.keys():
            flows[name][area][sex][age] += found[name]


def _births(people: tuple[Cube, Cube, Cube], year: Year, convention: Convention) -> Cube:
    """By sex of the child and age of the mother, in the area in which the child counts."""
    early, end, deaths = people
    of_mothers = _empty(end)
    ages = len(end[0][0])
    for area, by_sex in enumerate(end):
        women, boys = early[area][0], year.sex_ratio[area]
        for age in range(1, ages):
            start = women[age - 1] + (women[age] if age == ages - 1 else 0.0)
            before = start if convention.women_by == "cohort" else women[age]
            after = by_sex[0][age] if convention.women_counted == "end" else start - deaths[area][0][age]
            by_start = convention.women_by == "cohort" and convention.rates_by == "start"
            rate = year.fertility[area][age - 1 if by_start else age]
            children = year.years * rate * (convention.women_start * before + convention.women_end * after)
            of_mothers[area][0][age] = children / (1.0 + boys)
            of_mothers[area][1][age] = children * boys / (1.0 + boys)
    if year.allotment is None:
        return of_mothers
    births = _empty(end)
    for origin, shares in enumerate(year.allotment):
        for area, share in enumerate(shares):
            for sex in (0, 1):
                for age in range(ages):
                    births[area][sex][age] += share * of_mothers[origin][sex][age]
    return births


# --- from labelled arrays --------------------------------------------------------------------------------------------


def lists(array: xr.DataArray, *dims: str) -> list:
    return array.transpose(*dims).values.tolist()


def year_of(assumptions: xr.Dataset, like: xr.DataArray) -> Year:
    """Assumptions of one draw and one year, on all areas."""

    def cube(name: str) -> list:
        return lists(assumptions[name].broadcast_like(like), "area", "sex", "age")

    def cubes(names: tuple[str, ...]) -> dict:
        return {name: cube(name) for name in names if name in assumptions}

    signed = cubes(("net_migration", "adjustment"))
    coupled = "moves" in assumptions
    return Year(
        fertility=lists(assumptions["fertility"].broadcast_like(like.isel(sex=0)), "area", "age"),
        sex_ratio=lists(assumptions["sex_ratio_at_birth"].broadcast_like(like.isel(sex=0, age=0)), "area"),
        mortality=cube("mortality"),
        exits=cubes(("out_migration", "emigration")),
        arrivals=cubes(("in_migration", "immigration")),
        net=signed.get("net_migration"),
        adjustment=signed.get("adjustment"),
        moves=lists(assumptions["moves"], "area", "destination", "sex", "age") if coupled else None,
        allotment=lists(assumptions["birth_allotment"], "area", "destination") if coupled else None,
    )
