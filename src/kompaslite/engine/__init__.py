"""One step of a projection on bare arrays: conventions, closed forms, and the loops over years."""

from kompaslite.engine.arrays import FEMALE, MALE, Buffers, Inputs, Outcome
from kompaslite.engine.convention import Convention
from kompaslite.engine.drive import MigrationDriver, RunStep, YearDrive
from kompaslite.engine.driven import run_driven
from kompaslite.engine.engine import Engine
from kompaslite.engine.layout import Field, Layout
from kompaslite.engine.meet import aged, net_by_age_reached
from kompaslite.engine.project import project
from kompaslite.engine.run import Job, Results, run_numpy
from kompaslite.engine.solve import Exposures, exposures
from kompaslite.engine.step import one_step

__all__ = [
    "FEMALE",
    "MALE",
    "Buffers",
    "Convention",
    "Engine",
    "Exposures",
    "Field",
    "Inputs",
    "Job",
    "Layout",
    "MigrationDriver",
    "Outcome",
    "Results",
    "RunStep",
    "YearDrive",
    "aged",
    "exposures",
    "net_by_age_reached",
    "one_step",
    "project",
    "run_driven",
    "run_numpy",
]
