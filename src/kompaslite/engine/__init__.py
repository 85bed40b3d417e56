"""One step of a projection on bare arrays: conventions, closed forms, and the loops over years."""

from kompaslite.engine.arrays import FEMALE, MALE, Buffers, Outcome, StepInputs
from kompaslite.engine.closed_form import Exposures, aged, exposures, net_by_age_reached
from kompaslite.engine.convention import Convention
from kompaslite.engine.layout import Field, Job, Layout, Results
from kompaslite.engine.project import project
from kompaslite.engine.run import Engine, MigrationDriver, RunStep, YearDriver, run_numpy
from kompaslite.engine.step import one_step

__all__ = [
    "FEMALE",
    "MALE",
    "Buffers",
    "Convention",
    "Engine",
    "Exposures",
    "Field",
    "Job",
    "Layout",
    "MigrationDriver",
    "Outcome",
    "Results",
    "RunStep",
    "StepInputs",
    "YearDriver",
    "aged",
    "exposures",
    "net_by_age_reached",
    "one_step",
    "project",
    "run_numpy",
]
