"""``.keras`` files of tf.keras 2.12 and later: Keras 3's zip, with configurations of Keras 2."""

from minikeras.guarded import hdf5
from minikeras.legacy.era import era_scope
from minikeras.legacy.files.models import model_from_old_form
from minikeras.saving import model_file
from minikeras.saving.assets import read_assets
from minikeras.saving.weights_file import StoredVariables, read_weights


def install():
    """Let `load_model` read such files."""
    model_file.OTHER_FORMATS.append((is_of_2, _load))


def is_of_2(path):
    """Whether a path is such a file."""
    if not model_file.is_archive(path):
        return False
    try:
        version = model_file.read_metadata(path).get("keras_version")
    except ValueError:  # a better error follows
        return False
    return str(version).startswith("2.")


def _load(path, custom_objects=None, compile=True, safe_mode=True):
    form = model_file.read_config(path)
    training = form.get("compile_config") or {}
    if not isinstance(form.get("config"), dict) or "layers" not in form["config"]:
        raise ValueError(
            f"{path!r} holds the model {form['class_name']!r}, which is neither Sequential nor "
            "functional. Make it, then call model.load_weights on the file"
        )
    model = model_from_old_form(without_modules(form), custom_objects, safe_mode, "2", repr(path))
    with model_file.opened_weights(path) as file:
        read_weights(file, model)
        if compile and training.get("optimizer"):
            from minikeras.legacy.files.training import compile_only

            form = training["optimizer"]
            if isinstance(form, str):  # as it was given to `compile`
                form = {"class_name": form, "config": {"is_legacy_optimizer": False}}
            with era_scope(2):
                compile_only(model, {**training, "optimizer_config": form}, custom_objects)
            with hdf5.opened(file) as opened:
                _set_state(model.optimizer, opened, form)
    read_assets(path, model)
    return model


def _set_state(optimizer, file, form):
    from minikeras.legacy.files.training import set_state

    stored = StoredVariables(file, "optimizer/vars")
    values = [array[()] for array in stored.values()]
    # The layout of the slots is told by names: kind by kind for optimizers of before 2.11.
    name = "slots/variable" if "is_legacy_optimizer" in form["config"] else "slots/variable/kind"
    set_state(optimizer, ["iteration", *[name] * (len(values) - 1)], values)


def without_modules(form):
    """The form of a model with its layers as HDF5 files of that time have them."""
    found = {"class_name": form.get("registered_name") or form["class_name"]}
    if form.get("module", "").split(".")[0] in ("keras", "tf_keras"):
        found["class_name"] = form["class_name"]
    found |= {key: form[key] for key in ("name", "inbound_nodes") if key in form}
    config = form["config"]
    if isinstance(config, dict) and isinstance(config.get("layers"), list):
        config = {**config, "layers": [without_modules(layer) for layer in config["layers"]]}
    return {**found, "config": config}
