"""``train``: run a script, and keep what its trainings come to."""

import argparse
import contextlib
import functools
import importlib.util
import os

from minikeras.commands.models import positive

HELP = """Run a script written for Keras, and keep the models, curves and logs of its trainings.

Scripts need not be changed: what is asked for here is added to each `fit`. The second training and
later ones have a number in the names of their files. Everything behind the script is passed on to
it; use `python -m minikeras SCRIPT` to run it as it is."""

# Where arguments of `fit` stand if they are given without their names.
_EPOCHS, _CALLBACKS = 3, 5


def add_arguments(parser):
    """The arguments of the command."""
    parser.add_argument("--era", type=int, choices=(1, 2, 3), help="the era of Keras")
    parser.add_argument(
        "--epochs", type=positive, metavar="N", help="in place of the number that the script states"
    )
    parser.add_argument("--save", metavar="FILE.keras", help="save the trained model")
    parser.add_argument("--plot", metavar="FILE", help="draw the curves: .png, .svg or .pdf")
    parser.add_argument("--csv", metavar="FILE", help="write the logs of the epochs")
    parser.add_argument("--tensorboard", metavar="FOLDER", help="write logs for TensorBoard")
    parser.add_argument("script", metavar="SCRIPT", help="a Python program")
    parser.add_argument("arguments", metavar="...", nargs=argparse.REMAINDER, help="of the script")


def run(options):
    """Carry the command out."""
    if not os.path.isfile(options.script):
        raise FileNotFoundError(f"There is no script {options.script!r}")
    _check_before_training(options)
    from minikeras.legacy.scripts import run as run_script

    options.traceback = True  # failures of the script are for its author to find
    with _followed(options) as trainings:
        run_script(options.script, options.arguments, options.era)
    if not trainings:
        print("The script never called `fit`: nothing was kept")


def _check_before_training(options):
    """Find out now what could not be written after hours."""
    for path in (options.save, options.plot, options.csv):
        folder = os.path.dirname(path or "") or "."
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"There is no folder {folder!r} to write {path!r} to")
    for option, path, endings in (
        ("--save", options.save, (".keras", ".h5", ".hdf5")),
        ("--plot", options.plot, (".png", ".svg", ".pdf", ".jpg", ".webp")),
    ):
        if path and not path.lower().endswith(endings):
            raise ValueError(f"{option} takes a name that ends in one of {endings}, not {path!r}")
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        raise ImportError("--plot needs matplotlib: pip install 'keras-on-numpy[plot]'")


@contextlib.contextmanager
def _followed(options):
    """Change `fit` while a script runs. Gives a list that grows by the history of each training."""
    from minikeras.training.trainer import Trainer

    fit, trainings = Trainer.fit, []

    @functools.wraps(fit)
    def followed(self, *args, **kwargs):
        number = len(trainings) + 1
        args = list(args)
        if options.epochs is not None:
            kwargs.pop("nb_epoch", None)  # its name in Keras 1
            _give(args, kwargs, _EPOCHS, "epochs", options.epochs)
        own = _callbacks(options, number)
        if own:
            given = args[_CALLBACKS] if len(args) > _CALLBACKS else kwargs.get("callbacks")
            _give(args, kwargs, _CALLBACKS, "callbacks", _joined(given, own, self))
        history = fit(self, *args, **kwargs)
        trainings.append(history)
        _keep(options, number, self, history)
        return history

    Trainer.fit = followed
    try:
        yield trainings
    finally:
        Trainer.fit = fit


def _give(args, kwargs, place, name, value):
    """Set an argument where it stands."""
    if len(args) > place:
        args[place] = value
    else:
        kwargs[name] = value


def _callbacks(options, number):
    from minikeras import callbacks

    found = []
    if options.csv:
        found.append(callbacks.CSVLogger(_numbered(options.csv, number)))
    if options.tensorboard:
        found.append(callbacks.TensorBoard(_numbered(options.tensorboard, number)))
    return found


def _joined(given, own, model):
    """The callbacks of the script and those of the command."""
    from minikeras.callbacks import CallbackList

    if isinstance(given, CallbackList):
        for callback in own:
            callback.set_model(model)
            given.append(callback)
        return given
    given = [] if given is None else given
    return [*(given if isinstance(given, (list, tuple)) else [given]), *own]


def _keep(options, number, model, history):
    if options.save:
        model.save(_numbered(options.save, number))
    if options.plot:
        history.plot().savefig(_numbered(options.plot, number))
    for path in (options.save, options.plot, options.csv, options.tensorboard):
        if path:
            print(f"{_numbered(path, number)} written")


def _numbered(path, number):
    """The path for one of several trainings: ``model.keras``, ``model-2.keras`` and so on."""
    if number == 1:
        return path
    stem, ending = os.path.splitext(path)
    return f"{stem}-{number}{ending}"
