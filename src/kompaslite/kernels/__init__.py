"""One step of a projection on bare arrays: conventions, closed forms, and the loops over years."""

from kompaslite.kernels.convention import Convention
from kompaslite.kernels.drive import Drive, RunStep, YearDrive
from kompaslite.kernels.layout import Field, Layout
from kompaslite.kernels.solve import Exposures, exposures, solve_exposures
from kompaslite.kernels.step import FEMALE, MALE, Inputs, Outcome, one_step

__all__ = [
    "FEMALE",
    "MALE",
    "Convention",
    "Drive",
    "Exposures",
    "Field",
    "Inputs",
    "Layout",
    "Outcome",
    "RunStep",
    "YearDrive",
    "exposures",
    "one_step",
    "solve_exposures",
]
