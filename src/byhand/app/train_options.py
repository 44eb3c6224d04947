"""The command ``byhand train``: its options. What takes long to import is imported when it runs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

_file = click.Path(dir_okay=False, path_type=Path)


@click.command(no_args_is_help=True)
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--data", required=True, metavar="DATA", help="A CSV, NPY, NPZ or Parquet file, or digits, iris, wine, breast_cancer, diabetes.")
@click.option("--target", metavar="COLUMN", help="The column that is predicted, by name or number.  [default: target, label, class or y, else the last]")
@click.option("--target-file", type=_file, help="A file of labels beside DATA.")
@click.option("--test", type=str, metavar="DATA", help="Samples to judge the trained network by.")
@click.option("--validation", type=float, metavar="SHARE", help="How much of DATA is held back.  [default: 0.2]")
@click.option("--epochs", type=int, help="Passes over the samples.  [default: as many as make 2000 steps, from 10 to 300]")
@click.option("--batch", type=int, help="Samples that one step sees.  [default: 32]")
@click.option("--rule", help="The update rule.  [default: that of the step on the sheet, else adam]")
@click.option("--rate", type=float, help="The learning rate.  [default: the rule's usual one]")
@click.option("--option", "options", multiple=True, metavar="NAME=NUMBER", help="A hyperparameter of the rule, such as beta1=0.95; may be repeated.")
@click.option("--schedule", help="How the rate changes: constant, step, exponential, cosine, inverse_time or plateau, such as step:every=10,factor=0.5.")
@click.option("--warmup", type=float, metavar="EPOCHS", help="Let the rate grow from 0 for so many epochs.")
@click.option("--weight-decay", type=float, help="The strength of the L2 penalty.")
@click.option("--clip-norm", type=float, help="The longest gradient of all parameters together.")
@click.option("--class-weight", metavar="WEIGHTS", help='How much classes count: balanced, or such as "cat=2,dog=1".')
@click.option("--patience", type=int, metavar="EPOCHS", help="Stop after so many epochs without a lower loss, and take the best parameters back.")
@click.option("--min-delta", type=float, help="By how much a loss has to be lower to count.")
@click.option("--init", "initialiser", help="How weights begin: xavier_uniform, he_normal, …  [default: as the activation asks for]")
@click.option("--scaling", type=click.Choice(["standard", "minmax", "none"]), help="The scale of the features.  [default: standard]")
@click.option("--dtype", type=click.Choice(["float64", "float32"]), help="The numbers to compute with.  [default: float64]")
@click.option("--seed", type=int, help="Decides the split, the first parameters and the order of samples.  [default: 0]")
@click.option("--engine", type=click.Choice(["auto", "c", "numpy", "jax"]), help="What runs the steps.  [default: auto]")
@click.option("--threads", type=int, help="How many threads the engine uses.")
@click.option("--processes", type=int, metavar="N", help="Train on so many processes: all on this host, or with --coordinator on several.")
@click.option("--mesh", metavar="MESH", help="How their devices share the work, such as data=2,model=2.  [default: all share the samples]")
@click.option("--coordinator", metavar="HOST:PORT", help="Where the processes of several hosts meet: at process 0; or auto, where SLURM or Open MPI knows.")
@click.option("--process-id", type=int, metavar="K", help="Which of the processes this one is, from 0.")
@click.option("--products", type=click.Choice(["highest", "tensorfloat32", "bfloat16"]), help="How GPUs multiply 32-bit floats.  [default: highest]")
@click.option("--checkpoint", type=_file, metavar="FILE", help="Save the run to this file as it goes on.")
@click.option("--every", type=float, metavar="EPOCHS", help="After how many epochs, or which part of one: 0.1.  [default: 1, but at most once a second]")
@click.option("--resume", is_flag=True, help="Go on with the run in --checkpoint.")
@click.option("--save", type=_file, metavar="FILE", help="Save the trained network to this file (safetensors).")
@click.option("--onnx", type=_file, metavar="FILE", help="Write the trained network to this file for ONNX runtimes.")
@click.option("--plot", type=_file, metavar="FILE", help="Draw the learning curve: .svg or .png.")
@click.option("--report", type=_file, metavar="FILE", help="Write formulas, course and confusion matrix to this page: .html, .md, .tex or .pdf.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in the place of everything else.")
@click.option("-q", "--quiet", is_flag=True, help="Print the result alone.")
@click.pass_context
def train(context: click.Context, **given: Any) -> None:
    """Train the network of SHEET on DATA with the formulas that byhand solve shows.

    The loss, its parameters and the data are found on the sheet; what was
    decided is said first. Ctrl-C ends a run and keeps what there is; one that was
    killed goes on with --resume.
    """
    from byhand.app.train_command import asked_of
    from byhand.app.train_command import train as trained

    if sys.platform != "win32":
        signal.alarm(0)  # a run takes as long as it takes
    context.exit(trained(asked_of(given)))


@click.command(no_args_is_help=True)
@click.argument("network", type=_file)
@click.option("--data", required=True, metavar="DATA", help="Samples with the columns that the network was trained on; a target is not needed.")
@click.option("--probabilities", is_flag=True, help="A column for each class, in the place of the class.")
@click.option("-o", "--output", type=_file, help="Write to this file instead of the terminal.")
def predict(network: Path, data: str, probabilities: bool, output: Path | None) -> None:
    """Predict with NETWORK, saved by byhand train --save: CSV, a row for each sample."""
    from byhand.app.files import deliver
    from byhand.app.predict_command import predicted
    from byhand.train.run.files import check_apart

    check_apart([] if output is None else [output], [network, Path(data)])
    deliver(predicted(network, data, probabilities), output)
