"""What a summary keeps of many futures, and the exact reductions over draws that make it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.schema import PERSONS, SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, group_members, parse_age_groups
from kompaslite.uncertainty.streams import require_kind

Array = NDArray[Any]
#: A measure of the groups of one population: group name to persons in, anything of the same shape out.
Indicator = Callable[[Mapping[str, Array]], Array]
#: Name of the group of everyone.
TOTAL = "total"
#: What an interval rests on, in words for tables and charts.
KINDS: dict[str, str] = {
    "draws": "interval from draws of the assumptions",
    "empirical": "interval from past errors of the method",
}


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
        for name, one in (("indicators", self.indicators), ("exceeds", self.exceeds), ("regions", self.regions)):
            require_kind(one, Mapping, f"reduce: {name}", "Give a name to each.")
        if isinstance(self.quantiles, (str, float, int)):
            raise SchemaError(f"reduce: quantiles are several; {self.quantiles!r} is not. Write (0.1, 0.5, 0.9).")
        single = [name for name, members in self.regions.items() if isinstance(members, str)]
        if single:
            code = self.regions[single[0]]
            raise SchemaError(f"reduce: the region {single[0]!r} is one code. Give a list of areas, [{code!r}].")
        mute = [name for name, measure in self.indicators.items() if not callable(measure)]
        if mute:
            raise SchemaError(f"reduce: the indicator {mute[0]!r} is no function of the groups. Give a callable.")
        double = [name for name in self.indicators if name in names]
        if TOTAL in self.groups_by_name or double:
            raise SchemaError(
                f"reduce: the name {(double or [TOTAL])[0]!r} is given twice; {TOTAL!r} is everyone together. Rename."
            )
        wrong = [one for one in self.quantiles if not _is_number(one) or not 0.0 <= one <= 1.0]
        if wrong:
            raise SchemaError(f"reduce: the quantile {wrong[0]!r} is not between 0 and 1; 80 % is 0.8.")
        for event, pair in self.exceeds.items():
            item, number = pair if isinstance(pair, tuple) and len(pair) == 2 else (pair, None)
            if item not in (*names, *self.indicators) or not _is_number(number):
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


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))


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


def sort_draws(values: Array) -> Array:
    """Sort along the last axis in place: every exact reduction follows from sorted draws."""
    values.sort(axis=-1)
    return values


def sorted_quantiles(ordered: Array, quantiles: Sequence[float]) -> Array:
    """Quantiles of sorted draws, linear between neighbours."""
    last = ordered.shape[-1] - 1
    result = np.empty((len(quantiles), *ordered.shape[:-1]))
    for row, quantile in enumerate(quantiles):
        place = quantile * last
        below = min(int(place), last)
        low, high = ordered[..., below], ordered[..., min(below + 1, last)]
        share = place - below
        # from the nearer neighbour, so that the result never lies outside the two
        result[row] = low + (high - low) * share if share < 0.5 else high - (high - low) * (1.0 - share)
    return result


def sorted_mean(ordered: Array) -> Array:
    """Mean of sorted draws, the same to the last bit in whichever order they were made."""
    # along other strides NumPy adds in another order
    mean: Array = np.add.reduce(np.ascontiguousarray(ordered), axis=-1) / ordered.shape[-1]
    return mean


def share_above(values: Array, threshold: Array) -> Array:
    """Share of draws above a threshold."""
    share: Array = np.count_nonzero(values > threshold[..., None], axis=-1) / values.shape[-1]
    return share


def rank_shares(values: Array) -> Array:
    """Share of draws in which each scenario has each rank, the largest first; scenarios that tie share their ranks."""
    scenarios, draws = values.shape[0], values.shape[-1]
    shares = np.zeros((scenarios, *values.shape[:-1]))
    for own in range(scenarios):
        larger = np.count_nonzero(values > values[own], axis=0)
        equal = np.count_nonzero(values == values[own], axis=0)
        for rank in range(scenarios):
            held = (larger <= rank) & (rank < larger + equal)
            shares[rank, own] = np.add.reduce(held / equal, axis=-1) / draws
    return shares


def sum_groups(people: Array, bounds: Sequence[tuple[int, int]]) -> Array:
    """Sums over sexes and over ranges of ages; no bit of a sum hangs on how many others are summed beside it."""
    ages = people.shape[-1]
    both = np.zeros((*people.shape[:-2], ages + 1))
    both[..., :ages] = people[..., 0, :]
    for sex in range(1, people.shape[-2]):
        both[..., :ages] += people[..., sex, :]
    edges = [edge for pair in bounds for edge in pair]
    sums: Array = np.add.reduceat(both, edges, axis=-1)[..., ::2]
    return sums


def add_to_regions(regions: Array, sums: Array, reduce: Reduce, codes: Sequence[str]) -> None:
    """Add areas to the regions that they belong to, one after the other, whatever block they are in."""
    for row, members in enumerate(reduce.regions.values()):
        chosen = None if members is None else set(members)
        for place, area in enumerate(codes):
            if chosen is None or area in chosen:
                regions[:, :, row] += sums[:, :, place]


def with_labels(arrays: Mapping[str, Any], reduce: Reduce, labels: Mapping[str, Any]) -> xr.Dataset:
    """Give reduced arrays their dimensions, labels and units."""
    known = {
        **labels,
        "age_group": list(reduce.items),
        "indicator": list(reduce.indicators),
        "event": list(reduce.exceeds),
        "quantile": list(reduce.quantiles),
        "rank": np.arange(1, len(labels.get("scenario", "1")) + 1),
    }
    first = [name for name in ("mean", "quantiles") if name in arrays]
    order = [*first, *(name for name in arrays if name not in first)]
    dataset = xr.Dataset({name: _one(name, arrays[name], known) for name in order})
    return dataset.isel({dim: 0 for dim in ("scenario", "origin", "area") if dim not in labels}, drop=True)


def marked(dataset: xr.Dataset, *, draws: int, seed: int | None = None) -> xr.Dataset:
    """Say on a result, and on each of its arrays, what it rests on."""
    by_seed = {} if seed is None else {"seed": seed}
    label = f"{KINDS['draws']}, {draws:,} draws" + ("" if seed is None else f", seed {seed}")
    words = {"kind": "draws", "label": label}
    named = {name: array.assign_attrs(words) for name, array in dataset.data_vars.items()}
    return dataset.assign(named).assign_attrs(words | {"draws": draws} | by_seed)


def _one(name: str, values: Any, labels: Mapping[str, Any]) -> xr.DataArray:
    item = "indicator" if name.startswith("indicator_") else "event" if name == "probability" else "age_group"
    front = {"quantiles": ["quantile"], "rank_probability": ["rank"], "draws": ["draw"]}.get(
        name.removeprefix("indicator_"), []
    )
    dims = [*front, "scenario", "origin", "area", item, "year"]
    persons = item == "age_group" and name != "rank_probability"
    coords = {dim: labels[dim] for dim in dims if dim in labels}
    return xr.DataArray(values, dims=dims, coords=coords, attrs={"units": PERSONS if persons else "1"})
