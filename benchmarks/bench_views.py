"""seconds_120x7: as seconds_120x1 with seven views: seven parts of the sample clip that begin at different frames.

They are no views of one moment, so that the term between views costs what it always costs and the result means nothing.
"""

from __future__ import annotations

from bench_clip import fit_clip
from measure import hand_over

if __name__ == "__main__":
    hand_over(*fit_clip(7))
