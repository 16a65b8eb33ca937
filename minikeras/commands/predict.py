"""``predict``: what a model in a file computes for arrays in another."""

from minikeras.commands.models import add_arguments as _add_common, arrays_in, loaded, positive

HELP = """Compute the outputs of a model for inputs in a file of arrays.

Inputs are taken from an .npz file by the names of the model's inputs, else in the order in which
they stand in it; or from an .npy file. Outputs are printed, or written with --out."""
_MOST_ROWS = 10  # that are printed


def add_arguments(parser):
    """The arguments of the command."""
    _add_common(parser)
    parser.add_argument("data", metavar="DATA", help="an .npz or .npy file with the inputs")
    parser.add_argument("--out", metavar="OUT.npz", help="write the outputs, by their names")
    parser.add_argument("--batch-size", type=positive, default=32, metavar="N", help="default: 32")


def run(options):
    """Carry the command out."""
    from minikeras.backend.xp import np
    from minikeras.files import atomic_path

    model = loaded(options)
    inputs = _inputs(options.data, [x.name for x in model.inputs])
    outputs = model.predict(
        inputs if len(inputs) > 1 else inputs[0], batch_size=options.batch_size, verbose=0
    )
    names = getattr(model, "output_names", ["output"])
    if isinstance(outputs, dict):
        found = dict(outputs)
    else:
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        if len(names) != len(outputs):
            names = [f"output_{i}" for i in range(len(outputs))]
        found = dict(zip(names, outputs))
    if options.out:
        with atomic_path(options.out) as temporary, open(temporary, "wb") as file:
            np.savez(file, **found)
        print(f"{options.out} written: {', '.join(f'{n} {y.shape}' for n, y in found.items())}")
        return
    for name, y in found.items():
        print(f"{name} {y.shape}")
        print(np.array2string(y[:_MOST_ROWS], threshold=200, precision=6, suppress_small=True))
        if len(y) > _MOST_ROWS:
            print(f"... {len(y) - _MOST_ROWS} more; --out writes them all")


def _inputs(path, names):
    """The arrays in a file, in the order of the model's inputs."""
    arrays = arrays_in(path)
    if len(names) > 1 and all(name in arrays for name in names):
        return [arrays[name] for name in names]
    if len(arrays) != len(names):
        raise ValueError(
            f"The model has {len(names)} inputs, {names}. {path!r} holds {len(arrays)} arrays: "
            f"{list(arrays)}"
        )
    return list(arrays.values())
