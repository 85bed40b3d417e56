"""Labelled inputs made ready for the kernels: checked against each other, and laid out as bare arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import xarray as xr
from numpy.typing import DTypeLike

from kompaslite.engine.convention import Convention
from kompaslite.engine.driver import MigrationDriver
from kompaslite.engine.labels import (
    align_outer,
    checked_jump_off,
    checked_variables,
    coordinates_of,
    layout_of,
    outer_indexes,
)
from kompaslite.engine.layout import DRIVEN, Job
from kompaslite.engine.project_inputs import (
    Terms,
    field_of,
    fields_of,
    require_consistent,
    require_mothers,
    require_sound,
)
from kompaslite.schema import FLOWS, SchemaError, require_values, short_list


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs of a projection that fit together.

    Parameters
    ----------
    assumptions : xr.Dataset
        With labels in the order of the result.
    coords : xr.Coordinates
        Of the flows.
    terms : Terms
        Units and bounds.
    job : Job
        The same as bare arrays; the values are not checked yet, the engine does that while it reads them.
    """

    assumptions: xr.Dataset
    coords: xr.Coordinates
    terms: Terms
    job: Job

    def job_of(self, flows: Sequence[str] | None, *, clip: bool = False, driven: bool = False) -> Job:
        """Return the job that keeps some of the flows."""
        job = replace(self.job, clip=clip)
        present = [name for name in FLOWS if name in job.present() or (driven and name in DRIVEN)]
        unknown = [name for name in flows or () if name not in present]
        if unknown:
            raise SchemaError(
                f"project: flow {short_list(unknown)} is asked for, but these assumptions have no such component. "
                f"Choose of {short_list(present, most=12)}."
            )
        return replace(job, keep=frozenset(present if flows is None else flows))

    def require_sound(self) -> None:
        """Raise for the first value that breaks its bounds, with its cell."""
        require_sound(self.assumptions, self.terms)
        require_mothers(self.assumptions, self.terms.convention)


def prepare(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention = Convention.mean_exposure,
    dtype: DTypeLike = "float64",
    step: int | None = None,
    drive: MigrationDriver | None = None,
) -> Prepared:
    """Check labels, units and dimensions of all inputs, and lay them out without copying what is in order."""
    people = checked_jump_off(jump_off)
    require_values(people, "population", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    variables = checked_variables(assumptions, people)
    outer = outer_indexes(people, variables, {} if drive is None else drive.outer)
    layout = layout_of(people, variables, outer, step=step)
    people, variables = align_outer(people, outer, "population"), align_outer(variables, outer, "assumptions")
    terms = Terms(convention, layout.step)
    fields = fields_of(variables, layout, terms, dtype)
    job = Job(
        layout=layout,
        jump_off=field_of(people.variable, layout, dtype),
        fields=fields,
        bounds={name: terms.bounds(name, dtype) for name in fields},
        convention=convention,
        keep=frozenset(),
        areas=variables.sizes["destination"] if "destination" in variables.dims else 1,
    )
    require_consistent(job, variables)
    return Prepared(variables, coordinates_of(outer, people, variables), terms, job)
