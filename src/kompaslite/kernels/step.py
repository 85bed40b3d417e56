"""One step of the cohort-component model on bare arrays, the same for every convention.

Arrays are ``[unit, sex, age]``: the units are all outer dimensions flattened, in the order of the library, so
that the area runs fastest; sex 0 is female, 1 male; the last age is open. Flows are by the age reached in the step.
A first axis of length 1 stands for all units alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kompaslite.kernels.convention import Convention
from kompaslite.kernels.solve import Array, solve_exposures

FEMALE, MALE = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What one step needs besides the people.

    Parameters
    ----------
    fertility : np.ndarray
        Births per woman and year, ``[unit, age]``; 0 at age 0.
    sex_ratio : np.ndarray
        Boys per girl, ``[unit]``.
    mortality : np.ndarray
        Rate per step, ``[unit, sex, age]``.
    exit_rates : mapping of str to np.ndarray
        Rates per step of ``out_migration`` and ``emigration``.
    arrivals : mapping of str to np.ndarray
        Persons of ``in_migration`` and ``immigration``.
    net : np.ndarray, optional
        Persons of ``net_migration``, of either sign.
    adjustment : np.ndarray, optional
        Persons that join at the end and are in no exposure, of either sign.
    """

    fertility: Array
    sex_ratio: Array
    mortality: Array
    exit_rates: Mapping[str, Array] = field(default_factory=dict)
    arrivals: Mapping[str, Array] = field(default_factory=dict)
    net: Array | None = None
    adjustment: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one step gives.

    Parameters
    ----------
    end : np.ndarray
        Persons at the end of the step, ``[unit, sex, age]``.
    births : np.ndarray
        By sex of the child and age of the mother, ``[unit, sex, age]``.
    deaths : np.ndarray
        ``[unit, sex, age]``, as all that follow.
    exits, arrivals : mapping of str to np.ndarray
        Persons by kind.
    net, adjustment : np.ndarray, optional
        By age reached.
    """

    end: Array
    births: Array
    deaths: Array
    exits: Mapping[str, Array]
    arrivals: Mapping[str, Array]
    net: Array | None = None
    adjustment: Array | None = None


def one_step(people: Array, inputs: Inputs, *, convention: Convention, years: float = 1.0) -> Outcome:
    """Move people one step on.

    Parameters
    ----------
    people : np.ndarray
        Persons at the start, ``[unit, sex, age]``.
    inputs : Inputs
        Rates and counts of the step.
    convention : Convention
        Timing of events.
    years : float
        Length of the step, by which the annual fertility is multiplied.

    Returns
    -------
    Outcome
        Cells may be negative where counts ask for more people than there are; the caller checks.
    """
    early = people if inputs.net is None else people + convention.net_at_start * inputs.net
    start = aged(early)
    net = _net_by_age_reached(inputs.net, convention)
    late = None if inputs.net is None else (1.0 - convention.net_at_start) * inputs.net
    arriving = _total(start, [*inputs.arrivals.values(), *([] if late is None else [late])])
    deaths, at_risk = _events(start, arriving, inputs, convention)
    exits = {name: rate_reached(rate, convention) * at_risk for name, rate in inputs.exit_rates.items()}
    if convention.rates_by == "start":
        _split_open_age(early, deaths, exits, inputs, convention)
    adjustment = _total(start, [] if inputs.adjustment is None else [inputs.adjustment])
    end = start - deaths - sum(exits.values()) + arriving + adjustment
    births = _births(early, start, deaths, end, inputs=inputs, convention=convention, years=years)
    _newborns(births, arriving, adjustment, inputs=inputs, convention=convention, into=(end, deaths, exits))
    return Outcome(
        end=end,
        births=births,
        deaths=deaths,
        exits=exits,
        arrivals=inputs.arrivals,
        net=net,
        adjustment=inputs.adjustment,
    )


def aged(people: Array) -> Array:
    """Everyone one age up; the open age keeps its own and age 0 is empty."""
    start = np.zeros_like(people)
    start[..., 1:] = people[..., :-1]
    start[..., -1] += people[..., -1]
    return start


def rate_reached(rate: Array, convention: Convention) -> Array:
    """A rate per cohort by age reached, whichever age the convention reads it by."""
    if convention.rates_by == "reached":
        return rate
    shifted = np.zeros_like(rate)
    shifted[..., 1:] = rate[..., :-1]
    return shifted


def fertility_reached(fertility: Array, convention: Convention) -> Array:
    """Fertility by the age that a mother is counted by: her cohort's age reached, or a common label."""
    return rate_reached(fertility, convention) if convention.women_by == "cohort" else fertility


def _net_by_age_reached(net: Array | None, convention: Convention) -> Array | None:
    if net is None or convention.net_at_start == 0.0:
        return net
    return convention.net_at_start * aged(net) + (1.0 - convention.net_at_start) * net


def _total(like: Array, parts: list[Array]) -> Array:
    total = np.zeros_like(like)
    for part in parts:
        total += part
    return total


def _events(start: Array, arriving: Array, inputs: Inputs, convention: Convention) -> tuple[Array, Array]:
    mortality = rate_reached(inputs.mortality, convention)
    leaving = sum((rate_reached(rate, convention) for rate in inputs.exit_rates.values()), np.zeros_like(mortality))
    by_death, by_exit = solve_exposures(start, arriving, mortality, leaving, convention=convention)
    return mortality * by_death, by_exit


def _split_open_age(
    early: Array, deaths: Array, exits: dict[str, Array], inputs: Inputs, convention: Convention
) -> None:
    """By age at start, the two cohorts that meet in the open age have rates of their own."""
    own, joining = slice(-1, None), slice(-2, -1)
    arriving = _total(early[..., own], [part[..., own] for part in inputs.arrivals.values()])
    if inputs.net is not None:
        arriving = arriving + (1.0 - convention.net_at_start) * inputs.net[..., own]
    nobody = np.zeros_like(arriving)
    deaths[..., own] = 0.0
    for flow in exits.values():
        flow[..., own] = 0.0
    for cohort, coming in ((joining, nobody), (own, arriving)):
        mortality = inputs.mortality[..., cohort]
        leaving = sum((rate[..., cohort] for rate in inputs.exit_rates.values()), np.zeros_like(mortality))
        by_death, by_exit = solve_exposures(early[..., cohort], coming, mortality, leaving, convention=convention)
        deaths[..., own] += mortality * by_death
        for name, flow in exits.items():
            flow[..., own] += inputs.exit_rates[name][..., cohort] * by_exit


def _births(
    early: Array,
    start: Array,
    deaths: Array,
    end: Array,
    *,
    inputs: Inputs,
    convention: Convention,
    years: float,
) -> Array:
    before = (start if convention.women_by == "cohort" else early)[:, FEMALE]
    after = (end if convention.women_counted == "end" else start - deaths)[:, FEMALE]
    women = convention.women_start * before + convention.women_end * after
    children = years * fertility_reached(inputs.fertility, convention) * women
    children[:, 0] = 0.0
    girls = 1.0 / (1.0 + inputs.sex_ratio[:, None])
    return np.stack([children * girls, children * (1.0 - girls)], axis=1)


def _newborns(
    births: Array,
    arriving: Array,
    adjustment: Array,
    *,
    inputs: Inputs,
    convention: Convention,
    into: tuple[Array, Array, dict[str, Array]],
) -> None:
    end, deaths, exits = into
    born, coming = births.sum(axis=-1), arriving[..., 0]
    mortality = rate_reached(inputs.mortality, convention)[..., 0]
    rates = {name: rate_reached(rate, convention)[..., 0] for name, rate in inputs.exit_rates.items()}
    leaving = sum(rates.values(), np.zeros_like(mortality))
    by_death, by_exit = solve_exposures(born, coming, mortality, leaving, convention=convention, infants=True)
    deaths[..., 0] = mortality * by_death
    for name, rate in rates.items():
        exits[name][..., 0] = rate * by_exit
    gone = deaths[..., 0] + sum(flow[..., 0] for flow in exits.values())
    end[..., 0] = born - gone + coming + adjustment[..., 0]
