"""``evaluate``: the loss and the metrics of a model in a file, on inputs and targets in another."""

from minikeras.commands.models import add_arguments as _add_common, arrays_in, loaded, positive

HELP = """Print the loss and the metrics of a model for inputs and targets in a file of arrays.

They are taken from an .npz file by the names of the model's inputs and outputs; else, for one input
and one output, by the names x and y, or x_test and y_test; else in their order, inputs first. Loss
and metrics are those that the model was compiled with, unless others are named."""
_PAIRS = (("x", "y"), ("x_test", "y_test"))


def add_arguments(parser):
    """The arguments of the command."""
    _add_common(parser)
    parser.add_argument("data", metavar="DATA.npz", help="inputs and targets")
    parser.add_argument("--loss", metavar="NAME", help="such as mse; in place of the model's own")
    parser.add_argument(
        "--metrics", metavar="NAME", nargs="+", help="such as accuracy; in place of the model's own"
    )
    parser.add_argument("--batch-size", type=positive, default=32, metavar="N", help="default: 32")


def run(options):
    """Carry the command out."""
    model = loaded(options)
    inputs, targets = _arrays(options.data, model)
    if options.loss or options.metrics:
        loss = options.loss or (model.loss if model.compiled else None)
        model.compile(loss=loss, metrics=options.metrics)
    elif not model.compiled:
        raise ValueError(
            f"The model in {options.file!r} was saved without a loss: name one with --loss, "
            "such as --loss mse"
        )
    found = model.evaluate(
        inputs, targets, batch_size=options.batch_size, verbose=0, return_dict=True
    )
    for name, number in found.items():
        print(f"{name}: {float(number):.6g}")


def _arrays(path, model):
    """The inputs and the targets, each an array or a list of several."""
    arrays = arrays_in(path)
    if "" in arrays:
        raise ValueError(
            f"{path!r} holds one array. Inputs and targets are taken from an .npz file: "
            "np.savez(path, x=inputs, y=targets)"
        )
    inputs = [x.name for x in model.inputs]
    outputs = list(getattr(model, "output_names", ()))
    names = [*inputs, *outputs]
    pair = next((p for p in _PAIRS if set(p) <= set(arrays)), None)
    if len(set(names)) == len(names) and set(names) <= set(arrays):
        found = [arrays[name] for name in names]
    elif pair is not None and len(names) == 2:
        found = [arrays[name] for name in pair]
    elif len(arrays) == len(names):
        found = list(arrays.values())
    else:
        raise ValueError(
            f"The model has the inputs {inputs} and the outputs {outputs}. {path!r} holds "
            f"{len(arrays)} arrays: {list(arrays)}"
        )
    parts = found[: len(inputs)], found[len(inputs) :]
    return tuple(part if len(part) > 1 else part[0] for part in parts)
