"""The loop over years for a drive: all units at once, and the migration of a year is set while it runs."""

from dataclasses import replace
from functools import partial

import numpy as np

from kompaslite.engine.arrays import Array, Buffers, Inputs, Outcome
from kompaslite.engine.drive import MigrationDriver
from kompaslite.engine.memory import empty
from kompaslite.engine.run import DRIVEN, Job, Results, inputs_of, out_of_bounds
from kompaslite.engine.step import one_step

#: Arrays of a step that no outcome holds, so that a search may step as often as it needs in the same memory.
SCRATCH = ("start", "arriving", "leaving", "slope", "before", "at_risk", "at_exit")


def run_driven(job: Job, drive: MigrationDriver) -> Results:
    """Project all units, year by year, and let something outside set the migration of each year."""
    results = Results.empty(job)
    results.broken = out_of_bounds({name: one.data for name, one in job.fields.items()}, job.bounds)
    results.population[0] = job.jump_off.at(0)
    year = drive.bind(job.layout)
    scratch = Buffers()
    scratch.place({name: np.empty(job.shape, job.dtype) for name in SCRATCH})
    for position in range(job.layout.years.size):
        values = {name: one.at(position) for name, one in job.fields.items()}
        step = partial(_scaled_step, results.population[position], inputs_of(values), job, scratch)
        outcome = year(position, results.population[position], step)
        for name in job.keep.intersection(DRIVEN, outcome.flows()):
            if name not in results.flows:
                results.flows[name] = empty((job.layout.years.size, *job.shape), job.dtype)
        results.population[position + 1] = outcome.end
        results.note(position, outcome, slice(None))
    return results


def _scaled_step(
    people: Array,
    inputs: Inputs,
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
