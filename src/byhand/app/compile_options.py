"""The command ``byhand compile``: its options. What takes long to import is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

TARGETS = ("numpy", "c", "jax")
PARTS = ("step", "gradients", "forward")


@click.command(name="compile", no_args_is_help=True)
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(TARGETS), default="numpy", show_default=True, help="The language of the code.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of the terminal.")
@click.option("--what", type=click.Choice(PARTS), default="step", show_default=True, help="A step of training, the loss with its gradients, or the prediction.")
@click.option("--rule", help="The update rule.  [default: that of the step on the sheet, else gradient_descent]")
@click.option("--option", "options", multiple=True, metavar="NAME=NUMBER", help="A hyperparameter of the rule, such as beta1=0.95; may be repeated.")
@click.option("--sizes", metavar="SIZES", help="Numbers for size letters, such as N=32,d=5.  [default: a batch of 32]")
@click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float64", show_default=True, help="The numbers of c, and of numpy --buffers.")
@click.option("--buffers", is_flag=True, help="With numpy: the calls of byhand's own engine, which take memory once.")
def compile_(**given: Any) -> None:
    """Write the formulas of SHEET, gradients included, as code that trains.

    NumPy: a function that a student could have written. C: one C11 file without
    dependencies, for the sizes given. JAX: the same formulas under jit and scan.
    Each line has its formula as a comment, and no automatic differentiation.
    """
    from byhand.app.compile_command import asked_of, compiled
    from byhand.app.files import deliver

    deliver(compiled(asked_of(given)), given["output"])
