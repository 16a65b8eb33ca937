"""How a stored model was compiled, and the state of its optimizer."""

from minikeras import metrics, optimizers
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import np, to_numpy
from minikeras.saving.legacy_weights_file import Stored, has, member
from minikeras.serialization import CustomObjectScope

# What optimizers of TensorFlow note beside their arguments.
_SPENT = ("is_legacy_optimizer", "jit_compile")
# Names of slots in files in which the slots of one variable stand together.
_SLOTS = {"m", "v", "u", "velocity", "momentum", "accumulator", "accumulated_grad", "linear",
          "accumulated_delta_var", "average_gradient"}  # fmt: skip
_SCALARS = {"Nadam": 1}  # variables of an optimizer that are no slots


def compile_as_stored(model, training, file, custom_objects=None):
    """Compile a model as its file says, and give its optimizer the state of then.

    Args:
        model: a model that is built.
        training: the attribute ``training_config`` of the file, read.
        file: the open HDF5 file.
        custom_objects: a dict from names to losses, metrics and optimizers of your own.
    """
    with CustomObjectScope(custom_objects or {}):
        optimizer = optimizers.deserialize(_optimizer_form(training["optimizer_config"]))
        model.compile(
            optimizer=optimizer,
            loss=_modern(training.get("loss")),
            metrics=_modern(training.get("metrics")),
            weighted_metrics=_modern(training.get("weighted_metrics")),
            loss_weights=training.get("loss_weights"),
        )
    optimizer.build(model.trainable_variables)
    if has(file, "optimizer_weights"):
        stored = Stored(member(file, "optimizer_weights"))
        values = [np.asarray(dataset[()]) for dataset in stored.datasets]
        set_state(optimizer, stored.names, values)


def _optimizer_form(form):
    config = {key: value for key, value in form["config"].items() if key not in _SPENT}
    class_name = form["class_name"].rpartition(">")[2]
    if not config.get("decay") or class_name == "Nadam":
        config.pop("decay", None)
    if not config.get("use_ema", True):
        config.pop("ema_overwrite_frequency", None)
    return {"class_name": class_name, "config": config}


def _modern(value):
    """Losses and metrics, in the structures that they were given in; null for none."""
    if isinstance(value, dict) and value.get("class_name") == "MeanMetricWrapper":
        config = value["config"]
        return metrics.MeanMetricWrapper(metrics.get(config["fn"]), name=config["name"])
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _modern(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_modern(v) for v in value]
    return value


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
    own = [v for v in optimizer.variables if v is not optimizer._learning_rate]
    count, scalars = len(optimizer._trainable_variables), _SCALARS.get(type(optimizer).__name__, 0)
    steps, slots, own_scalars = own[0], own[1 : len(own) - scalars], own[len(own) - scalars :]
    if values[0].ndim == 0 and values[0].dtype.kind in "iu":
        steps.assign(int(values[0]))
        names, values = names[1:], values[1:]
    if names and "learning_rate" in names[0]:  # a number of the configuration, too
        names, values = names[1:], values[1:]
    if not values:  # saved before the first step
        return
    if scalars and values[0].ndim == 0:
        own_scalars[0].assign(values[0])
        names, values = names[1:], values[1:]
    elif scalars:  # not every version stored the product of the momenta so far
        done = np.arange(1, int(to_numpy(plain(steps.array))) + 1)
        own_scalars[0].assign(np.prod(optimizer.beta_1 * (1 - 0.5 * 0.96**done)))
    kinds = len(slots) // count if count else 0
    values = values[: kinds * count]  # Adam of Keras 2.2 and 2.3 also keeps places that it may use
    if len(values) != len(slots):
        raise ValueError(
            f"The file has {len(values)} arrays for the state of {type(optimizer).__name__}, which "
            f"has {len(slots)} variables"
        )
    theirs = _by_variable(values, count, kinds, _stands_together(names))
    ours = _by_variable(slots, count, kinds, type(optimizer).__name__ != "RMSprop")
    for variable, value in zip(ours, theirs):
        variable.assign(value.reshape(variable.shape).astype(str(variable.dtype)))


def _stands_together(names):
    """Whether the slots of one variable follow one another in a file."""
    slots = [name.split("/")[1:2] for name in names]
    if names and "/" not in names[0].partition("/")[2]:  # as Keras 3 writes them
        return "rm_sprop" not in names[0]
    if not all(slot and slot[0] in _SLOTS for slot in slots):
        return "Ftrl" in "".join(names[:1])
    return len(slots) > 1 and slots[0] != slots[1]


def _by_variable(items, count, kinds, stand_together):
    if stand_together:
        return items
    return [items[kind * count + i] for i in range(count) for kind in range(kinds)]
