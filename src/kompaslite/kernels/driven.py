"""The loop over years for a drive: all units at once, and the migration of a year is set while it runs."""

from dataclasses import replace
from functools import partial

import numpy as np

from kompaslite.kernels.arrays import Array, Inputs, Outcome
from kompaslite.kernels.drive import Drive
from kompaslite.kernels.run import DRIVEN, Job, Results, inputs_of, out_of_bounds
from kompaslite.kernels.step import one_step


def run_driven(job: Job, drive: Drive) -> Results:
    """Project all units, year by year, and let something outside set the migration of each year.

    Parameters
    ----------
    job : Job
        What to project.
    drive : Drive
        Called for every step.

    Returns
    -------
    Results
        With those flows of `DRIVEN` that the drive's outcomes have.
    """
    results = Results.empty(job)
    results.broken = out_of_bounds({name: one.data for name, one in job.fields.items()}, job.bounds)
    results.population[0] = job.jump_off.at(0)
    year = drive.bind(job.layout)
    for position in range(job.layout.years.size):
        values = {name: one.at(position) for name, one in job.fields.items()}
        step = partial(_scaled_step, results.population[position], inputs_of(values), job)
        outcome = year(position, results.population[position], step)
        for name in job.keep.intersection(DRIVEN, outcome.flows()):
            results.flows.setdefault(name, np.empty((job.layout.years.size, *job.shape), job.dtype))
        results.population[position + 1] = outcome.end
        results.note(position, outcome, slice(None))
    return results


def _scaled_step(
    people: Array,
    inputs: Inputs,
    job: Job,
    *,
    in_scale: Array | float = 1.0,
    out_scale: Array | float = 1.0,
    arrivals: Array | None = None,
) -> Outcome:
    coming, leaving = dict(inputs.arrivals), dict(inputs.exit_rates)
    if arrivals is not None:
        coming["in_migration"] = arrivals
    if "in_migration" in coming:
        coming["in_migration"] = coming["in_migration"] * in_scale
    if "out_migration" in leaving:
        leaving["out_migration"] = leaving["out_migration"] * out_scale
    scaled = replace(inputs, exit_rates=leaving, arrivals=coming)
    return one_step(people, scaled, convention=job.convention, years=float(job.layout.step), clip=job.clip)
