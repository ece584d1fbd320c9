"""Finds the system libraries and programs that Qt, OpenGL and the virtual screen need, by loading them.

Runs before anything is installed, so it uses nothing but the standard library. It is silent when all is there; else
it installs the missing packages (as root, or with a sudo that asks for no password), or prints the line that does and
ends with exit status 1.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Library to load, and the Debian and Ubuntu package that has it. Where a later release added `t64` to a package's
# name, apt still understands the name given here. What each is for: `readelf -d` of Qt's `libqxcb.so`, VTK and OpenCV.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
PROGRAMS = {"Xvfb": "xvfb", "xvfb-run": "xvfb", "xauth": "xauth"}
# Nothing loads these by name: Mesa's software renderer and any one font are looked for as files.
FILES = {
    "libgl1-mesa-dri": (
        "/usr/lib/*/dri/swrast_dri.so",
        "/usr/lib/*/libgallium*.so",
        "/usr/lib*/dri/swrast_dri.so",
        "/usr/lib*/libgallium*.so",
    ),
    "fonts-dejavu-core": ("/usr/share/fonts/**/*.?tf", "/usr/local/share/fonts/**/*.?tf", "~/.fonts/**/*.?tf"),
}


def loads(library: str) -> bool:
    """Whether the dynamic linker finds `library`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def exists(pattern: str) -> bool:
    """Whether any file matches an absolute glob `pattern`."""
    path = Path(pattern).expanduser()
    return next(Path(path.anchor).glob("/".join(path.parts[1:])), None) is not None


def missing_packages() -> list[str]:
    """Packages of what cannot be found, each once, in alphabetical order."""
    missing = {package for library, package in LIBRARIES.items() if not loads(library)}
    missing |= {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    missing |= {package for package, patterns in FILES.items() if not any(map(exists, patterns))}
    return sorted(missing)


def root_prefix() -> list[str] | None:
    """What to put before a command that needs root, or None where only a person can give the right."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def install(packages: list[str]) -> int:
    """Install `packages` with apt, or say how; the exit status."""
    line = "apt-get install --no-install-recommends " + " ".join(packages)
    if shutil.which("apt-get") is None:
        print(f"These are missing (names of Debian's packages): {' '.join(packages)}", file=sys.stderr)
        print("Install what your system calls them, then run the same command again.", file=sys.stderr)
        return 1
    prefix = root_prefix()
    if prefix is None:
        print(
            f"System packages are missing. Run this, then the same command again:\n\n    sudo {line}\n", file=sys.stderr
        )
        return 1
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
    # A list of packages that is a little old serves most often, so a failed update alone is no reason to stop.
    subprocess.run([*prefix, *quiet, "update"], check=False, env=environment, stdin=subprocess.DEVNULL)
    command = [*prefix, *quiet, "install", "-y", "--no-install-recommends", *packages]
    if subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL).returncode != 0:
        print(
            f"apt could not install them. Try it by hand and read what it says:\n\n    sudo {line}\n", file=sys.stderr
        )
        return 1
    return 0


def main(arguments: list[str]) -> int:
    """`system_libraries.py [--check] [PACKAGE…]`: what Qt needs, and these packages besides."""
    only_check = arguments[:1] == ["--check"]
    # macOS and Windows bring Qt's and OpenGL's libraries themselves.
    missing = missing_packages() if sys.platform.startswith("linux") else []
    if only_check:
        if missing:
            print(f"Still missing after the installation: {' '.join(missing)}", file=sys.stderr)
        return 1 if missing else 0
    packages = sorted({*missing, *arguments})
    if not packages:
        return 0
    # Looked for again by a new process: the linker of this one may remember what it did not find.
    return install(packages) or subprocess.run([sys.executable, __file__, "--check"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
