"""How `neuface evaluate` tells a project from a verb: `evaluate P --table2` and `evaluate mpve PRED GT` both work."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer
import typer.core

METHODS = "methods"


class EvaluateGroup(typer.core.TyperGroup):
    """A group whose first word may be the folder of a project, or an option: then `methods` is meant.

    A folder that is called like a verb is named with its path: ``./mpve``. (The context is `Any`: its class has moved
    between releases of typer.)
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first and first not in self.commands and first not in (*ctx.help_option_names, "--"):
            near = get_close_matches(first, self.commands, n=1, cutoff=0.7)
            if near and not Path(first).exists():
                raise typer.BadParameter(f"{first!r} is no command and no project. Did you mean {near[0]!r}?", ctx)
            args = [METHODS, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[Any]:
        return ["[PROJECT | COMMAND] [OPTIONS] ..."]
