"""Callbacks as in Keras 1 and 2: their arguments, names in the logs, settings of a run."""

import functools
import os

from minikeras import tree
from minikeras.callbacks import Callback, CallbackList, History, ProgbarLogger
from minikeras.callbacks.monitor import Monitor
from minikeras.lazy import when_imported
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_once, warn_user

_CHECKPOINT = ("filepath", "monitor", "verbose", "save_best_only", "save_weights_only", "mode",
               "period")  # fmt: skip
_BOARD_1 = ("log_dir", "histogram_freq", "write_graph", "write_images")
_BOARD_2 = ("log_dir", "histogram_freq", "batch_size", "write_graph", "write_grads",
            "write_images", "embeddings_freq", "embeddings_layer_names", "embeddings_metadata",
            "embeddings_data", "update_freq")  # fmt: skip


def install():
    """Let callbacks take the arguments, and give the names, of Keras 1 and 2."""
    for module, change in (
        ("early_stopping", _widen_monitors),
        ("learning_rate_scheduler", _widen_rates),
        ("model_checkpoint", _widen_checkpoint),
        ("model_checkpoint", _widen_monitors),
        ("reduce_lr_on_plateau", _widen_plateau),
        ("reduce_lr_on_plateau", _widen_rates),
        ("reduce_lr_on_plateau", _widen_monitors),
        ("tensorboard", _widen_board),
    ):
        when_imported(f"minikeras.callbacks.{module}", change)
    ProgbarLogger.__init__ = _progbar_logger(ProgbarLogger.__init__)
    ProgbarLogger.set_params = _counting(ProgbarLogger.set_params)
    ProgbarLogger._move = _in_samples(ProgbarLogger._move)
    Monitor._direction = _direction(Monitor._direction)
    History.__init__ = _history(History.__init__)
    Callback.validation_data = None
    CallbackList.set_params = _set_params(CallbackList.set_params)
    CallbackList._call = _call(CallbackList._call)


def _widen_checkpoint(module):
    cls = module.ModelCheckpoint
    cls.__init__ = _checkpoint(cls.__init__)
    cls.on_epoch_end = _in_periods(cls.on_epoch_end)
    cls._path = _path(cls._path)
    cls._write = _write(cls._write)


def _widen_plateau(module):
    cls = module.ReduceLROnPlateau
    cls.__init__ = of_old(renamed={"epsilon": "min_delta"})(cls.__init__)


def _widen_rates(module):
    if not hasattr(module.log_rates, "__wrapped__"):  # one module has it of the other
        module.log_rates = _log_rates(module.log_rates)


def _widen_monitors(module):
    for cls in vars(module).values():
        if isinstance(cls, type) and issubclass(cls, Monitor) and "on_epoch_end" in vars(cls):
            cls.on_epoch_end = _renaming(cls.on_epoch_end)


def _direction(direction_today):
    """In eras 1 and 2 the name alone told which way is better."""

    @functools.wraps(direction_today)
    def _direction(self):
        try:
            return direction_today(self)
        except ValueError:
            if era() == 3:
                raise
            return "max" if "acc" in self.monitor or "fmeasure" in self.monitor else "min"

    return _direction


# ModelCheckpoint


def _checkpoint(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        if era() != 3 and len(args) > 6:  # the number of epochs stood where batches stand today
            kwargs.update(zip(_CHECKPOINT, args))
            args = ()
        self.period = kwargs.pop("period", 1)
        self.epochs_since_last_save = 0
        self._counts_from_0 = era() == 1
        path = os.fspath(kwargs.pop("filepath") if "filepath" in kwargs else args[0])
        weights_only = _weights_only(args, kwargs)
        is_of_today = path.endswith(".weights.h5" if weights_only else (".keras", ".h5"))
        is_of_old = path.endswith((".h5", ".hdf5")) or era() != 3  # any name was good
        use_stand_in = is_of_old and not is_of_today
        stand_in = "model.weights.h5" if use_stand_in else path
        construct(self, stand_in, *args[1:], **kwargs)
        self.filepath = path

    __init__.__legacy_args__ = (*_CHECKPOINT, "save_freq", "initial_value_threshold")
    return __init__


def _weights_only(args, kwargs):
    return kwargs.get("save_weights_only", args[4] if len(args) > 4 else False)


def _in_periods(on_epoch_end):
    @functools.wraps(on_epoch_end)
    def in_periods(self, epoch, logs=None):
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save >= self.period:
            self.epochs_since_last_save = 0
            on_epoch_end(self, epoch, logs)

    return in_periods


def _path(path_today):
    @functools.wraps(path_today)
    def _path(self, epoch, batch, logs):
        fields = {**{_other(name): value for name, value in logs.items()}, **logs}
        return path_today(self, epoch - self._counts_from_0, batch, fields)

    return _path


def _write(write_today):
    """Files with other names than today's are those of Keras 2."""

    @functools.wraps(write_today)
    def _write(self, path):
        whole = (".keras", ".h5") if era() == 3 else ".keras"
        if path.endswith(".weights.h5" if self.save_weights_only else whole):
            write_today(self, path)
            return
        from minikeras.legacy.files import writing

        save = writing.save_weights_keras2 if self.save_weights_only else writing.save_keras2
        save(self.model, path, overwrite=True)

    return _write


# TensorBoard and ProgbarLogger


def _widen_board(module):
    from minikeras.callbacks.tensorboard import projector

    TensorBoard = module.TensorBoard
    TensorBoard.__init__ = _board(TensorBoard.__init__)
    TensorBoard.on_train_end = _of_anything(TensorBoard.on_train_end)
    TensorBoard.set_model = _told_of_layers(TensorBoard.set_model)
    projector.embedding_layers = _chosen_layers(projector.embedding_layers)


def _board(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        if era() != 3 and len(args) > 2:
            kwargs.update(zip(_BOARD_1 if era() == 1 else _BOARD_2, args))
            args = ()
        for name, why in (
            ("batch_size", "histograms of weights need no batches"),
            ("write_grads", "gradients are not written"),
            ("embeddings_data", "the tables of embedding layers are written, not outputs"),
        ):
            if kwargs.pop(name, None):
                warn_user(f"TensorBoard({name}=) has no effect, as in Keras 2.3: {why}")
        self._embeddings_layer_names = kwargs.pop("embeddings_layer_names", None)
        construct(self, *args, **kwargs)

    __init__.__legacy_args__ = _BOARD_2
    return __init__


def _of_anything(today):
    @functools.wraps(today)
    def on_train_end(self, *args, **kwargs):
        kwargs.pop("_", None)
        return today(self, *args, **kwargs)

    on_train_end.__legacy_args__ = ("_", "logs")
    return on_train_end


def _told_of_layers(set_model):
    @functools.wraps(set_model)
    def told(self, model):
        model.__dict__["_embeddings_layer_names"] = self._embeddings_layer_names
        set_model(self, model)

    return told


def _chosen_layers(embedding_layers):
    """Those of the embedding layers that ``TensorBoard(embeddings_layer_names=)`` names."""

    @functools.wraps(embedding_layers)
    def chosen(model):
        names = model.__dict__.get("_embeddings_layer_names")
        return [layer for layer in embedding_layers(model) if not names or layer.name in names]

    return chosen


def _progbar_logger(construct):
    @functools.wraps(construct)
    def __init__(self, count_mode="steps", stateful_metrics=None):
        if count_mode not in ("steps", "samples"):
            raise ValueError(f"count_mode must be 'steps' or 'samples'. Received: {count_mode!r}")
        construct(self)
        self.count_mode = count_mode
        self._size = None
        # All figures are means of the epoch so far, and shown as they are.
        self.stateful_metrics = set(stateful_metrics or ())

    __init__.__legacy_args__ = ("count_mode", "stateful_metrics")
    return __init__


def _counting(set_params_today):
    """With ``count_mode="samples"``, count these where their number is known."""

    @functools.wraps(set_params_today)
    def set_params(self, params):
        set_params_today(self, params)
        run = _run(self.model)
        if self.count_mode == "samples" and run is not None and run["samples"] is not None:
            self.target, self._size = run["samples"], run["batch_size"]

    return set_params


def _in_samples(move_today):
    @functools.wraps(move_today)
    def _move(self, batch, logs):
        if self._size is not None:
            batch = min((batch + 1) * self._size, self.target) - 1
        move_today(self, batch, logs)

    return _move


# Names in the logs

_NAMES = {"acc": "accuracy", "lr": "learning_rate"}
_NAMES.update({new: old for old, new in _NAMES.items()})


def _other(name):
    """What an entry of the logs is called in other eras: ``val_acc`` is ``val_accuracy``."""
    prefix = "val_" if name.startswith("val_") else ""
    own = name.removeprefix("val_")
    return prefix + _NAMES.get(own, own)


class _Logs(dict):
    """Lists of values by names; a name of another era finds them, too."""

    def __missing__(self, name):
        other = _other(name) if isinstance(name, str) else name
        if other == name or other not in self:
            raise KeyError(name)
        warn_once(f"history[{name!r}]", repr(other))
        return self[other]


def _history(construct):
    @functools.wraps(construct)
    def __init__(self):
        construct(self)
        self.history = _Logs()

    return __init__


def _renaming(on_epoch_end):
    """Let a callback watch an entry by its name of another era."""

    @functools.wraps(on_epoch_end)
    def renaming(self, epoch, logs=None):
        other = _other(self.monitor)
        if logs and self.monitor not in logs and other in logs:
            warn_once(f"monitor={self.monitor!r}", repr(other))
            self.monitor = other
        on_epoch_end(self, epoch, logs)

    return renaming


def _log_rates(log_today):
    @functools.wraps(log_today)
    def log_rates(optimizer, logs):
        if era() == 3:
            log_today(optimizer, logs)
            return
        found = {}
        log_today(optimizer, found)
        logs.update({"lr" if n == "learning_rate" else n: rate for n, rate in found.items()})

    return log_rates


# Settings of a run


def _set_params(set_today):
    """With the number of samples, the size of batches, the names of the figures, and the data."""

    @functools.wraps(set_today)
    def set_params(self, params):
        run = _run(self.model)
        if params and era() != 3 and run is not None:
            names = ["loss", *[m for m in _names(self.model) if m != "loss"]]
            if run["do_validation"]:
                names += [f"val_{name}" for name in names]
            params = {**params, **run, "nb_epoch": params.get("epochs"), "metrics": names}
            params["nb_sample"] = run["samples"]
        set_today(self, params)
        if era() != 3 and self.model is not None:
            for callback in self.callbacks:
                callback.validation_data = self.model.__dict__.get("_validation_of_old")

    return set_params


def _names(model):
    """What a model logs; without outputs, before the first batch, what `compile` was given."""
    stated = model._compile_metrics
    if stated is None or stated.built or getattr(model, "output", None) is not None:
        return model.metrics_names
    given = tree.flatten([stated._plain or [], stated._weighted or []])
    kinds = [g if isinstance(g, str) else getattr(g, "name", None) or g.__name__ for g in given]
    return list(dict.fromkeys(kinds))


def _run(model):
    return None if model is None else model.__dict__.get("_run_of_old")


def _call(call_today):
    """With the ``size`` of each batch of a known number of samples among its logs."""

    @functools.wraps(call_today)
    def _call(self, hook, logs, *position):
        run = _run(self.model) if era() != 3 and "train_batch" in hook else None
        if run is not None and run["samples"] is not None and self._active[hook]:
            size = run["batch_size"]
            size = min(size, run["samples"] - position[0] * size)
            logs = {**(logs or {}), "batch": position[0], "size": size}
        call_today(self, hook, logs, *position)

    return _call
