"""`neuface config`: the settings, with what each of them means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.cli.fit import Preset
from neuface_core.errors import NeuFaceError

if TYPE_CHECKING:
    from pydantic import BaseModel


def config(
    project: Annotated[Path | None, typer.Argument(help="Folder of a project; without it the defaults.")] = None,
    preset: Annotated[Preset | None, typer.Option(help="Show this preset instead.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change an entry of the project: encoder=deca, neuface.trainable=all, …"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the settings with their meaning; those of a project stand in its project.toml, where you may edit them.

    Terminal and window fit with these, and every fit remembers what it was made with.
    """
    from neuface_core.fitting.settings import NeuFaceSettings
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project

    settings = PipelineSettings()
    if change:
        if project is None:
            raise NeuFaceError("Only the settings of a project can be changed.", remedy="Name its folder.")
        _change(project, change)
    if project is not None:
        with Project.open(project, read_only=True) as opened:
            settings = PipelineSettings.of_project(opened.settings, opened.path)
    if preset is not None:
        settings = settings.model_copy(update={"neuface": NeuFaceSettings.of_preset(preset.value)})
    if json:
        terminal.print_json(settings.model_dump(mode="json"))
    else:
        typer.echo(as_toml(settings, "settings"))


def _change(project: Path, entries: list[str]) -> None:
    """Write entries like "neuface.trainable=all" into the project, if all of them are possible."""
    from copy import deepcopy

    from neuface_core.encoders.loading import is_name
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project

    with Project.open(project) as opened:
        stored = deepcopy(dict(opened.settings))
        for entry in entries:
            name, equals, words = entry.partition("=")
            *tables, last = name.strip().split(".")
            if not equals or not last:
                raise NeuFaceError(f"{entry!r} says no value.", remedy="Write for example --set encoder=deca.")
            table = stored
            for part in tables:
                table = table.setdefault(part, {})
            table[last] = _value(words.strip())
        encoder = PipelineSettings.of_project(stored, opened.path).encoder
        if not is_name(encoder):
            if not Path(encoder).exists():
                raise NeuFaceError(
                    f"There is no encoder {encoder!r}, nor such a file. Nothing was changed.",
                    remedy="Name open, deca, emoca, emoca:NAME, or a file.",
                )
            stored["encoder"] = str(Path(encoder).absolute())  # not from where the command was called
        opened.set_settings(stored)


def _value(words: str) -> object:
    """A number, true, false or quoted text as TOML has it; anything else is the text that it is."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.value(words).unwrap()
    except (TOMLKitError, ValueError):
        return words


def as_toml(settings: BaseModel, table: str) -> str:
    """A settings object as TOML, every entry with its meaning above it; nested objects as tables at the end."""
    import tomlkit
    from pydantic import BaseModel

    lines, nested = [f"[{table}]"], []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            nested.append(as_toml(value, f"{table}.{name}"))
            continue
        if field.description:
            lines.append(f"# {field.description}")
        lines.append(f"{name} = {tomlkit.item(value).as_string()}")
    return "\n\n".join(["\n".join(lines), *nested])
