"""TensorBoard: the callback that writes what the program of that name shows."""

import os
import time
import warnings

import numpy as np

from minikeras import config
from minikeras.backend.program.timing import Timing
from minikeras.callbacks.callback import Callback
from minikeras.callbacks.logs import plain_logs
from minikeras.callbacks.tensorboard import hyper_parameters, profile, projector
from minikeras.callbacks.tensorboard.graph import graph_of
from minikeras.callbacks.tensorboard.writer import SummaryWriter
from minikeras.optimizers import Optimizer


class TensorBoard(Callback):
    """Writes logs, weights, graphs and profiles for TensorBoard (``tensorboard --logdir logs``).

    The files are made without TensorFlow. Training writes to the folder ``train`` of ``log_dir``:
    ``epoch_loss``, ``epoch_learning_rate`` and so on; validation writes ``epoch_loss`` to the
    folder ``validation``, and ``evaluation_loss_vs_iterations`` over the steps of the optimizer.

    Args:
        log_dir: a folder; best one for each run, so that runs can be compared.
        histogram_freq: after how many epochs to write histograms of the weights; 0 for never.
        write_graph: whether to write the model, and the calls of its recorded step, as graphs.
        write_images: whether to write the weights as pictures, too, when histograms are written:
            from the smallest number, black, to the largest, white.
        write_steps_per_second: whether to write how many steps were made in a second.
        update_freq: ``"epoch"``, ``"batch"``, or after how many batches to write the logs of the
            batch (``batch_loss`` and so on) besides those of the epochs.
        profile_batch: the number of a batch, counted from 1, or the first and last of several, of
            which to write a profile; 0 for none. It is a trace of the calls of primitives, for
            ``chrome://tracing`` or Perfetto, and on the page of texts tables of the milliseconds
            and megabytes of primitives and of layers.
        embeddings_freq: after how many epochs to write the tables of embedding layers; 0 for
            never.
        embeddings_metadata: the path of a file of labels for the rows of these tables, or a dict
            of such paths by the names of the layers.

    Raises:
        ValueError: if ``profile_batch`` or ``update_freq`` is none of these.

    >>> import tempfile, os, minikeras as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = keras.callbacks.TensorBoard(folder)
    ...     _ = model.fit(keras.ops.ones((4, 2)), keras.ops.ones((4, 1)), verbose=0,
    ...                   callbacks=[board])
    ...     os.listdir(folder)
    ['train']
    """

    # Numbers are read from the device only where they are written.
    reads_logs_itself = True

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        self.log_dir = str(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not _is_positive(self.update_freq):
            raise ValueError(
                "update_freq must be 'epoch', 'batch' or a number of batches. "
                f"Received: {update_freq!r}"
            )
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._start_batch, self._stop_batch = _range_of(profile_batch)
        self._timing = None
        self._train_batches = self._test_batches = 0
        self._is_testing = False
        self._hyper_parameters = None
        self._writers = {}

    # Writers

    @property
    def summary(self):
        """What to write summaries of your own with: ``scalar``, ``histogram``, ``image``, ``text``.

        They go to the folder of the training, or of the validation while that is under way; the
        step, if not given, is the number of the batch.
        """
        return self._writer("validation" if self._is_testing else "train")

    def hyper_parameters(self, settings):
        """Tell with which settings the next training is run, for the page of hyper-parameters.

        That page compares runs, each in a folder of its own, by their settings and their logs.

        Args:
            settings: a dict of numbers, truth values and strings by name.

        Raises:
            ValueError: if one of them is something else.

        >>> import minikeras as keras
        >>> board = keras.callbacks.TensorBoard("logs/run-1")
        >>> board.hyper_parameters({"units": 64, "optimizer": "adam", "dropout": 0.5})
        """
        self._hyper_parameters = hyper_parameters.plain(settings)

    def _writer(self, kind):
        if kind not in self._writers:
            folder = os.path.join(self.log_dir, kind) if kind else self.log_dir
            self._writers[kind] = SummaryWriter(folder, lambda: self._batches(kind))
        return self._writers[kind]

    def _batches(self, kind):
        return self._train_batches if kind == "train" else self._test_batches

    def set_model(self, model):
        """Take the model to write of, and write its graph."""
        super().set_model(model)
        self._close()
        self._writers = {}
        self._has_step_graph = not self.write_graph
        if self.write_graph and type(model).__name__ in ("Functional", "Sequential"):
            self._write_model()
        if self.embeddings_freq:
            text = projector.configuration(model, self.embeddings_metadata)
            os.makedirs(self.log_dir, exist_ok=True)
            path = os.path.join(self.log_dir, "projector_config.pbtxt")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def _write_model(self):
        try:
            text = self.model.to_json()
        except Exception as error:  # a model that cannot be written can be trained
            warnings.warn(f"The graph of the model is not written: {error}", stacklevel=3)
            return
        self._writer("train").keras_model("keras", text)

    def _close(self):
        for writer in self._writers.values():
            writer.close()

    # Training

    def on_train_begin(self, logs=None):
        """Start counting batches."""
        self._train_batches = 0
        if self._hyper_parameters is not None:
            self._writer("").hyper_parameters(self._hyper_parameters)

    def on_train_end(self, logs=None):
        """Finish the files."""
        self._finish_profile()
        if self._hyper_parameters is not None:
            self._writer("").end_of_run()
        self._close()

    def on_train_batch_begin(self, batch, logs=None):
        """Count the batch, and begin a profile if this is the one."""
        self._train_batches += 1
        if self._train_batches == self._start_batch and self._timing is None:
            self._timing = Timing().__enter__()
        if self._timing is not None:
            self._timing.watch(self.model._steps.values())
        if self.write_steps_per_second:
            self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Write the logs of the batch if they are due, and end the profile."""
        if self._timing is not None and self._train_batches >= self._stop_batch:
            self._finish_profile()
        if not self._has_step_graph:
            self._write_step_graph()
        if self.update_freq == "epoch" or self._train_batches % self.update_freq:
            return
        writer = self._writer("train")
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._batch_start
            writer.scalar("batch_steps_per_second", 1 / max(seconds, 1e-9))
        self._write_logs(writer, "batch_{}", plain_logs(logs), self._train_batches)

    def on_epoch_begin(self, epoch, logs=None):
        """Note the time."""
        if self.write_steps_per_second:
            self._epoch_start = time.perf_counter()
            self._epoch_start_iterations = self._iterations()

    def on_epoch_end(self, epoch, logs=None):
        """Write the logs of the epoch, and weights and embeddings if they are due."""
        self._log_epoch(epoch, plain_logs(logs))
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._log_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._log_embeddings(epoch)
        for writer in self._writers.values():
            writer.flush()

    # Evaluation

    def on_test_begin(self, logs=None):
        """Note that what is written now is about validation."""
        self._is_testing = True
        self._profile_goes_on(False)

    def on_test_batch_begin(self, batch, logs=None):
        """Count the batch."""
        self._test_batches += 1

    def on_test_end(self, logs=None):
        """Write the logs of the evaluation, over the steps of the optimizer."""
        self._is_testing = False
        self._profile_goes_on(True)
        if isinstance(self.model.optimizer, Optimizer):
            writer = self._writer("validation")
            name = "evaluation_{}_vs_iterations"
            self._write_logs(writer, name, plain_logs(logs), self._iterations())
            writer.flush()

    # What is written

    @staticmethod
    def _write_logs(writer, name, logs, step):
        for key, number in logs.items():
            if np.ndim(number) == 0:
                writer.scalar(name.format(key), number, step)

    def _iterations(self):
        return int(self.model.optimizer.iterations)

    def _log_epoch(self, epoch, logs):
        if not logs:
            return
        of_training = {k: v for k, v in logs.items() if not k.startswith("val_")}
        of_validation = {k[4:]: v for k, v in logs.items() if k.startswith("val_")}
        of_training.update(self._learning_rates())
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._epoch_start
            steps = self._iterations() - self._epoch_start_iterations
            of_training["steps_per_second"] = steps / max(seconds, 1e-9)
        for kind, found in (("train", of_training), ("validation", of_validation)):
            if found:
                self._write_logs(self._writer(kind), "epoch_{}", found, epoch)

    def _learning_rates(self):
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        several = getattr(optimizer, "optimizers", None)
        if several is not None:
            return {f"learning_rate_{o.name}": float(o.learning_rate) for o in several}
        if isinstance(optimizer, Optimizer):
            return {"learning_rate": float(optimizer.learning_rate)}
        return {}

    def _log_weights(self, epoch):
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                name, values = weight.path.replace(":", "_"), weight.numpy()
                writer.histogram(f"{name}/histogram", values, epoch)
                pictures = _pictures_of(values) if self.write_images else None
                if pictures is not None:
                    writer.image(f"{name}/image", pictures, epoch)

    def _log_embeddings(self, epoch):
        folder = os.path.join(self.log_dir, "train")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"keras_embedding.ckpt-{epoch}.weights.h5")
        self.model.save_weights(path)
        projector.write_tables(self.model, self.log_dir)

    def _write_step_graph(self):
        """Write the graph of the training step once it is recorded; an eager step has none."""
        step = self.model._steps.get("train")
        program = next((p.program for _, p in step.plans() if p.program), None) if step else None
        if program is not None:
            self._has_step_graph = True
            self._writer("train").graph(graph_of(program))

    def _profile_goes_on(self, is_on):
        """Leave out of a profile what is validation."""
        if self._timing is not None:
            self._timing.is_on = is_on

    def _finish_profile(self):
        if self._timing is None:
            return
        timing, self._timing = self._timing, None
        timing.__exit__()
        first, last = self._start_batch, min(self._stop_batch, self._train_batches)
        writer = self._writer("train")
        path = profile.write_trace(timing, writer.folder)
        text = f"Trace: `{path}`\n\n{profile.tables(timing, last - first + 1)}"
        writer.text(f"batch_{self._stop_batch}", text, last)


def _is_positive(number):
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _range_of(profile_batch):
    """The first and the last batch of which to write a profile, 0 for none."""
    found = profile_batch
    if isinstance(found, str):
        try:
            found = [int(part) for part in found.split(",")]
        except ValueError:
            found = None
        if found is not None and len(found) == 1:
            found = found[0]
    if isinstance(found, int):
        found = (found, found)
    is_pair = isinstance(found, (tuple, list)) and len(found) == 2
    if not is_pair or not all(isinstance(n, int) for n in found) or not 0 <= found[0] <= found[1]:
        raise ValueError(
            "profile_batch must be a number of a batch, or the first and the last of several, in "
            f"order. Received: {profile_batch!r}"
        )
    return tuple(found)


def _pictures_of(values):
    """A weight as pictures ``(number, height, width, channels)``; None where it makes none.

    The smallest number is black, the largest white. Vectors are rows: the page draws pictures as
    wide as a card, so a column would be as high as many cards.
    """
    values = np.squeeze(values)
    if values.ndim == 1:
        values = values[None, None, :, None]
    elif values.ndim == 2:
        values = (values.T if values.shape[0] > values.shape[1] else values)[None, ..., None]
    elif values.ndim == 3:
        if config.image_data_format() == "channels_last":
            values = values.transpose(2, 0, 1)
        values = values[..., None]
    if values.ndim != 4 or values.shape[-1] not in (1, 3, 4) or not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    return (values.astype("float64") - low) / (high - low or 1.0)
