"""Steps of a fit and of bare networks, timed by turns, so that other work on the machine slows all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from neuface_core.fitting.clip_encoder import ClipEncoder
from neuface_core.fitting.neuface import optimise
from neuface_core.fitting.objective import Objective


def step_of_loop(loop: ClipEncoder, objective: Objective) -> Callable[[], None]:
    """One optimisation step of a fit of one batch, at every call."""
    steps = optimise(loop, objective, "")

    def step() -> None:
        next(steps)

    return step


def middle_cpu_seconds(steps: Mapping[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Median of the CPU time of each step; the first round warms up and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            before = time.process_time()
            step()
            seconds[name].append(time.process_time() - before)
    return {name: float(np.median(values[1:])) for name, values in seconds.items()}
