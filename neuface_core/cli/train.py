"""`neuface train`: the parts of the program that this repository makes itself, made again."""

from __future__ import annotations

import typer

from neuface_core.cli.train_encoder import train_encoder
from neuface_core.cli.train_synth import train_synth

app = typer.Typer(help="Render synthetic faces, and train the encoder on them.", no_args_is_help=True)


@app.callback()
def _train() -> None:
    """Render synthetic faces, and train the encoder on them."""


app.command("synth")(train_synth)
app.command("encoder")(train_encoder)
