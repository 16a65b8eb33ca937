"""``convert``: a model or its weights in another format."""

from minikeras.commands.models import add_arguments as _add_common, loaded

FORMATS = {
    "keras": ".keras, whole models of Keras 3",
    "h5": "HDF5, whole models as Keras 3 writes them",
    "keras2": "HDF5, whole models that Keras 2 and tf.keras open",
    "weights": ".weights.h5, weights of Keras 3",
    "keras2-weights": "HDF5, weights that Keras 2 and tf.keras open",
    "json": "architecture of Keras 3",
    "keras2-json": "architecture of Keras 2",
    "yaml": "architecture of Keras 2 as YAML",
    "npz": "arrays of the weights by name",
}
# Endings -> the format that they mean.
_ENDINGS = {
    ".weights.h5": "weights", ".keras": "keras", ".h5": "keras2", ".hdf5": "keras2",
    ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".npz": "npz",
}  # fmt: skip
_OF_ARCHITECTURE = ("json", "keras2-json", "yaml")
HELP = (
    "Write a model, its weights or its architecture in another format.\n\n"
    "Any format is read: .keras, HDF5 of Keras 1 to 3, JSON. Formats to write:\n\n"
    + "\n".join(f"  {name:15} {about}" for name, about in FORMATS.items())
    + "\n\nThe ending of OUT tells the format: "
    + ", ".join(f"{ending} {name}" for ending, name in _ENDINGS.items())
    + ".\nWeights alone need --architecture, but for npz."
)


def add_arguments(parser):
    """The arguments of the command."""
    _add_common(parser)
    parser.add_argument("out", metavar="OUT", help="the file to write")
    parser.add_argument("--to", choices=FORMATS, help="the format, if OUT does not tell")
    parser.add_argument(
        "--architecture", metavar="FILE", help="the model to which the weights in FILE belong"
    )
    parser.add_argument(
        "--no-optimizer", action="store_true", help="leave out how the model is trained"
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")


def run(options):
    """Carry the command out."""
    from minikeras.files import check_free

    form = options.to or _format_of(options.out)
    if not options.force:
        try:
            check_free(options.out, False)
        except FileExistsError:
            raise FileExistsError(f"{options.out!r} exists already. --force replaces it") from None
    if form == "npz":
        _write_arrays(options)
    else:
        _write(_model(options, form), form, options)
    print(f"{options.out} written: {FORMATS[form]}")


def _format_of(path):
    for ending, form in _ENDINGS.items():
        if path.endswith(ending):
            return form
    raise ValueError(f"The name {path!r} tells no format. Give it with --to: {', '.join(FORMATS)}")


def _model(options, form):
    from minikeras.commands.inspect import has_weights

    needs_weights = form not in _OF_ARCHITECTURE
    if options.architecture is not None:
        options.file, options.weights = options.architecture, options.file
    elif needs_weights and options.weights is None and not has_weights(options.file):
        raise ValueError(
            f"{options.file!r} holds an architecture alone. Give the file of the weights with "
            "--weights"
        )
    return loaded(options)


def _write(model, form, options):
    from minikeras.files import atomic_path
    from minikeras.legacy.era import era_scope
    from minikeras.legacy.files import writing

    keeps = not options.no_optimizer
    if form in ("keras", "h5"):
        with era_scope(3):
            if form == "keras":
                _with_ending(options.out, ".keras")
                model.save(options.out, include_optimizer=keeps)
            else:
                writing.save_h5(model, options.out, include_optimizer=keeps)
    elif form == "keras2":
        writing.save_keras2(model, options.out, include_optimizer=keeps)
    elif form == "weights":
        _with_ending(options.out, ".weights.h5")
        with era_scope(3):
            model.save_weights(options.out)
    elif form == "keras2-weights":
        writing.save_weights_keras2(model, options.out)
    else:
        text = _text(model, form)
        with atomic_path(options.out) as temporary, open(temporary, "w", encoding="utf-8") as file:
            file.write(text)


def _text(model, form):
    from minikeras.legacy.era import era_scope
    from minikeras.legacy.files import writing

    if form == "yaml":
        return model.to_yaml()
    if form == "keras2-json":
        return writing.keras2_json(model, indent=1)
    with era_scope(3):
        return model.to_json(indent=1)


def _with_ending(path, ending):
    if not path.endswith(ending):
        raise ValueError(f"The name of such a file ends in {ending!r}. Received: {path!r}")


def _write_arrays(options):
    from minikeras.backend.xp import np
    from minikeras.files import atomic_path
    from minikeras.saving.arrays import read_arrays

    arrays = read_arrays(options.weights or options.file)
    with atomic_path(options.out) as temporary, open(temporary, "wb") as file:
        np.savez(file, **{name.replace("/", "."): array for name, array in arrays.items()})
