"""A job as the plain tuples of arrays that the scalar loops take."""

from math import prod

import numpy as np

from kompaslite.engine import scalars
from kompaslite.engine.arrays import Array
from kompaslite.engine.negative import ROUNDING
from kompaslite.engine.run import Job, Results

_AXES = {"sex_ratio_at_birth": 2, "moves": 4}
#: Bytes of one flow from which results are written past the cache.
STREAMED = 8 * 2**20
_NEVER = np.iinfo(np.int64).max


def rule_of(job: Job) -> scalars.Rule:
    """A convention as numbers."""
    convention = job.convention
    return scalars.Rule(
        of_death=_floats(convention.death_shares),
        of_exit=_floats(convention.exit_shares),
        of_infant_death=_floats(convention.infant_death_shares),
        of_infant_exit=_floats(convention.infant_exit_shares),
        women_start=float(convention.women_start),
        women_end=float(convention.women_end),
        by_cohort=int(convention.women_by == "cohort"),
        survivors=int(convention.women_counted == "survivors"),
        by_start=int(convention.rates_by == "start"),
        net_at_start=float(convention.net_at_start),
        years=float(job.layout.step),
        clip=int(job.clip),
        rounding=float(ROUNDING * np.finfo(job.dtype).eps),
        stream=int(job.layout.years.size * prod(job.shape) * job.dtype.itemsize >= STREAMED),
    )


def _floats(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    return float(shares[0]), float(shares[1]), float(shares[2])


def given_of(job: Job) -> scalars.Given:
    """Assumptions in numbered order; an absent one is an empty place that is never read."""
    arrays = [_array(job, name) for name in scalars.NAMES]
    own = np.zeros((len(arrays), job.layout.units), np.int64)
    for number, name in enumerate(scalars.NAMES):
        if name in job.fields:
            own[number] = job.fields[name].index
    bounds = [job.bounds.get(name, (0.0, 0.0)) for name in scalars.NAMES]
    mortality, out, abroad, coming, immigration, net, adjustment, fertility, sex_ratio, moves, allotment = arrays
    return scalars.Given(
        cells=(mortality, out, abroad, coming, immigration, net, adjustment),
        fertility=fertility,
        sex_ratio=sex_ratio,
        moves=moves,
        allotment=allotment,
        own=own,
        timed=np.array([len(array) > 1 for array in arrays], np.int64),
        present=np.array([name in job.fields for name in scalars.NAMES], np.int64),
        low=np.array([low for low, _ in bounds]),
        high=np.array([high for _, high in bounds]),
    )


def _array(job: Job, name: str) -> Array:
    if name not in job.fields:
        return np.zeros((1,) * _AXES.get(name, 3), job.dtype)
    data = job.fields[name].data
    if name not in ("fertility", "sex_ratio_at_birth", "birth_allotment"):
        data = _in_cells(data)
    return np.require(data, requirements=["C", "W"])


def _in_cells(data: Array) -> Array:
    """Sex and age as one axis."""
    return data.reshape(*data.shape[:-2], data.shape[-2] * data.shape[-1])


def taken_of(job: Job, results: Results, blocks: int) -> scalars.Taken:
    """Results in numbered order, with room per block for the flows that are not kept."""
    spare = np.zeros((1, blocks, *job.shape[1:]), job.dtype)
    births, deaths, out, abroad, going, coming = (
        _in_cells(results.flows[name] if name in results.flows else spare.copy()) for name in scalars.FLOWS
    )
    return scalars.Taken(
        population=_in_cells(results.population),
        flows=(births, deaths, out, abroad, going, coming),
        kept=np.array([name in results.flows for name in scalars.FLOWS], np.int64),
        clipped=np.zeros((1, 1, 1), job.dtype) if results.clipped is None else _in_cells(results.clipped),
        broken=np.zeros(blocks, np.int64),
        short=np.full(blocks, _NEVER),
    )


def take_down(results: Results, taken: scalars.Taken) -> None:
    """Note what the loops report beside their numbers."""
    first = int(taken.short.min())
    results.broken = bool(taken.broken.any())
    results.short = None if first == _NEVER else first


def lane_of(job: Job) -> tuple[int, int] | None:
    """Find out whether the direct loops serve a job."""
    if job.convention.rates_by == "start" or any(name in job.fields for name in ("moves", "birth_allotment")):
        return None
    if "net_migration" in job.fields and job.convention.net_at_start:
        return None
    return _only(job, (scalars.OUT, scalars.ABROAD)), _only(job, (scalars.COMING, scalars.IMMIGRATION, scalars.NET))


def _only(job: Job, numbers: tuple[int, ...]) -> int:
    there = [number for number in numbers if scalars.NAMES[number] in job.fields]
    return there[0] if len(there) == 1 else -1
