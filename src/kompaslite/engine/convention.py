"""An agency's timing of events, as a row of numbers."""

from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from kompaslite.schema import SchemaError

Shares = tuple[float, float, float]

_HALF: Shares = (0.5, 0.5, 0.5)
_NONE: Shares = (0.0, 0.0, 0.0)
#: Names of the conventions that come with the library.
PRESETS = ("mean_exposure", "un_end", "un_even", "fso", "befproj")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Convention:
    """When events happen within the step, written as exposure shares.

    A cohort starts with S people, has D deaths, O exits by moving, I arrivals, and ends with E::

        X_D = S - d0 D - d1 O + d2 I        D = mortality X_D
        X_O = S - o0 D - o1 O + o2 I        O = exit rate X_O
        E   = S - D - O + I + net migration + adjustment

    Every agency's rule is these lines with other shares. The newborn cohort goes through the same lines with
    S = births and the shares for infants.

    Parameters
    ----------
    death_shares, infant_death_shares : tuple of float
        (d0, d1, d2): shares of the deaths, exits and arrivals that the exposure of a death loses, loses and gains.
    exit_shares, infant_exit_shares : tuple of float
        (o0, o1, o2): the same for the exposure of an exit.
    women_start, women_end : float
        Weights of the women at the start and at the end of the step in the exposure of a birth.
    women_by : {"cohort", "label"}
        Whether the women at the start and at the end are the same cohort, by age reached, or carry the same age
        label at both times.
    women_counted : {"end", "survivors"}
        Women at the end as they end the step, or as survivors of the start, before any migration.
    rates_by : {"reached", "start"}
        Whether mortality, exit rates and the fertility of cohorts are read by the age reached during the step or
        by the age at its start.
        By the age at the start newborns have no rate: no deaths and no exits in their first step.
    net_at_start : float
        Share of ``net_migration`` that joins the start population at its age before ageing; the rest joins at the
        end and counts as arrivals.

    Examples
    --------
    >>> Convention.fso.infant_death_shares
    (0.0, 0.6666666666666666, 0.6666666666666666)
    >>> Convention(net_at_start=0.5)
    Convention(net_at_start=0.5)
    >>> Convention.mean_exposure.highest_rate("deaths")
    2.0
    """

    death_shares: Shares = _HALF
    exit_shares: Shares = _HALF
    infant_death_shares: Shares = _HALF
    infant_exit_shares: Shares = _HALF
    women_start: float = 0.5
    women_end: float = 0.5
    women_by: Literal["cohort", "label"] = "cohort"
    women_counted: Literal["end", "survivors"] = "end"
    rates_by: Literal["reached", "start"] = "reached"
    net_at_start: float = 0.0

    #: Central rates on the mean of start and end; net migration counts as arrivals.
    mean_exposure: ClassVar["Convention"]
    #: United Nations, all net migration at the end of the step.
    un_end: ClassVar["Convention"]
    #: United Nations, half of net migration before the step and half after.
    un_even: ClassVar["Convention"]
    #: Swiss Federal Statistical Office: death probabilities, exits on the start population.
    fso: ClassVar["Convention"]
    #: befproj, Sweden: by age at the start; deaths, then moves of the survivors, then arrivals.
    befproj: ClassVar["Convention"]

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_number(field.name, getattr(self, field.name))
        _check_arrivals(self.death_shares, self.exit_shares, "death_shares", "exit_shares")
        _check_arrivals(self.infant_death_shares, self.infant_exit_shares, "infant_death_shares", "infant_exit_shares")

    def __repr__(self) -> str:
        """Name of a preset, or the numbers that are not those of the default."""
        for name in PRESETS:
            if self == getattr(Convention, name):
                return f"Convention.{name}"
        default = Convention.mean_exposure
        numbers = {field.name: getattr(self, field.name) for field in fields(self)}
        changed = [f"{name}={value!r}" for name, value in numbers.items() if value != getattr(default, name)]
        return f"Convention({', '.join(changed)})"

    @property
    def barren_ages(self) -> tuple[int, ...]:
        """Positions of the ages of mothers that have no births: the newborn, and the open age if read by the start."""
        return (0, -1) if self.women_by == "cohort" and self.rates_by == "start" else (0,)

    def shares(self, *, infants: bool = False) -> tuple[Shares, Shares]:
        """Exposure shares of deaths and of exits.

        Parameters
        ----------
        infants : bool
            Of the newborn cohort.

        Returns
        -------
        tuple
            ``(d0, d1, d2)`` and ``(o0, o1, o2)``.
        """
        if infants:
            return self.infant_death_shares, self.infant_exit_shares
        return self.death_shares, self.exit_shares

    def highest_rate(self, event: Literal["deaths", "exits"], *, infants: bool = False) -> float:
        """Rate at which an event alone would empty a cohort.

        Parameters
        ----------
        event : {"deaths", "exits"}
            Which exposure shares to read.
        infants : bool
            Of the newborn cohort.

        Returns
        -------
        float
            1 where events do not lower their own exposure, 2 where half of them do.
        """
        of_death, of_exit = self.shares(infants=infants)
        own = of_death[0] if event == "deaths" else of_exit[1]
        return float("inf") if own == 1.0 else 1.0 / (1.0 - own)


def _check_number(name: str, value: object) -> None:
    words = {"women_by": ("cohort", "label"), "women_counted": ("end", "survivors"), "rates_by": ("reached", "start")}
    if name in words:
        if value not in words[name]:
            raise SchemaError(f"convention: {name} is {value!r}. Choose {' or '.join(map(repr, words[name]))}.")
        return
    numbers = value if isinstance(value, tuple) else (value,)
    if len(numbers) != (3 if name.endswith("shares") else 1):
        raise SchemaError(f"convention: {name} has {len(numbers)} numbers. Give shares of deaths, exits and arrivals.")
    for number in numbers:
        if not isinstance(number, int | float) or not 0.0 <= number <= 1.0:
            raise SchemaError(f"convention: {name} holds {number!r}. Shares and weights lie between 0 and 1.")


def _check_arrivals(deaths: Shares, exits: Shares, of_deaths: str, of_exits: str) -> None:
    """Where only arrivals are at risk, neither exposure may fall below zero at the highest rate of the other event."""
    for own, other, name, beside in ((exits[0], deaths, of_exits, of_deaths), (deaths[1], exits, of_deaths, of_exits)):
        mine = exits[2] if name == of_exits else deaths[2]
        if mine < own * other[2]:
            raise SchemaError(
                f"convention: {name} counts {mine:g} of the arrivals, but loses {own * other[2]:g} of them, because "
                f"{beside} counts {other[2]:g}. Count as many arrivals in {name} as it can lose."
            )


Convention.mean_exposure = Convention()
Convention.un_end = Convention(
    death_shares=_NONE,
    exit_shares=_NONE,
    infant_death_shares=_NONE,
    infant_exit_shares=_NONE,
    women_by="label",
    women_counted="survivors",
)
Convention.un_even = Convention(
    death_shares=_NONE,
    exit_shares=_NONE,
    infant_death_shares=_NONE,
    infant_exit_shares=_NONE,
    women_by="label",
    net_at_start=0.5,
)
Convention.fso = Convention(
    death_shares=(0.0, 0.5, 0.5),
    exit_shares=_NONE,
    infant_death_shares=(0.0, 2 / 3, 2 / 3),
    infant_exit_shares=_NONE,
)
Convention.befproj = Convention(
    death_shares=_NONE,
    exit_shares=(1.0, 0.0, 0.0),
    infant_death_shares=_NONE,
    infant_exit_shares=_NONE,
    women_start=0.0,
    women_end=1.0,
    rates_by="start",
)
