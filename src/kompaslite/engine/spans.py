"""Blocks of units for the scalar loops, shared out among threads."""

from collections.abc import Callable

from kompaslite.engine import direct, loops, tables
from kompaslite.engine.pack import given_of, lane_of, rule_of, take_down, taken_of
from kompaslite.engine.run import Job, Results
from kompaslite.engine.threads import processors, share_out

#: Units per block, about: long enough to stream through memory, short enough to share out evenly.
UNITS = 64


def run_spans(
    job: Job,
    run_tables: Callable[..., None] = loops.run_tables,
    run_direct: Callable[..., None] | None = direct.run_direct,
    *,
    threads: int | None = 1,
) -> Results:
    """Project all units by scalar loops, as they stand or compiled."""
    threads = threads or processors()
    results = Results.empty(job)
    results.population[0] = job.jump_off.at(0)
    spans = _spans(job, threads)
    given, taken, rule = given_of(job), taken_of(job, results, len(spans)), rule_of(job)
    lane = None if run_direct is None else lane_of(job)

    def run(block: int) -> None:
        first, last = spans[block]
        if lane is None or run_direct is None:
            room = tables.room_for(job.areas, job.layout.ages.size, job.dtype)
            run_tables(given, taken, rule, (first, last, block), room)
        else:
            rows = direct.rows_for(job.layout.ages.size, job.dtype)
            run_direct(given, taken, rule, direct.Lane(*lane, first, last, block), rows)

    share_out(run, range(len(spans)), min(threads, len(spans)))
    take_down(results, taken)
    return results


def _spans(job: Job, threads: int) -> list[tuple[int, int]]:
    """First unit of every block and the one behind its last; coupled areas stay together."""
    groups = job.layout.units // job.areas
    rounds = -(-job.layout.units // (UNITS * threads))
    length = -(-groups // (rounds * threads)) * job.areas
    return [(first, min(first + length, job.layout.units)) for first in range(0, job.layout.units, length)]
