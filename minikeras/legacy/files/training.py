"""How a stored model was compiled, and the state of its optimizer."""

import itertools

from minikeras import losses, metrics, optimizers
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import np, to_numpy
from minikeras.legacy.era import era, era_scope
from minikeras.legacy.files.training_of_2 import slots_by_kind
from minikeras.legacy.updates import state_of
from minikeras.legacy.warned import warn_user
from minikeras.saving.legacy_weights_file import Stored, has, member
from minikeras.serialization import CustomObjectScope

# What optimizers of TensorFlow note beside their arguments.
_SPENT = ("is_legacy_optimizer", "jit_compile")
# Names of slots in files in which the slots of one variable stand together.
_SLOTS = {
    "average", "m", "v", "u", "velocity", "momentum", "accumulator", "accumulated_grad", "linear",
    "accumulated_delta_var", "average_gradient",
}  # fmt: skip


def compile_as_stored(model, training, file, custom_objects=None):
    """Compile a model as its file says, and give its optimizer the state of then.

    Args:
        model: a model that is built.
        training: the attribute ``training_config`` of the file, read.
        file: the open HDF5 file.
        custom_objects: a dict from names to losses, metrics and optimizers of your own.
    """
    compile_only(model, training, custom_objects)
    if has(file, "optimizer_weights"):
        stored = Stored(member(file, "optimizer_weights"))
        values = [np.asarray(dataset[()]) for dataset in stored.datasets]
        set_state(model.optimizer, stored.names, values)


def compile_only(model, training, custom_objects=None):
    """Compile a model as its file says; its optimizer is built, and has taken no step."""
    with CustomObjectScope(custom_objects or {}):
        optimizer = _optimizer(training["optimizer_config"])
        model.compile(
            optimizer=optimizer,
            loss=_modern(training.get("loss"), losses.get),
            metrics=_modern(training.get("metrics"), metrics.get),
            weighted_metrics=_modern(training.get("weighted_metrics"), metrics.get),
            loss_weights=training.get("loss_weights"),
        )
    optimizer.build(model.trainable_variables)


def _optimizer(form):
    """The optimizer of a file; those of tf.keras 2.11 and later have the meaning of today."""
    if "is_legacy_optimizer" in form["config"]:
        with era_scope(3):
            return optimizers.deserialize(_optimizer_form(form))
    made = optimizers.deserialize(_optimizer_form(form))
    if "name" in form["config"]:  # tf.keras clipped each gradient, by value first
        made._clips_values_first = True
        if form["config"].get("clipnorm") is not None:
            made.clipnorm, made.global_clipnorm = form["config"]["clipnorm"], None
    return made


def _optimizer_form(form):
    config = {key: value for key, value in form["config"].items() if key not in _SPENT}
    class_name = form["class_name"].rpartition(">")[2]
    rate = config.get("learning_rate")
    if isinstance(rate, dict) and rate.get("module") is None:
        config["learning_rate"] = {**rate, "module": "keras.optimizers.schedules"}
    if class_name == "Nadam" and era() != 3 and "decay" in config:
        config["schedule_decay"] = config.pop("decay")  # as tf.keras called it
    elif not config.get("decay"):
        config.pop("decay", None)
    if not config.get("use_ema", True):
        config.pop("ema_overwrite_frequency", None)
    return {"class_name": class_name, "config": config}


def _modern(value, get):
    """Losses and metrics, in the structures that they were given in; null for none."""
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _modern(v, get) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_modern(v, get) for v in value]
    if not isinstance(value, dict):
        return value
    config = dict(value["config"])
    if value["class_name"] == "MeanMetricWrapper":
        return metrics.MeanMetricWrapper(metrics.get(config["fn"]), name=config["name"])
    config.pop("fn", None)
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"
    return get({"class_name": value["class_name"].rpartition(">")[2], "config": config})


def set_state(optimizer, names, values):
    """Give an optimizer the state that a file of Keras 1 or 2 has for it.

    Args:
        optimizer: one that is built.
        names: the names of the stored arrays.
        values: the arrays: the count of steps, if it was counted, then slot after slot, or the
            slots of one variable after those of another.

    Raises:
        ValueError: if there are not as many arrays as the optimizer has variables.
    """
    if not values:
        return
    if optimizer._own_updates:
        _set_own_state(optimizer, values)
        return
    if values[0].ndim == 0 and values[0].dtype.kind in "iu":
        optimizer.iterations.assign(int(values[0]))
        names, values = names[1:], values[1:]
    if names and "learning_rate" in names[0]:  # a number of the configuration, too
        names, values = names[1:], values[1:]
    if not values:  # saved before the first step
        return
    if isinstance(optimizer, optimizers.Nadam):
        names, values = _set_product(optimizer, names, values)
    kinds = slots_by_kind(optimizer)
    slots = [slot for kind in kinds for slot in kind]
    if _stands_together(names):
        known = {id(slot) for slot in slots}
        slots = [v for v in optimizer.variables if id(v) in known]
    values = values[: len(slots)]  # Adam of Keras 2.2 and 2.3 also keeps places that it may use
    if len(values) != len(slots):
        raise ValueError(
            f"The file has {len(values)} arrays for the state of {type(optimizer).__name__}, which "
            f"has {len(slots)} variables"
        )
    for variable, value in zip(slots, values):
        variable.assign(value.reshape(variable.shape).astype(str(variable.dtype)))


def _set_own_state(optimizer, values):
    """Give an optimizer that states its updates the state that a file has for it."""
    variables = state_of(optimizer)
    shapes = [tuple(v.shape) for v in variables]
    if [value.shape for value in values] != shapes:
        warn_user(
            f"The file has the state of {type(optimizer).__name__} as arrays of the shapes "
            f"{[value.shape for value in values]}, which are not those of its weights, {shapes}: "
            "it begins anew"
        )
        return
    for variable, value in zip(variables, values):
        variable.assign(value.astype(str(variable.dtype)))


def _set_product(optimizer, names, values):
    """Set Nadam's product of the momenta so far; returns the rest of the names and arrays."""
    product = optimizer.variables[-1]
    for at in (0, len(values) - 1):
        if values[at].ndim == 0:
            product.assign(values[at])
            return names[:at] + names[at + 1 :], values[:at] + values[at + 1 :]
    # Not every version stored it.
    steps = int(to_numpy(plain(optimizer.iterations.array)))
    done = np.arange(1, steps + 1) * getattr(optimizer, "schedule_decay", 1.0)
    product.assign(np.prod(optimizer.beta_1 * (1 - 0.5 * 0.96**done)))
    return names, values


def _stands_together(names):
    """Whether the slots of one variable follow one another in a file."""
    slots = [name.split("/")[1:2] for name in names]
    if names and "/" not in names[0].partition("/")[2]:  # as Keras 3 writes them
        return "rm_sprop" not in names[0]
    if not all(slot and slot[0] in _SLOTS for slot in slots):
        return "Ftrl" in "".join(names[:1])
    changes = sum(a != b for a, b in itertools.pairwise(slots))
    return changes >= len({slot[0] for slot in slots}) > 1
