"""The loop over years on arrays, with or without a driver, and the choice between it and the compiled loop.

A seam: something outside the engine, such as housing, may set the migration of a year while the year runs.

``project(..., drive=drive)`` calls ``drive.bind(layout)`` once, and then, for every step, the function that it
returned::

    def year(position: int, start: np.ndarray, step: RunStep) -> Outcome: ...

``start`` is the population on 1 January, ``[unit, sex, age]`` (see `Layout` for what a unit is;
``layout.index(("area",))`` gives the area of every unit). ``step`` runs the engine's exact step of that year and may
be called as often as a search needs; what the drive returns is recorded. ``step()`` alone is the step without a
drive::

    outcome = step(in_scale=r, out_scale=1 / r)              # scalars, or arrays that broadcast to [unit, sex, age]
    outcome = step(arrivals=persons)                         # instead of the in_migration of the assumptions
    outcome.end.sum(axis=(1, 2))                             # what came of it

Only ``in_migration`` (counts) and ``out_migration`` (rates) are scaled or replaced; movement abroad is not touched.
A drive that moves people between areas passes their sum in `arrivals` (of either sign) and names the parts in the
outcome that it returns: ``in_migration`` and ``moves_in`` among the arrivals, ``moves_out`` among the exits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Literal, Protocol

import numpy as np

from kompaslite.engine.arrays import Array, Buffers, Outcome, StepInputs
from kompaslite.engine.closed_form import StepCoefficients, precompute_step
from kompaslite.engine.layout import ARRIVALS, EXITS, Job, Layout, Results
from kompaslite.engine.step import advance, one_step
from kompaslite.schema import SchemaError, require_whole

Kernel = Literal["auto", "numpy", "numba"]
#: People on 1 January in, people on the next 1 January out.
Step = Callable[[Array], Array]

#: Cells of all years from which compiled loops pay although they have to be loaded, or compiled, first.
WORTH_LOADING = 5e7
#: Bytes of people in a block; some ten arrays of that size are in use at once.
BLOCK = 2**20
#: Bytes of people of several steps whose rates are worked out at once.
AT_ONCE = 2**18
#: Bytes up to which an input is checked whole, before the run; a larger one is checked while it is in the cache.
SMALL = 2**17
#: Arrays of a step that no outcome holds, so that a search may step as often as it needs in the same memory.
SCRATCH = ("start", "arriving", "leaving", "slope", "before", "at_risk", "at_exit")


class RunStep(Protocol):
    """The engine's step of one year, with the people and the inputs of that year already in it."""

    def __call__(
        self,
        *,
        in_scale: Array | float = 1.0,
        out_scale: Array | float = 1.0,
        arrivals: Array | None = None,
        leaving: Array | None = None,
    ) -> Outcome:
        """Run the step."""
        ...


class YearDriver(Protocol):
    """Called for every step in turn."""

    def __call__(self, position: int, start: Array, step: RunStep) -> Outcome:
        """Choose the migration of a year."""
        ...


class MigrationDriver(Protocol):
    """Something that sets migration within the year.

    Attributes
    ----------
    outer : mapping of str to np.ndarray
        Outer dimensions that it carries, with labels: a drive with draws gives the forecast draws.
    """

    @property
    def outer(self) -> Mapping[str, np.ndarray]:
        """Outer dimensions with their labels; empty if it has none."""
        ...

    def bind(self, layout: Layout) -> YearDriver:
        """Prepare for the units and years of a projection."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """How to compute; the numbers are the same to rounding.

    Parameters
    ----------
    kernel : {"auto", "numpy", "numba"}
        The loop: arrays in blocks, or scalar loops compiled by numba (extra ``fast``). "auto" compiles where numba
        is installed and the job is large. With a driver arrays run, whatever is chosen.
    dtype : {"float64", "float32"}
        Precision of the result; float32 halves the memory, see the page on the engine for its error.
    threads : int, optional
        Threads of the compiled loops; all that there are if None. The numbers do not depend on it.

    Examples
    --------
    >>> Engine("numpy", dtype="float32").dtype
    'float32'
    """

    kernel: Kernel = "auto"
    dtype: Literal["float64", "float32"] = "float64"
    threads: int | None = None

    def __post_init__(self) -> None:
        for what, value, choices in (
            ("kernel", self.kernel, ("auto", "numpy", "numba")),
            ("dtype", self.dtype, ("float64", "float32")),
        ):
            if value not in choices:
                raise SchemaError(f"engine: {what} {value!r} is unknown. Choose of {', '.join(map(repr, choices))}.")
        if self.threads is not None:
            require_whole(self.threads, "engine: threads", low=1, mend="Give 1 or more, or None for all.")
        if self.kernel == "numba" and find_spec("numba") is None:
            raise SchemaError("engine: numba is not installed. Install kompaslite[fast], or choose 'numpy'.")

    def run(self, job: Job, driver: MigrationDriver | None = None) -> Results:
        """Project all units.

        Parameters
        ----------
        job : Job
            What to project, in the precision of this engine.
        driver : MigrationDriver, optional
            Sets the migration of each year while it runs.

        Returns
        -------
        Results
        """
        if driver is not None or self.kernel == "numpy" or (self.kernel == "auto" and not _pays(job)):
            return run_numpy(job, driver)
        from kompaslite.engine.compiled import run_compiled

        return run_compiled(job, threads=self.threads)


def _pays(job: Job) -> bool:
    return find_spec("numba") is not None and float(np.prod(job.shape)) * job.layout.years.size >= WORTH_LOADING


def run_years(people: Array, steps: Iterable[Step]) -> None:
    """The loop over years on arrays: every step starts with the people at the end of the one before."""
    for step in steps:
        people = step(people)


def run_numpy(job: Job, driver: MigrationDriver | None = None) -> Results:
    """Project all units: block by block, or at once where a driver sets the migration of each year."""
    results = Results.empty(job)
    small = {name: one.data for name, one in job.fields.items() if driver is not None or one.data.nbytes <= SMALL}
    results.broken = out_of_bounds(small, job.bounds) or _mothers_too_young(small, job)
    results.population[0] = job.jump_off.at(0)
    if driver is not None:
        run_years(results.population[0], _driven_steps(job, results, driver))
        return results
    for units in blocks(job):
        if not results.broken:
            run_years(results.population[0, units], _steps(job, units, results, job.fields.keys() - small.keys()))
    return results


def blocks(job: Job) -> Iterator[slice]:
    """Slices of units that fit in the cache; coupled areas stay together."""
    bytes_per_unit = job.dtype.itemsize * 2 * job.layout.ages.size
    length = max(1, BLOCK // (bytes_per_unit * job.areas)) * job.areas
    for first in range(0, job.layout.units, length):
        yield slice(first, min(first + length, job.layout.units))


# --- the steps of a block -------------------------------------------------------------------------------------------


def _steps(job: Job, units: slice, results: Results, watched: Set[str]) -> Iterator[Step]:
    buffers = Buffers(results.population[0, units].shape, job.dtype)
    for position, coefficients in _coefficients(job, units, results, watched=watched, buffers=buffers):

        def step(people: Array, position: int = position, coefficients: StepCoefficients = coefficients) -> Array:
            places = results.place(position, units)
            buffers.place(places)
            outcome = advance(people, coefficients, convention=job.convention, clip=job.clip, buffers=buffers)
            return results.note(position, outcome, units, places)

        yield step


def _coefficients(
    job: Job, units: slice, results: Results, *, watched: Set[str], buffers: Buffers
) -> Iterator[tuple[int, StepCoefficients]]:
    """What people meet in each step, worked out for some steps at once; none further where an input is broken."""
    fields = {name: one.block(units) for name, one in job.fields.items()}
    for name in ("moves", "birth_allotment"):
        if name in fields:
            fields[name] = fields[name].groups(job.areas)
    count, steps, years = units.stop - units.start, job.layout.years.size, float(job.layout.step)
    length = max(1, AT_ONCE // (count * job.dtype.itemsize * 2 * job.layout.ages.size))
    for first in range(0, steps, length):
        values = {name: one.steps(first, min(first + length, steps)) for name, one in fields.items()}
        seen = {name: values[name] for name in watched}
        # one step after the other, because a block of units lies in one piece within a step only
        if any(not _within(part, *job.bounds[name]) for name, one in seen.items() for part in one) or (
            _mothers_too_young(seen, job)
        ):
            results.broken = True
            return
        found = precompute_step(inputs_of(values), job.convention, units=count, years=years, buffers=buffers)
        for position in range(first, min(first + length, steps)):
            yield position, found.at(position - first)


def out_of_bounds(values: Mapping[str, Array], bounds: Mapping[str, tuple[float, float]]) -> bool:
    """Whether any value is not a number within its bounds; NaN is not."""
    return any(not _within(one, *bounds[name]) for name, one in values.items() if one.size)


def _mothers_too_young(values: Mapping[str, Array], job: Job) -> bool:
    return "fertility" in values and any(values["fertility"][..., age].any() for age in job.convention.barren_ages)


def _within(values: Array, low: float, high: float) -> bool:
    if low == 0.0 and values.flags.c_contiguous:
        # as whole numbers, the bits of floats from 0 up ascend as they do, and all others come behind
        whole = np.dtype(f"u{values.dtype.itemsize}")
        if values.view(whole).max() <= np.asarray(high, values.dtype).view(whole):
            return True
    return bool(values.min() >= low and values.max() <= high)


def inputs_of(values: Mapping[str, Array]) -> StepInputs:
    """Sort the assumptions of one step, or of several, by what they do."""
    return StepInputs(
        fertility=values["fertility"],
        sex_ratio=values["sex_ratio_at_birth"],
        mortality=values["mortality"],
        exit_rates={name: values[name] for name in EXITS if name in values},
        arrivals={name: values[name] for name in ARRIVALS if name in values},
        net=values.get("net_migration"),
        adjustment=values.get("adjustment"),
        moves=values.get("moves"),
        allotment=values.get("birth_allotment"),
    )


# --- the steps with a driver ----------------------------------------------------------------------------------------


def _driven_steps(job: Job, results: Results, driver: MigrationDriver) -> Iterator[Step]:
    year, scratch = driver.bind(job.layout), Buffers()
    scratch.place({name: np.empty(job.shape, job.dtype) for name in SCRATCH})
    for position in range(job.layout.years.size):
        inputs = inputs_of({name: one.at(position) for name, one in job.fields.items()})

        def step(people: Array, position: int = position, inputs: StepInputs = inputs) -> Array:
            outcome = year(position, people, partial(_scaled_step, people, inputs, job, scratch))
            results.make_room(outcome, job)
            return results.note(position, outcome, slice(None))

        yield step


def _scaled_step(
    people: Array,
    inputs: StepInputs,
    job: Job,
    scratch: Buffers,
    *,
    in_scale: Array | float = 1.0,
    out_scale: Array | float = 1.0,
    arrivals: Array | None = None,
    leaving: Array | None = None,
) -> Outcome:
    coming, rates = dict(inputs.arrivals), dict(inputs.exit_rates)
    if arrivals is not None:
        coming["in_migration"] = arrivals
    if leaving is not None:
        rates["out_migration"] = leaving
    if "in_migration" in coming:
        coming["in_migration"] = _times(coming["in_migration"], in_scale)
    if "out_migration" in rates:
        rates["out_migration"] = _times(rates["out_migration"], out_scale)
    scaled, years = replace(inputs, exit_rates=rates, arrivals=coming), float(job.layout.step)
    return one_step(people, scaled, convention=job.convention, years=years, clip=job.clip, buffers=scratch)


def _times(values: Array, factor: Array | float) -> Array:
    """The values themselves where the factor is a plain 1."""
    return values if isinstance(factor, float) and factor == 1.0 else values * factor
