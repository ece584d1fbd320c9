"""How sure a mean is: percentile bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
_CHUNK = 250


def mean_interval(values: NDArray[np.floating], resamples: int = RESAMPLES) -> tuple[float, float]:
    """95 % interval of the mean of the finite values (N,), from `resamples` draws with replacement.

    The draws are the same for the same number of values; NaN, NaN where there are fewer than two.
    """
    finite = np.asarray(values, np.float64)[np.isfinite(values)]
    if len(finite) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(len(finite))
    means = [
        finite[rng.integers(0, len(finite), (_CHUNK, len(finite)))].mean(axis=1) for _ in range(resamples // _CHUNK)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)
