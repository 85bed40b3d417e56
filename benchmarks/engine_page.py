"""The page of the documentation on the speed of the engine, around what `benchmarks.engine` has measured."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "engine_benchmark.md"

_BEFORE = """# The engine against the machine

This page is written by `python -m benchmarks.engine --write`; `make bench` prints it.

The job: 101 ages, 2 sexes and 30 years, rates of its own for every unit and year, gross moves in and out, all flows
by age returned. The *floor* is the time that it takes to read every input and write every result once, at the
bandwidth with which this machine copies memory on the same number of threads, measured in the same run. No program
that returns all these numbers can be faster, so the ratio to it says how much is left to gain. The time of `numba`
and of `numpy` is that of the loops, from bare arrays to bare arrays, with the check of every value; *with labels* is
`kompaslite.project` whole.

`per-unit-loop` and `labels-in-loop` are the two ways that others do it: plain NumPy, one unit after the other, and
labelled arrays inside the loop over years. All four give the same totals, or the script stops.

"""

_WHY = """
## Where the time goes

A cell costs four numbers read (mortality, rate of leaving, arrivals, and half a number of fertility) and four written
(people, deaths, births, people who leave), some sixty instructions for four cells at a time in the compiled loop, and
one division among them. On one thread the arithmetic takes longer than the memory, and the processor hides only part
of the one behind the other; a second thread doubles the arithmetic but not the memory. In NumPy every operation is a
pass of its own over a block that lies in the cache: some twenty passes for each cell, which is what its ratio counts.
Two threads make NumPy slower here: its operations are so short that they wait for their turn at the interpreter.

"""

_AFTER = """
The memory of results is used again when nobody holds them any more. Blank pages from the system would cost as much as
the projection; a result that is larger than what is kept (`areas-357-draws-50`) pays for them.

## Single precision

`kl.Engine(dtype="float32")` halves the memory. Its error is in the list above; balances then hold to some 1e-6 of a
cell.
"""


def write_page(lines: list[str], reasons: list[str]) -> None:
    """Write the page around what was measured.

    Parameters
    ----------
    lines : list of str
        Machine, bandwidth, table and summary, in Markdown.
    reasons : list of str
        Where the time goes.
    """
    PAGE.write_text(_BEFORE + "\n".join(lines) + "\n" + _WHY + "\n".join(reasons) + "\n" + _AFTER, encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
