"""`make demo`: real clips become meshes, a clip is accepted in the Studio, and a dataset comes out.

Uses the two programs that a user has, the `neuface` command and the window. Where there is a display and a person, the
Studio opens on the fitted clips; else the same is done on a virtual screen, and `demo/out/` holds what came of it.
`demo.py --all` fits the longest sample clip as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from neuface_core.errors import NeuFaceError
from neuface_core.models import sample_clips

REPOSITORY = Path(__file__).resolve().parent.parent
OUT = REPOSITORY / "demo" / "out"
PROJECT = OUT / "demo.neuface"
PROGRAMS = Path(sys.executable).parent
# 472 frames: more than half of the time of all clips, and a demonstration should be over before the coffee is.
LONG_CLIP = "WolfgangLanger_Pexels"
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")


def say(text: str) -> None:
    print(f"[demo] {text}", flush=True)


def neuface(*arguments: str | Path) -> None:
    """Run a verb of the command line; its output is the user's to see."""
    command = [str(PROGRAMS / "neuface"), *map(str, arguments)]
    say("neuface " + " ".join(_short(argument) for argument in arguments))
    subprocess.run(command, check=True, cwd=REPOSITORY, stdin=subprocess.DEVNULL)


def _short(argument: str | Path) -> str:
    path = Path(argument)
    return str(path.relative_to(REPOSITORY)) if path.is_absolute() and path.is_relative_to(REPOSITORY) else str(path)


def clips() -> list[dict[str, object]]:
    """What `neuface list --json` says of the project."""
    command = [str(PROGRAMS / "neuface"), "list", str(PROJECT), "--json"]
    done = subprocess.run(command, check=True, cwd=REPOSITORY, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    listed: list[dict[str, object]] = json.loads(done.stdout)
    return listed


def someone_is_watching() -> bool:
    """Whether a window would be seen: a display, and a person at the terminal."""
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
    return bool(display) and sys.stdin.isatty() and not os.environ.get("CI")


def tour() -> None:
    """Drive the real window on a virtual screen: it accepts, exports, and takes its own picture."""
    environment = os.environ | {"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
    command = [*SCREEN, sys.executable, "-m", "neuface_studio.tour", str(PROJECT), str(OUT)]
    say("the Studio, on a virtual screen")
    subprocess.run(command, check=True, cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL)


def without_display() -> None:
    """The whole way, and three files that prove it."""
    tour()
    accepted = next(str(clip["name"]) for clip in clips() if clip["state"] == "accepted")
    overlay = OUT / "overlay.mp4"
    neuface("render", PROJECT, accepted, overlay)
    neuface("verify", OUT / "demo.h5")
    neuface("list", PROJECT)
    say("done:")
    results = {"demo.h5": "the dataset", "overlay.mp4": "the mesh over the video", "studio.png": "the window"}
    for name, what in results.items():
        path = OUT / name
        if not path.is_file() or path.stat().st_size == 0:
            raise SystemExit(f"[demo] {what} was not written ({path})")
        print(f"    {path.relative_to(REPOSITORY)}  {what}, {path.stat().st_size / 1e6:.1f} MB")
    print(f"    {PROJECT.relative_to(REPOSITORY)}  the project: neuface review {PROJECT.relative_to(REPOSITORY)}")


def main() -> int:
    """Fit, then show."""
    start = time.monotonic()
    watched = someone_is_watching()
    if not watched and PROJECT.exists():
        shutil.rmtree(PROJECT)  # a tour accepts a clip that is still to be reviewed; a person's decisions stay
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        chosen = [path for path in sample_clips() if path.stem != LONG_CLIP or "--all" in sys.argv]
        neuface("fit", *chosen, "-p", PROJECT)
        if watched:
            say("the Studio opens: A accepts, R rejects, ? shows every key")
            neuface("review", PROJECT)
        else:
            without_display()
    except NeuFaceError as error:
        print(f"[demo] {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"[demo] a step failed with exit status {error.returncode}; see above", file=sys.stderr)
        return 1
    say(f"{time.monotonic() - start:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
