"""Why the engine takes the time that it takes: a part of the page that `benchmarks.engine` writes."""

import cProfile
import pstats
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks._machine import median_seconds

#: Functions to name, those with the most time of their own first.
NAMED = 12


def numpy_profile(run: Callable[[], object], *, repeat: int = 10) -> Iterator[str]:
    """Lay out where a run in NumPy spends its time, as a table in Markdown.

    Parameters
    ----------
    run : callable
        The loops over all years.
    repeat : int
        Runs.

    Yields
    ------
    str
        Lines: function, its share of the time, and its calls in a run.
    """
    run()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(repeat):
        run()
    profile.disable()
    rows = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    whole = sum(own for _, (_, _, own, _, _) in rows)
    yield "| function | share of the time | calls in a run |"
    yield "|---|---|---|"
    for (path, _, name), (_, calls, own, _, _) in sorted(rows, key=lambda row: -row[1][2])[:NAMED]:
        where = f"{Path(path).stem}.{name}" if Path(path).suffix else name.strip("{}")
        yield f"| `{where}` | {own / whole:.0%} | {calls / repeat:,.0f} |"


def arithmetic_ns(few: Callable[[], object], one: Callable[[], object], cells: int, *, repeat: int = 400) -> float:
    """Nanoseconds of arithmetic in a cell: what some units take beyond one, all of them in the cache.

    Parameters
    ----------
    few, one : callable
        The loops on one thread, for some units that fit in the cache and for one.
    cells : int
        Cells of all years by which they differ.
    repeat : int
        Runs of which the median is taken.
    """
    return (median_seconds(few, repeat=repeat) - median_seconds(one, repeat=repeat)) / cells * 1e9
