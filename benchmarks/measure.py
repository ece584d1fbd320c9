"""What the benchmarks share: clocks, peak memory, sample videos of a wanted length, and how a result is handed over."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.models import model_path
from neuface_core.video import open_source
from neuface_core.video_write import VideoWriter

Result = TypeVar("Result")
FACE_FRAMES = 472
"""Frames of the longest sample clip (640 x 360, one person in all of them)."""


class Clock:
    """Seconds since it was made: on the wall, and of all cores for this process (true on a machine with other work)."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def wall(self) -> float:
        return time.perf_counter() - self._wall

    @property
    def cpu(self) -> float:
        return time.process_time() - self._cpu


def peak_mib() -> float:
    """Largest memory that this process ever held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def stages(job: Generator[Any, None, Result]) -> tuple[Result, dict[str, float]]:
    """Drive a job; its result, and the CPU seconds between its events by the stage that they name."""
    spent: dict[str, float] = {}
    before = time.process_time()
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            return stop.value, spent
        now = time.process_time()
        spent[event.stage] = spent.get(event.stage, 0.0) + now - before
        before = now


def face_frames(count: int, start: int = 0) -> Generator[NDArray[np.uint8], None, None]:
    """`count` frames of the sample clip, forth and back as often as it takes, so that there is never a cut."""
    period = 2 * FACE_FRAMES - 2
    with open_source(model_path("clip_wolfgang_langer")) as source:
        frames = list(source.frames(0, FACE_FRAMES))
    for index in range(start, start + count):
        place = index % period
        yield frames[min(place, period - place)]


def face_video(path: Path, count: int, start: int = 0) -> Path:
    """Write such a video."""
    with VideoWriter(path, 24.0, quality=20) as writer:
        for frame in face_frames(count, start):
            writer.add(frame)
    return path


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def hand_over(results: Mapping[str, float], details: Mapping[str, Any]) -> None:
    """Print the last line that `run.py` reads: results by their key, and what they were made of."""
    rounded = {key: round(float(value), 4) for key, value in results.items()}
    print(json.dumps({"results": rounded, "details": dict(details)}, default=float), flush=True)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return (
        f"{facts.get('model name', platform.machine())} (family {facts.get('cpu family')}, model {facts.get('model')})"
    )
