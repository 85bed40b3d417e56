"""One step of a projection on bare arrays: conventions, closed forms, and the loops over years."""

from kompaslite.kernels.arrays import FEMALE, MALE, Buffers, Inputs, Outcome
from kompaslite.kernels.convention import Convention
from kompaslite.kernels.drive import Drive, RunStep, YearDrive
from kompaslite.kernels.driven import run_driven
from kompaslite.kernels.engine import Engine
from kompaslite.kernels.layout import Field, Layout
from kompaslite.kernels.meet import aged, net_by_age_reached
from kompaslite.kernels.run import Job, Results, run_numpy
from kompaslite.kernels.solve import Exposures, exposures
from kompaslite.kernels.step import one_step

__all__ = [
    "FEMALE",
    "MALE",
    "Buffers",
    "Convention",
    "Drive",
    "Engine",
    "Exposures",
    "Field",
    "Inputs",
    "Job",
    "Layout",
    "Outcome",
    "Results",
    "RunStep",
    "YearDrive",
    "aged",
    "exposures",
    "net_by_age_reached",
    "one_step",
    "run_driven",
    "run_numpy",
]
