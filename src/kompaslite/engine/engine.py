"""Which loop runs a job, with which precision and on how many threads."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np

from kompaslite.engine.run import Job, Results, run_numpy
from kompaslite.schema import SchemaError

Kernel = Literal["auto", "numpy", "numba"]

#: Cells of all years from which compiled loops pay although they have to be loaded, or compiled, first.
WORTH_LOADING = 5e7


@dataclass(frozen=True, slots=True)
class Engine:
    """How to compute; the numbers are the same to rounding.

    Parameters
    ----------
    kernel : {"auto", "numpy", "numba"}
        The loop: arrays in blocks, or scalar loops compiled by numba (extra ``fast``). "auto" compiles where numba
        is installed and the job is large.
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
        if self.threads is not None and self.threads < 1:
            raise SchemaError(f"engine: {self.threads} threads cannot run. Give 1 or more, or None for all.")
        if self.kernel == "numba" and find_spec("numba") is None:
            raise SchemaError("engine: numba is not installed. Install kompaslite[fast], or choose 'numpy'.")

    def run(self, job: Job) -> Results:
        """Project all units.

        Parameters
        ----------
        job : Job
            What to project, in the precision of this engine.

        Returns
        -------
        Results
        """
        if self.kernel == "numpy" or (self.kernel == "auto" and not _pays(job)):
            return run_numpy(job)
        from kompaslite.engine.compiled import run_compiled

        return run_compiled(job, threads=self.threads)


def _pays(job: Job) -> bool:
    return find_spec("numba") is not None and float(np.prod(job.shape)) * job.layout.years.size >= WORTH_LOADING
