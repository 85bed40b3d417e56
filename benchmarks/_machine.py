"""What a measurement needs to know of the machine: bandwidth, peak memory, medians, description."""

import gc
import json
import multiprocessing
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread

import numpy as np

MIB = 2**20


def median_seconds(run: Callable[[], object], *, repeat: int, at_most: float = 20.0) -> float:
    """Median time of some runs after one that warms up; fewer runs if they take long.

    Parameters
    ----------
    run : callable
        What to time; its result is let go before the next run.
    repeat : int
        Runs to time.
    at_most : float
        Seconds after which no further run starts.

    Returns
    -------
    float
        Seconds.
    """
    run()
    gc.collect()
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < repeat and (not times or time.perf_counter() - begun < at_most):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def copy_bandwidth(threads: int, *, size: int = 512 * MIB, repeat: int = 9) -> float:
    """Bytes read and written per second when memory is copied, the best of some copies.

    Parameters
    ----------
    threads : int
        Threads that copy a part each.
    size : int
        Bytes to copy, far more than a cache holds.
    repeat : int
        Copies.

    Returns
    -------
    float
        Bytes per second, each byte counted when it is read and when it is written.
    """
    source = np.ones((threads, size // 8 // threads))
    target = np.ones_like(source)

    def copy() -> None:
        others = [Thread(target=np.copyto, args=(target[i], source[i])) for i in range(1, threads)]
        for other in others:
            other.start()
        np.copyto(target[0], source[0])
        for other in others:
            other.join()

    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        copy()
        times.append(time.perf_counter() - start)
    return 2 * source.nbytes / min(times)


def peak_mib(run: Callable[..., object], *arguments: object) -> float:
    """Memory that a run needs at most beyond what there is when it starts, in a process of its own.

    Parameters
    ----------
    run : callable
        Of a module, so that another process can import it: prepares, and returns what is to be measured.
    arguments : object
        Of `run`.

    Returns
    -------
    float
        MiB; NaN where the system does not tell.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure_peak, args=(sender, run, arguments))
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    except EOFError:
        return float("nan")
    finally:
        process.join()


def _measure_peak(sender: object, run: Callable[..., Callable[[], object]], arguments: tuple[object, ...]) -> None:
    measured = run(*arguments)
    gc.collect()
    before = _reset_peak()
    result = measured()
    sender.send((_peak_bytes() - before) / MIB)  # type: ignore[attr-defined]
    del result


def _status(key: str) -> int | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next((text for text in status.read_text().splitlines() if text.startswith(key)), None)
    return None if line is None else int(line.split()[1]) * 1024


def _reset_peak() -> int:
    """Let the peak begin anew where the system can, and return what is in use."""
    now = _status("VmRSS")
    if now is None:
        return _peak_bytes()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak_bytes()
    return now


def _peak_bytes() -> int:
    peak = _status("VmHWM")
    if peak is not None:
        return peak
    # macOS counts bytes, other systems KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)


def available_bytes() -> int:
    """Memory that is free for new processes."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        line = next(text for text in meminfo.read_text().splitlines() if text.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> str:
    """Return one line on processor, memory, system and versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [text.split(":")[1].strip() for text in lines if text.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "numba", "xarray"))
    return (
        f"{names[0] if names else platform.processor()}, {processors()} processors, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def print_json(records: Iterable[Mapping[str, object]]) -> None:
    """Print records as one JSON list."""
    print(json.dumps(list(records), indent=1))
