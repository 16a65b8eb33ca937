"""Trainer: compile, fit, evaluate, predict, and the one loop over batches that they share."""

import itertools
import warnings
from contextlib import closing

from minikeras import callbacks as callbacks_module, config, metrics, ops, optimizers, tree
from minikeras.backend import autodiff
from minikeras.backend.autodiff import GradientTape
from minikeras.backend.program.sharing import SharedSteps
from minikeras.backend.program.step import Step, eagerly
from minikeras.backend.xp import is_array, np, to_numpy
from minikeras.layers.call_spec import signature_of
from minikeras.ops.arguments import tensor
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.tracebacks import tidied
from minikeras.training.checks import check_targets
from minikeras.training.compiled import CompiledLoss, CompiledMetrics
from minikeras.training.data import (
    class_weight_to_sample_weights,
    make_batches,
    pack_x_y_sample_weight,
    train_validation_split,
    unpack_x_y_sample_weight,
)
from minikeras.training.switches import Switches


class Trainer(Switches):
    """The training half of a model; `Model` adds it to `Layer`."""

    def __init__(self):
        state = {
            "optimizer": None,
            "stop_training": False,
            "stop_evaluating": False,
            "stop_predicting": False,
            "steps_per_execution": 1,
            "compiled": False,
            "loss": None,
            "_run_eagerly": False,
            "_jit_compile": True,
            "_compile_loss": None,
            "_compile_metrics": None,
            "_loss_tracker": None,
            "_compile_arguments": None,
            "_steps": {},
            "_targets_are_checked": False,
            "train_function": None,
            "test_function": None,
            "predict_function": None,
        }
        # What is compiled belongs to the training, not to the layer: it is not tracked.
        self.__dict__.update(state)

    # Compiling

    @tidied
    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """State how the model is trained.

        Args:
            optimizer: an optimizer or its name.
            loss: a loss, a function or a name; for several outputs a list or a dict of them.
            loss_weights: numbers by which the losses of several outputs are multiplied.
            metrics: what is measured besides; per output in a list of lists or a dict.
            weighted_metrics: the same, weighted by the sample weights.
            run_eagerly: whether every step runs the Python code anew, as for debugging. Otherwise
                a step is recorded and from then on replayed, which gives the same numbers sooner:
                see `explain_step`.
            steps_per_execution: how many batches lie between two calls of the callbacks.
            jit_compile: False also runs every step anew; so does ``"auto"`` where a layer has
                ``supports_jit=False``.
            auto_scale_loss: whether the loss is scaled under the policy ``mixed_float16``.
        """
        arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        if not isinstance(steps_per_execution, int) or steps_per_execution < 1:
            raise ValueError(
                f"steps_per_execution must be a positive integer. Received: {steps_per_execution!r}"
            )
        if jit_compile not in (True, False, "auto", None):
            raise ValueError(f"jit_compile must be a bool or 'auto'. Received: {jit_compile!r}")
        found = optimizers.get(optimizer)
        if (
            auto_scale_loss
            and found is not None
            and self.dtype_policy.name == "mixed_float16"
            and not isinstance(found, optimizers.LossScaleOptimizer)
        ):
            found = optimizers.LossScaleOptimizer(found, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None)
        compiled_loss = compiled_metrics = None
        if loss is not None:
            compiled_loss = CompiledLoss(loss, loss_weights, output_names=names)
        elif loss_weights is not None:
            raise ValueError(f"loss_weights need a loss. Received: loss_weights={loss_weights!r}")
        if metrics is not None or weighted_metrics is not None:
            compiled_metrics = CompiledMetrics(metrics, weighted_metrics, output_names=names)
        # Nothing above changes the model, so a mistake leaves it as it was.
        self.__dict__.update(
            optimizer=found,
            loss=loss,
            compiled=True,
            stop_training=False,
            steps_per_execution=steps_per_execution,
            _run_eagerly=bool(run_eagerly),
            _jit_compile=self._checked_jit(jit_compile),
            _compile_loss=compiled_loss,
            _compile_metrics=compiled_metrics,
            _loss_tracker=_loss_mean(),
            _compile_arguments=arguments,
            _steps={},
            train_function=None,
            test_function=None,
            predict_function=None,
        )

    def get_compile_config(self):
        """The arguments of `compile` as plain values; empty if it was not called."""
        if not self.compiled:
            return {}
        config = {k: serialize_keras_object(v) for k, v in self._compile_arguments.items()}
        optimizer = self.optimizer
        if isinstance(optimizer, optimizers.LossScaleOptimizer) and not isinstance(
            self._compile_arguments["optimizer"], optimizers.LossScaleOptimizer
        ):
            optimizer = optimizer.inner_optimizer
        config["optimizer"] = serialize_keras_object(optimizer)
        config["jit_compile"] = self.jit_compile
        return config

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` returned."""
        if not config:
            return
        if type(self).compile is not Trainer.compile:
            warnings.warn(
                f"{type(self).__name__} has a method `compile` of its own, so it was not compiled "
                "when it was loaded. Call `compile` yourself, or define compile_from_config.",
                stacklevel=2,
            )
            return
        self.compile(**deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def _check_compiled(self, what):
        if not self.compiled:
            raise ValueError(
                f"Model {self.name!r} must be compiled before `{what}`: call "
                "`model.compile(optimizer=..., loss=...)`."
            )

    # Losses and metrics

    @property
    def metrics(self):
        """The tracker of the loss, what was compiled, then the metrics of the layers."""
        found = [] if self._loss_tracker is None else [self._loss_tracker]
        if self._compile_metrics is not None:
            found.append(self._compile_metrics)
        if self._compile_loss is not None:
            found.extend(self._compile_loss.metrics)
        return found + super().metrics

    @property
    def metrics_names(self):
        """The keys of the logs, the loss first; before any data, as the outputs tell them."""
        compiled = self._compile_metrics
        if compiled is None or compiled.built:
            return list(self._ordered(self.get_metrics_result()))
        outputs = getattr(self, "output", None)
        if outputs is None:
            return [metric.name for metric in self.metrics]
        others = [metric.name for metric in self.metrics if metric is not compiled]
        return [*others, *compiled.names_for(outputs)]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss to minimise: that of `compile` plus those that layers added.

        Args:
            x, y, sample_weight: the batch.
            y_pred: the outputs of the model.
            training: whether this is a training step.

        Returns:
            A single number. Override it for a loss of your own.
        """
        found = []
        if self._compile_loss is not None:
            compiled = self._compile_loss(y, y_pred, sample_weight)
            if compiled is not None:  # every output may have the loss None
                found.append(compiled)
        found.extend(ops.sum(value) for value in self.losses)
        if not found:
            raise ValueError(
                f"Model {self.name!r} has no loss to compute: give `compile` a loss, add one with "
                "add_loss in a layer, or override compute_loss."
            )
        total = found[0]
        for value in found[1:]:
            total = ops.add(total, value)
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the compiled metrics. Returns the values of all metrics as a dict."""
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The values of all metrics as a dict from names to numbers."""
        found = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                found.update(result)
            else:
                found[metric.name] = result
        return found

    def reset_metrics(self):
        """Start all metrics anew."""
        for metric in self.metrics:
            metric.reset_state()

    # Steps

    def _forward(self, x, training):
        if signature_of(type(self).call).has_training:
            return self(x, training=training)
        return self(x)

    def _loss_of(self, x, y, y_pred, sample_weight, training):
        if signature_of(type(self).compute_loss).has_training:
            return self.compute_loss(x, y, y_pred, sample_weight, training=training)
        return self.compute_loss(x, y, y_pred, sample_weight)

    def train_step(self, data):
        """Train on one batch. Override it for a training of your own.

        Args:
            data: what the data set yields, usually ``(x, y)`` or ``(x, y, sample_weight)``.

        Returns:
            A dict from names to values, shown by the progress bar.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self._forward(x, training=True)
            loss = self._loss_of(x, y, y_pred, sample_weight, training=True)
            scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
        self._track_loss(autodiff.plain(loss), x)
        weights = self.trainable_weights
        if weights and self.optimizer is not None:
            gradients = tape.gradient(scaled, weights)
            self.optimizer.apply(gradients, weights)
        elif not weights:
            warnings.warn("The model has no weights to train.", stacklevel=2)
        return self.compute_metrics(x, y, autodiff.settle(y_pred), sample_weight)

    def test_step(self, data):
        """Evaluate on one batch. Override it for an evaluation of your own."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, training=False)
        loss = self._loss_of(x, y, y_pred, sample_weight, training=False)
        self._track_loss(loss, x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data):
        """Predict one batch. Override it for a prediction of your own."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._forward(x, training=False)

    def _track_loss(self, loss, x):
        if self._loss_tracker is not None:
            leaves = [leaf for leaf in tree.flatten(x) if hasattr(leaf, "shape")]
            size = leaves[0].shape[0] if leaves and leaves[0].shape else 1
            self._loss_tracker.update_state(loss, sample_weight=size)

    # The loop

    def _epoch(self, batches, function, callbacks, mode):
        """Run ``function`` on the batches of an epoch. Returns what the last call returned."""
        logs, at = None, 0
        batches.on_epoch_begin()
        with closing(batches.epoch()) as stream:  # an error lets go of workers
            iterator = itertools.islice(stream, config.max_steps_per_epoch())
            chunk = list(itertools.islice(iterator, self.steps_per_execution))
            while chunk:
                getattr(callbacks, f"on_{mode}_batch_begin")(at)
                logs = function(iter(chunk))
                at += len(chunk)
                getattr(callbacks, f"on_{mode}_batch_end")(at - 1, logs)
                if getattr(self, _STOP[mode]):
                    break
                chunk = list(itertools.islice(iterator, self.steps_per_execution))
        batches.on_epoch_end()
        return logs

    def _prepared(self, batch, checked=True):
        """A batch on the device; its labels checked while they are on the host."""
        if checked and self._has_plain_loss() and len(batch) > 1:
            check_targets(self, batch)
        batch = tree.map_structure(_as_tensor, tuple(batch), none_is_leaf=False)
        return pack_x_y_sample_weight(*batch)

    def _run(self, kind, step, data):
        """A step on a batch: replayed if it was recorded before, unless that is switched off."""
        if self._is_run_anew():
            with eagerly():
                return step(data)
        return self._steps.setdefault(kind, Step())(step, data)

    def explain_step(self, kind="train", listing=False, print_fn=None):
        """Say what is replayed of a step, and why one is not.

        Args:
            kind: ``"train"``, ``"test"`` or ``"predict"``.
            listing: whether to print the calls too, as recorded and as replayed, and the Python
                function that is run.
            print_fn: what to print with; by default `print`.

        >>> import minikeras as keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> for _ in range(4):
        ...     _ = model.train_on_batch(keras.ops.ones((3, 2)), keras.ops.ones((3, 1)))
        >>> model.explain_step()  # doctest: +ELLIPSIS
        For float32[3, 2], float32[3, 1]:
          replayed: ...
        """
        if kind not in _STOP:
            raise ValueError(f"kind must be one of {sorted(_STOP)}. Received: {kind!r}")
        step = self._steps.get(kind)
        if step is not None:
            text = step.explain(listing)
        elif self._is_run_anew():
            text = "Every step runs as it is: recording is switched off, by `compile` or a layer."
        else:
            text = "Nothing was recorded yet."
        (print_fn or print)(text)

    def _train_on(self, batch):
        batch = self._prepared(batch, checked=not self._targets_are_checked)
        return _numbers(self._run("train", self.train_step, batch))

    def _test_on(self, batch):
        return _numbers(self._run("test", self.test_step, self._prepared(batch)))

    def _predict_on(self, batch):
        return self._run("predict", self.predict_step, self._prepared(batch, checked=False))

    def _train_on_all(self, iterator):
        logs = None
        for batch in iterator:
            logs = self._train_on(batch)
        return logs

    def _test_on_all(self, iterator):
        logs = None
        for batch in iterator:
            logs = self._test_on(batch)
        return logs

    def _predict_on_all(self, iterator):
        return _joined([tree.map_structure(_on_host, self._predict_on(b)) for b in iterator])

    def make_train_function(self, force=False):
        """The function that `fit` calls with the batches between two calls of the callbacks.

        Override it for a loop of your own. It is made once, by the first `fit` after `compile`.

        Args:
            force: whether to make it anew.

        Returns:
            A function of an iterator over batches that gives the logs; kept as ``train_function``.
        """
        if self.train_function is None or force:
            self.__dict__["train_function"] = self._train_on_all
        return self.train_function

    def make_test_function(self, force=False):
        """The same for `evaluate`; kept as ``test_function``."""
        if self.test_function is None or force:
            self.__dict__["test_function"] = self._test_on_all
        return self.test_function

    def make_predict_function(self, force=False):
        """The same for `predict`: it gives the outputs; kept as ``predict_function``."""
        if self.predict_function is None or force:
            self.__dict__["predict_function"] = self._predict_on_all
        return self.predict_function

    @tidied
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train the model.

        Args:
            x: inputs: an array, a list or dict of arrays, a data frame, a generator, a
                ``keras.utils.PyDataset``, or anything that yields batches.
            y: targets, unless ``x`` yields them.
            batch_size: samples per update, 32 by default.
            epochs: the epoch to stop after (counted from 0, so with ``initial_epoch=0`` their
                number).
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch; "auto" is 1.
            callbacks: a list of callbacks.
            validation_split: the part of the samples, from the end, kept for validation.
            validation_data: ``(x, y)``, ``(x, y, sample_weight)`` or a data set.
            shuffle: whether to shuffle the samples before each epoch.
            class_weight: a dict from classes to weights.
            sample_weight: a weight for each sample (or time step).
            initial_epoch: the epoch to begin with.
            steps_per_epoch: how many batches make an epoch.
            validation_steps: how many batches to validate on.
            validation_batch_size: samples per batch in validation.
            validation_freq: validate after every so many epochs, or after those in a list.

        Returns:
            A `History`; its attribute ``history`` is a dict from names to values per epoch.
        """
        self._check_compiled("fit")
        self.__dict__["stop_training"] = False
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split(
                (x, y, sample_weight), validation_split=validation_split
            )
        batches = make_batches(
            x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight
        )
        # Labels that lie in memory are looked at once, others batch by batch.
        self.__dict__["_targets_are_checked"] = self._check_all_targets(batches)
        self.make_train_function()
        validation = None
        if validation_data is not None:
            validation = _validation_batches(
                validation_data, validation_batch_size or batch_size, validation_steps
            )
        if config.max_epochs() is not None:
            epochs = min(epochs, initial_epoch + config.max_epochs())
        callbacks = self._callback_list(callbacks, verbose, epochs, batches.num_batches)
        callbacks.on_train_begin()
        # BackupAndRestore states where a run that was cut off goes on.
        initial_epoch = self.__dict__.pop("_initial_epoch", None) or initial_epoch
        batches.on_train_begin()
        logs = {}
        try:
            with SharedSteps():
                for epoch in range(initial_epoch, epochs):
                    if batches.has_ended():
                        break
                    self.reset_metrics()
                    callbacks.on_epoch_begin(epoch)
                    logs = self._epoch(batches, self.train_function, callbacks, "train")
                    logs = {} if logs is None else dict(logs)
                    if validation is not None and _is_due(epoch, validation_freq):
                        found = self._evaluated(validation, callbacks)
                        logs.update({f"val_{name}": value for name, value in found.items()})
                    callbacks.on_epoch_end(epoch, logs)
                    if self.stop_training:
                        break
        finally:
            self.__dict__["_targets_are_checked"] = False
            for data in filter(None, (batches, validation)):
                data.on_train_end()
        finalize = getattr(self.optimizer, "finalize_variable_values", None)
        if finalize is not None and epochs > initial_epoch:
            finalize(self.trainable_weights)
        callbacks.on_train_end(logs)
        return self.history

    def _evaluated(self, batches, callbacks):
        """The logs of one pass over ``batches``."""
        self.__dict__["stop_evaluating"] = False
        self.reset_metrics()
        callbacks.on_test_begin()
        self.make_test_function()
        logs = self._epoch(batches, self.test_function, callbacks, "test") or {}
        callbacks.on_test_end(logs)
        return logs

    @tidied
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """The loss and the metrics on some data.

        Args:
            x, y, sample_weight, batch_size, callbacks, verbose: as in `fit`.
            steps: how many batches to evaluate on.
            return_dict: whether to return a dict rather than a list.

        Returns:
            The loss alone if there are no metrics, else a list in the order of
            ``metrics_names``, or a dict.
        """
        if kwargs:
            raise ValueError(f"evaluate has no arguments {sorted(kwargs)}")
        self._check_compiled("evaluate")
        batches = make_batches(x, y, sample_weight, batch_size, steps)
        self._check_all_targets(batches)
        callbacks = self._callback_list(callbacks, verbose, 1, batches.num_batches, history=False)
        with batches:
            logs = self._evaluated(batches, callbacks)
        return dict(logs) if return_dict else self._flat(logs)

    @tidied
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs for some inputs, batch by batch.

        Args:
            x: inputs, as in `fit`.
            batch_size: samples per batch, 32 by default.
            verbose, callbacks: as in `fit`.
            steps: how many batches to predict.

        Returns:
            NumPy arrays in the structure of the model's outputs.
        """
        batches = make_batches(x, batch_size=batch_size, steps=steps)
        callbacks = self._callback_list(callbacks, verbose, 1, batches.num_batches, history=False)
        self.__dict__["stop_predicting"] = False
        parts = []

        def function(iterator):
            parts.append(self.predict_function(iterator))
            return {"outputs": parts[-1]}

        self.make_predict_function()
        callbacks.on_predict_begin()
        with batches:
            self._epoch(batches, function, callbacks, "predict")
        callbacks.on_predict_end()
        return _joined(parts)

    def _callback_list(self, callbacks, verbose, epochs, steps, history=True):
        if isinstance(callbacks, callbacks_module.CallbackList):
            return callbacks
        if verbose not in ("auto", 0, 1, 2, True, False):
            raise ValueError(f"verbose must be 'auto', 0, 1 or 2. Received: {verbose!r}")
        verbose = 1 if verbose == "auto" else int(verbose)
        return callbacks_module.CallbackList(
            callbacks,
            add_history=history,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
            model=self,
        )

    def _has_plain_loss(self):
        """Whether targets meet outputs as `compile` says, not in a `compute_loss` of the user's."""
        is_plain = type(self).compute_loss is Trainer.compute_loss
        return is_plain and self._compile_loss is not None

    def _check_all_targets(self, batches):
        """Look at labels that lie in memory before anything is changed by training on them.

        Returns:
            Whether none needs to be looked at again.
        """
        if batches.targets is None or not self._has_plain_loss() or not self.built:
            return False
        check_targets(self, (None, batches.targets))
        return self._compile_loss.built

    # Single batches

    def _one_batch(self, x, y=None, sample_weight=None, class_weight=None):
        if class_weight is not None:
            if sample_weight is not None:
                raise ValueError("Give either sample_weight or class_weight, not both")
            sample_weight = class_weight_to_sample_weights(y, class_weight)
        return next(make_batches(x, y, sample_weight, steps=1).epoch())

    @tidied
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Train on one batch.

        Returns:
            The loss of this batch, or the loss and the metrics as a list, or with ``return_dict``
            a dict.
        """
        self._check_compiled("train_on_batch")
        self.reset_metrics()
        logs = self._train_on(self._one_batch(x, y, sample_weight, class_weight))
        return logs if return_dict else self._flat(logs)

    @tidied
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Evaluate on one batch; returns what `train_on_batch` does."""
        self._check_compiled("test_on_batch")
        self.reset_metrics()
        logs = self._test_on(self._one_batch(x, y, sample_weight))
        return logs if return_dict else self._flat(logs)

    @tidied
    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        return tree.map_structure(_on_host, self._predict_on(self._one_batch(x)))

    def _ordered(self, logs):
        """``logs`` in the order of the metrics, the loss first; other names in that of letters."""
        names = []
        for metric in self.metrics:
            group = metric.metrics if isinstance(metric, CompiledMetrics) else [metric]
            names.extend(m.name for m in group if m.name in logs)
        return {name: logs[name] for name in [*names, *sorted(logs)]}

    def _flat(self, logs):
        found = list(self._ordered(logs).values())
        return found[0] if len(found) == 1 else found


_STOP = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


def _loss_mean():
    return metrics.Mean(name="loss")


def _joined(parts):
    """Outputs of several batches as one."""
    if len(parts) == 1:
        return parts[0]
    return tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _as_tensor(x):
    return tensor(x) if hasattr(x, "__array__") or is_array(x) else x


def _on_host(x):
    return to_numpy(autodiff.plain(x))


def _numbers(logs):
    """The logs of a step as Python numbers, sorted by name as Keras shows them."""
    found = {}
    for name, value in sorted(logs.items()):
        if isinstance(value, dict):
            found.update(_numbers(value))
        else:
            value = autodiff.plain(value)
            found[name] = float(value) if getattr(value, "shape", ()) == () else to_numpy(value)
    return found


def _is_due(epoch, frequency):
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency


def _validation_batches(data, batch_size, steps):
    if isinstance(data, (list, tuple)):
        x, y, sample_weight = unpack_x_y_sample_weight(tuple(data))
        return make_batches(x, y, sample_weight, batch_size, steps)
    return make_batches(data, batch_size=batch_size, steps=steps)
