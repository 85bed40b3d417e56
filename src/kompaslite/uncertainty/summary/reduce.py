"""What a summary keeps of many futures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompaslite.schema import SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, group_members, parse_age_groups
from kompaslite.uncertainty.summary.reduction import rank_shares, share_above, sort_draws, sorted_mean, sorted_quantiles

Array = NDArray[Any]
#: A measure of the groups of one population: group name to persons in, anything of the same shape out.
Indicator = Callable[[Mapping[str, Array]], Array]
#: Name of the group of everyone.
TOTAL = "total"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reduce:
    """What a summary keeps: sums of each future first, then what these are over the draws.

    Parameters
    ----------
    groups : mapping or sequence of str
        Age groups; those of the population note unless given. Everyone together is always kept, as ``total``.
    indicators : mapping of str to callable, optional
        Measures of the groups of one future: ``{"young share": lambda of: of["1-5"] / of["total"]}``. A callable
        is handed a mapping of group to an array of persons and returns an array of the same shape.
    quantiles : sequence of float
        Between 0 and 1; exact, linear between neighbouring draws.
    mean : bool
        Whether to keep the mean over draws.
    exceeds : mapping of str to tuple, optional
        Name of an event to a group or indicator and a number: ``{"school full": ("6-12", 300)}``; the summary has
        the share of draws above the number.
    ranks : bool
        Whether to keep the share of draws in which each scenario has each rank, the largest first.
    keep_draws : bool
        Whether to keep every draw of the groups and indicators as well.
    regions : mapping of str to sequence of str, optional
        Sums over areas, draw by draw, that stand behind the areas in the result: ``{"Grenland": ["4001", "4003"]}``;
        None for all areas. Quantiles of a sum are not sums of quantiles.

    Raises
    ------
    SchemaError
        If a group, quantile or event makes no sense.

    Examples
    --------
    >>> Reduce(groups=["0-19", "20+"], quantiles=(0.1, 0.9)).items
    ('0-19', '20+', 'total')
    """

    groups: AgeGroups = NOTE_AGE_GROUPS
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    quantiles: Sequence[float] = (0.1, 0.5, 0.9)
    mean: bool = True
    exceeds: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    ranks: bool = False
    keep_draws: bool = False
    regions: Mapping[str, Sequence[str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [*self.groups_by_name, TOTAL]
        double = [name for name in self.indicators if name in names]
        if TOTAL in self.groups_by_name or double:
            raise SchemaError(
                f"reduce: the name {(double or [TOTAL])[0]!r} is given twice; {TOTAL!r} is everyone together. Rename."
            )
        wrong = [one for one in self.quantiles if isinstance(one, bool) or not 0.0 <= one <= 1.0]
        if wrong:
            raise SchemaError(f"reduce: the quantile {wrong[0]!r} is not between 0 and 1; 80 % is 0.8.")
        for event, (item, number) in self.exceeds.items():
            if item not in (*names, *self.indicators) or not np.isfinite(number):
                raise SchemaError(
                    f"reduce: the event {event!r} is about {item!r} above {number!r}; give one of "
                    f"{short_list([*names, *self.indicators], most=20)} and a number."
                )

    @property
    def groups_by_name(self) -> dict[str, tuple[int, int | None]]:
        """First and last age of every group."""
        return parse_age_groups(self.groups)

    @property
    def items(self) -> tuple[str, ...]:
        """Groups and ``total``: what is summed of each future."""
        return (*self.groups_by_name, TOTAL)

    def bounds(self, ages: np.ndarray) -> list[tuple[int, int]]:
        """Positions of the first age of each item, and of the first behind it."""
        group_members(self.groups, ages)
        last = int(ages[-1])
        ranges = [(first, last if end is None else end) for first, end in self.groups_by_name.values()]
        found = [(int(np.searchsorted(ages, low)), int(np.searchsorted(ages, high)) + 1) for low, high in ranges]
        return [*found, (0, len(ages))]


def reduced(values: Array, reduce: Reduce) -> dict[str, Array]:
    """What is kept of some areas, whose draws are complete."""
    by_name = {name: values[:, :, :, row] for row, name in enumerate(reduce.items)}
    made = {name: _measured(name, measure, by_name) for name, measure in reduce.indicators.items()}
    kept: dict[str, Array] = {}
    if reduce.exceeds:
        all_items = by_name | made
        shares = [share_above(all_items[item], np.array(number)) for item, number in reduce.exceeds.values()]
        kept["probability"] = np.stack(shares, axis=3)
    parts = {"": values} | ({"indicator_": np.stack(list(made.values()), axis=3)} if made else {})
    for prefix, part in parts.items():
        if reduce.ranks:
            kept[f"{prefix}rank_probability"] = rank_shares(part)
        if reduce.keep_draws:
            kept[f"{prefix}draws"] = np.moveaxis(part, -1, 0).copy()
        ordered = sort_draws(part)
        kept[f"{prefix}quantiles"] = sorted_quantiles(ordered, reduce.quantiles)
        if reduce.mean:
            kept[f"{prefix}mean"] = sorted_mean(ordered)
    return kept


def _measured(name: str, measure: Indicator, by_name: Mapping[str, Array]) -> Array:
    found = np.asarray(measure(by_name), dtype=float)
    shape = next(iter(by_name.values())).shape
    if found.shape != shape:
        raise SchemaError(
            f"reduce: the indicator {name!r} gives an array of shape {found.shape} where that of its groups is {shape}."
            " Compute it cell by cell: sums over draws or areas come later."
        )
    if not np.isfinite(found).all():
        raise SchemaError(
            f"reduce: the indicator {name!r} is not a number in {int((~np.isfinite(found)).sum()):,} cells, for "
            "example where it divides by an empty group. Write it so that it is a number there too."
        )
    return found
