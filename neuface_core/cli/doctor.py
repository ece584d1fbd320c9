"""`neuface doctor`: what this installation has, and what it lacks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from neuface_core.cli import terminal


def doctor(json: Annotated[bool, typer.Option("--json", help="For scripts and bug reports.")] = False) -> None:
    """Look at Python, libraries, devices, models, window system, fonts, permissions and disk."""
    from neuface_core.cli.checks import all_checks

    checks = []
    for check in all_checks():
        checks.append(check)
        if not json:
            mark, style = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("!", "yellow")}[check.ok]
            text = f"{mark} {check.name}: {check.found}" + (f" {check.remedy}" if check.remedy else "")
            terminal.output().print(text, style=style, markup=False, highlight=False, soft_wrap=True)
    sound = all(check.ok is not False for check in checks)
    if json:
        terminal.print_json({"ok": sound, "checks": [asdict(check) for check in checks]})
    if not sound:
        raise typer.Exit(terminal.USER_ERROR)
