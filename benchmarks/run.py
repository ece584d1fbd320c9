"""`make bench`: every benchmark in a process of its own, figures to results.json and results.md beside this file.

    python benchmarks/run.py [NAME...]        (without names: all; those that were not run keep their older figures)

A benchmark is a script `bench_NAME.py`; the last line that it prints is one JSON object with its `results` by key and
`details` of how they came about. One that fails is named, and the others still run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measure import machine

from neuface_core.atomic_file import atomic_write

HERE = Path(__file__).resolve().parent
# Bars of the project's plan: a figure above its bar is marked in the table. `least` for what must be high.
BARS: dict[str, tuple[str, float, str]] = {
    "step_over_bare": (
        "one step of the fit over forward + backward + Adam of the same network and batch",
        1.15,
        "most",
    ),
    "deca_step_over_bare": (
        "one step of the paper's configuration with DECA over a bare ResNet-50's, same pictures",
        1.15,
        "most",
    ),
    "seconds_120x1": ("120 frames, 1 view, video to result (s)", 20.0, "most"),
    "seconds_120x1_fit": ("of which the fit (s)", 8.0, "most"),
    "seconds_120x7": ("120 frames, 7 views (s)", 100.0, "most"),
    "cost_per_frame_10000_over_500": ("time per frame at 10,000 frames over that at 500", 1.10, "most"),
    "memory_10000_over_1000": ("peak memory at 10,000 frames over that at 1,000", 1.10, "most"),
    "frame_step_over_limit": (
        "a frame step in the window over 1.25 x (decode of that frame + one VTK render of its mesh)",
        1.0,
        "most",
    ),
    "event_loop_p99_ms_process": (
        "how late the window's event loop is while a fit runs in its process, 99th percentile (ms)",
        50.0,
        "most",
    ),
    "event_loop_p99_ms_thread": ("the same while it runs on the background thread (ms)", 200.0, "most"),
    "open_100000_s": ("a project of 100,000 clips is open (s)", 2.0, "most"),
    "sort_100000_ms": ("its queue is sorted by the slowest column (ms)", 200.0, "most"),
    "filter_100000_ms": ("and filtered (ms)", 200.0, "most"),
    "memory_100000_mib": ("memory above an empty project (MiB)", 500.0, "most"),
    "skinning_over_smplx": ("skinning, forward + backward: times as fast as smplx", 1.5, "least"),
}


def main(names: list[str]) -> int:
    """Run, keep and report; 1 when a benchmark failed."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    unknown = [name for name in names if name not in scripts]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(scripts)}.", file=sys.stderr)
        return 2
    kept = _read(HERE / "results.json")
    failed = []
    for name in names or list(scripts):
        print(f"[bench] {name}", flush=True)
        answer = _run(scripts[name])
        if answer is None:
            failed.append(name)
            continue
        kept.update(answer["results"])
        kept.setdefault("details", {})[name] = {
            **answer["details"],
            "results": answer["results"],
            "load_before": round(os.getloadavg()[0], 1),
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
        }
        _write(kept)
        for key, value in answer["results"].items():
            print(f"[bench]   {key} = {value}", flush=True)
    if failed:
        print(f"[bench] failed: {', '.join(failed)}; see above. The other figures were kept.", file=sys.stderr)
    return 1 if failed else 0


def _run(script: Path) -> dict[str, Any] | None:
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return None
    print("\n".join(lines[:-1]), end="\n" if len(lines) > 1 else "")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer if "results" in answer else {"results": answer, "details": {}}


def _read(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def _write(kept: dict[str, Any]) -> None:
    known = [key for key in BARS if key in kept]
    others = sorted(key for key in kept if key not in BARS and key != "details")
    ordered = {key: kept[key] for key in [*known, *others]} | {"details": dict(sorted(kept["details"].items()))}
    with atomic_write(HERE / "results.json") as file:
        file.write((json.dumps(ordered, indent=1) + "\n").encode())
    with atomic_write(HERE / "results.md") as file:
        file.write(_markdown(ordered, known, others).encode())


def _markdown(kept: dict[str, Any], known: list[str], others: list[str]) -> str:
    lines = ["# Benchmarks", "", "Written by `make bench`; `results.json` says how each figure came about.", ""]
    lines += ["| key | what | measured | bar | holds |", "|---|---|---|---|---|"]
    for key in known:
        what, bar, kind = BARS[key]
        sign, holds = ("≤", kept[key] <= bar) if kind == "most" else ("≥", kept[key] >= bar)
        said = "yes" if holds else "**no**"
        lines.append(f"| `{key}` | {what} | {kept[key]:.3g} | {sign} {bar:g} | {said} |")
    if others:
        lines += ["", "| further figure | |", "|---|---|"]
        lines += [f"| `{key}` | {kept[key]:.4g} |" for key in others if isinstance(kept[key], int | float)]
    machines = {json.dumps(entry["machine"], sort_keys=True) for entry in kept["details"].values()}
    lines += [""]
    for text in sorted(machines):
        facts = json.loads(text)
        who = [name for name, entry in kept["details"].items() if entry["machine"] == facts]
        lines.append(
            f"{', '.join(who)}: {facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, "
            f"{facts['gpu'] or 'no GPU'}, torch {facts['torch']}."
        )
    busy = [
        f"{name} {entry['load_before']}"
        for name, entry in kept["details"].items()
        if entry["load_before"] > int(entry["machine"]["cores"] or 1)
    ]
    if busy:
        lines += ["", f"Load average above the number of cores when it was measured: {', '.join(busy)}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
