"""How a model is compiled, and the state of its optimizer, in the form of Keras 2.

Optimizers keep their slots kind by kind there: all momenta, then all velocities. Those that Keras 2
got late (AdamW), and options of that time (weight decay, averages), have tf.keras 2.11's form.
"""

from minikeras import optimizers
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import to_numpy
from minikeras.legacy import nadam
from minikeras.legacy.optimizers import Decay
from minikeras.legacy.updates import state_of
from minikeras.legacy.warned import warn_user
from minikeras.optimizers.schedules import LearningRateSchedule
from minikeras.serialization import serialize_keras_object

# Class -> the arguments that Keras 2 knew, and the names of its slots in files.
_OPTIMIZERS = {
    "Adadelta": ("rho epsilon", "accum_grad accum_var"),
    "Adagrad": ("initial_accumulator_value epsilon", "accumulator"),
    "Adam": ("beta_1 beta_2 epsilon amsgrad", "m v vhat"),
    "Adamax": ("beta_1 beta_2 epsilon", "m v"),
    "Ftrl": (
        "learning_rate_power initial_accumulator_value l1_regularization_strength "
        "l2_regularization_strength l2_shrinkage_regularization_strength beta",
        "accumulator linear",
    ),
    "Nadam": ("beta_1 beta_2 epsilon", "m v"),
    "RMSprop": ("rho momentum epsilon centered", "rms momentum mg"),
    "SGD": ("momentum nesterov", "momentum"),
}
_LATE = ("AdamW", *_OPTIMIZERS)
_LATE_KEYS = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema",
              "ema_momentum", "ema_overwrite_frequency")  # fmt: skip
_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def training_config_of_2(model):
    """The attribute ``training_config`` of a file for a compiled model."""
    config = model.get_compile_config()
    found = {key: _plain(config.get(key)) for key in ("loss", "metrics", "weighted_metrics")}
    return {
        **found,
        "sample_weight_mode": None,
        "loss_weights": config.get("loss_weights"),
        "optimizer_config": optimizer_form(model.optimizer),
    }


def _plain(value):
    """Losses and metrics without what only Keras 3 says of them."""
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: _plain(v) for key, v in value.items()}
    if value["class_name"] == "function":
        return value["config"].rpartition(">")[2]
    config = {key: _plain(v) for key, v in value["config"].items()}
    if "reduction" in config or isinstance(config.get("dtype"), dict):
        config.pop("dtype", None)
    if config.get("reduction") in ("mean", "mean_with_sample_weight"):
        raise ValueError(
            f"The loss {value['class_name']} with reduction={config['reduction']!r} has no "
            "counterpart in Keras 2. Save with include_optimizer=False"
        )
    return {"class_name": value.get("registered_name") or value["class_name"], "config": config}


def _refusal(optimizer, what):
    return ValueError(
        f"The optimizer {type(optimizer).__name__}{what} has no counterpart in Keras 2. Save with "
        "include_optimizer=False, or in the format of today, as .keras"
    )


def _is_late(optimizer):
    """Whether only tf.keras 2.11 and later had it: so also Nadam with today's schedule."""
    name = type(optimizer).__name__
    return bool(
        name not in _OPTIMIZERS
        or (name == "Nadam" and not isinstance(optimizer, nadam.Nadam))
        or optimizer.weight_decay
        or optimizer.use_ema
    )


def optimizer_form(optimizer):
    """The configuration of an optimizer, as Keras 2 knew it.

    Raises:
        ValueError: if Keras 2 did not have it, or not with these options.
    """
    name = type(optimizer).__name__
    if _is_of_a_program(optimizer):
        return {"class_name": name, "config": optimizer.get_config()}
    if name not in _LATE:
        raise _refusal(optimizer, "")
    config = optimizer.get_config()
    for key in ("gradient_accumulation_steps", "loss_scale_factor"):
        if config.get(key):
            raise _refusal(optimizer, f" with {key}={config[key]}")
    rate, decay = optimizer._learning_rate, 0.0
    if isinstance(rate, Decay):
        rate, decay = rate.learning_rate, rate.decay
    elif isinstance(rate, LearningRateSchedule):
        form = serialize_keras_object(rate)
        rate = {"class_name": form["class_name"], "config": form["config"]}
    else:
        rate = float(to_numpy(plain(optimizer.learning_rate.array)))
    if _is_late(optimizer):
        return _late_form(optimizer, config, rate, decay)
    found = {"learning_rate": rate, "decay": decay}
    if isinstance(optimizer, nadam.Nadam):
        if decay:
            raise _refusal(optimizer, f" with decay={decay}")
        found["decay"] = optimizer.schedule_decay  # as tf.keras calls it
    found |= {key: config[key] for key in _OPTIMIZERS[name][0].split()}
    found |= {key: config[key] for key in _CLIPPING if config.get(key) is not None}
    if found.get("clipnorm") is not None:
        found["name"] = name  # that tells tf.keras, where it is of each gradient
    if name == "RMSprop":  # Keras 2.3 did not have these
        found = {k: v for k, v in found.items() if v or k not in ("momentum", "centered")}
    return {"class_name": name, "config": found}


def _is_of_a_program(optimizer):
    """Whether the class of an optimizer is not one of minikeras."""
    return not type(optimizer).__module__.startswith("minikeras.")


def _late_form(optimizer, config, rate, decay):
    name = type(optimizer).__name__
    if decay or name == "Ftrl" or isinstance(optimizer, nadam.Nadam):
        raise _refusal(optimizer, f" with weight decay or averages (decay={decay})")
    more = "beta_1 beta_2 epsilon amsgrad" if name == "AdamW" else _OPTIMIZERS[name][0]
    found = {"name": name, "learning_rate": rate, "is_legacy_optimizer": False}
    found |= {"jit_compile": False}
    found |= {key: config[key] for key in (*_LATE_KEYS, *more.split())}
    return {"class_name": name, "config": found}


def slots_by_kind(optimizer):
    """The slots of an optimizer that is built: for each kind of slot, those of all variables.

    Averages of the variables, if it keeps some, are the first kind.
    """
    count = len(optimizer._trainable_variables)
    own = [v for v in optimizer.variables if v is not optimizer._learning_rate]
    slots = own[1 : len(own) - isinstance(optimizer, optimizers.Nadam)]
    ahead = count if optimizer.use_ema else 0
    behind = count if getattr(optimizer, "amsgrad", False) else 0
    middle = slots[ahead : len(slots) - behind]
    kinds = len(middle) // count if count else 0
    if isinstance(optimizer, optimizers.RMSprop):
        parts = [middle[kind * count : (kind + 1) * count] for kind in range(kinds)]
    else:
        parts = [middle[kind::kinds] for kind in range(kinds)]
    averages = [slots[:ahead]] if ahead else []
    return [*averages, *parts, *([slots[len(slots) - behind :]] if behind else [])]


def optimizer_arrays(optimizer, names):
    """Pairs of a name and an array: the state of an optimizer as a file of Keras 2 has it.

    Args:
        optimizer: one that is built.
        names: the names of the variables that it trains, as ``dense/kernel``, in its order.
    """
    name = type(optimizer).__name__
    if optimizer._own_updates:
        pairs = enumerate(state_of(optimizer))
        return [(f"{name}/{number}_{v.path}:0", _array(v)) for number, v in pairs]
    if _is_of_a_program(optimizer):
        warn_user(
            f"The state of {name}, an optimizer of your own, has no form in Keras 2: the file has "
            "its configuration alone. Save as .keras to keep the state"
        )
        return []
    steps = to_numpy(plain(optimizer.iterations.array)).astype("int64")
    if _is_late(optimizer):
        kinds = {id(v) for kind in slots_by_kind(optimizer) for v in kind}
        own = [v for v in optimizer.variables if id(v) in kinds]  # not Nadam's product, as there
        pairs = [(f"{name}/{v.path.partition('/')[2]}:0", _array(v)) for v in own]
        return [("iteration:0", steps), *pairs]
    kinds = slots_by_kind(optimizer)
    labels = _OPTIMIZERS[name][1].split()
    if name == "RMSprop":
        flags = (True, bool(optimizer.momentum), bool(optimizer.centered))
        labels = [label for label, is_there in zip(labels, flags) if is_there]
    found = [(f"{name}/iter:0", steps)]
    if name == "Nadam":
        found.append((f"{name}/momentum_cache:0", _array(optimizer.variables[-1])))
    pairs = [
        [(f"{name}/{variable}/{label}:0", _array(slot)) for variable, slot in zip(names, slots)]
        for label, slots in zip(labels, kinds)
    ]
    if name == "Ftrl":  # the slots of one variable stand together
        pairs = zip(*pairs)
    return [*found, *(pair for group in pairs for pair in group)]


def _array(variable):
    return to_numpy(plain(variable.array))
