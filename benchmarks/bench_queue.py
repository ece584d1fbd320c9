"""A project of 100,000 clips in a window: seconds until it is open, milliseconds of a sort and of a filter, memory.

Times are of this process alone (CPU time of all its threads), so that other work on the machine counts little; wall
times stand in the details.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import Clock, hand_over, peak_mib

COUNT = 100_000


def main(count: int = COUNT) -> None:
    """Measure and hand over."""
    from neuface_core.project import Project
    from neuface_core.project.records import ClipState
    from neuface_studio import qt_setup
    from neuface_studio.app import make_window
    from neuface_studio.main_window import MainWindow
    from neuface_studio.views.queue_model import Column

    app = qt_setup.application(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.neuface"
        # In a process of its own: what making it takes is not what holding it takes.
        maker = f"from large_project import *; make_large_project(Path({str(large)!r}), {count})"
        subprocess.run([sys.executable, "-c", maker], cwd=Path(__file__).parent, check=True)
        Project.create(Path(folder) / "empty.neuface").close()
        window = make_window("cpu", Path(folder))
        assert isinstance(window, MainWindow)
        window.show()
        for _ in range(50):
            app.processEvents()
            time.sleep(0.01)
        window.files.open_project(Path(folder) / "empty.neuface")
        app.processEvents()
        empty_mib = peak_mib()
        spent: dict[str, tuple[float, float]] = {}

        def timed(name: str, act: Callable[[], object]) -> None:
            clock = Clock()
            act()
            app.processEvents()
            spent[name] = (clock.cpu, clock.wall)

        timed("open", lambda: window.files.open_project(large))
        queue = window.work.queue
        for column in Column:
            timed(f"sort by {column.name.lower()}", lambda c=column: queue.sort_by(c))  # type: ignore[misc]
        timed("go to the search", queue.focus_search)
        timed("filter by text", lambda: queue.search.setText("joy eye"))
        timed("filter by nothing", queue.search.clear)
        for state in (ClipState.TO_REVIEW, ClipState.REJECTED):
            index = queue.state.findData(str(state))
            timed(f"filter by {state}", lambda i=index: queue.state.setCurrentIndex(i))  # type: ignore[misc]
        timed("next clip", lambda: window.review.go_to_clip(1))
        memory_mib = peak_mib() - empty_mib
        window.close_at_once()
        app.processEvents()
    acts = {name: cpu for name, (cpu, _) in spent.items()}
    hand_over(
        {
            "open_100000_s": acts["open"],
            "sort_100000_ms": 1000 * max(cpu for name, cpu in acts.items() if name.startswith("sort")),
            "filter_100000_ms": 1000 * max(cpu for name, cpu in acts.items() if name.startswith("filter")),
            "memory_100000_mib": memory_mib,
        },
        {"clips": count, "cpu_ms": {k: round(1000 * c, 1) for k, (c, _) in spent.items()},
         "wall_ms": {k: round(1000 * w, 1) for k, (_, w) in spent.items()}},
    )  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
