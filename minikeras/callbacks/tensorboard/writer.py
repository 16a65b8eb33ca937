"""SummaryWriter: numbers, histograms, pictures and texts by name and step, into an event file."""

from minikeras.backend.autodiff import concrete
from minikeras.backend.xp import is_array, to_numpy
from minikeras.callbacks.tensorboard import hyper_parameters, messages
from minikeras.callbacks.tensorboard.records import RecordFile


class SummaryWriter:
    """Writes what TensorBoard shows, to a new event file in a folder.

    Args:
        folder: the folder of a run; it is made when something is written.
        steps: a function without arguments that gives the step where none is stated.
    """

    def __init__(self, folder, steps=lambda: 0):
        self.folder = folder
        self._steps = steps
        self._file = None

    def _write(self, event):
        if self._file is None:
            self._file = RecordFile(self.folder)
            self._file.write(messages.event(file_version=messages.FILE_VERSION))
        self._file.write(event)

    def _add(self, value, step):
        step = self._steps() if step is None else int(step)
        self._write(messages.event(step, [value]))

    def scalar(self, name, data, step=None):
        """A number."""
        self._add(messages.scalar(name, float(_on_host(data))), step)

    def histogram(self, name, data, step=None, buckets=messages.BUCKETS):
        """How the values of a tensor lie, counted in so many buckets."""
        self._add(messages.histogram(name, _on_host(data), buckets), step)

    def image(self, name, data, step=None, max_outputs=messages.MOST_IMAGES):
        """Pictures ``(number, height, width, channels)``: bytes, or floats from 0 to 1."""
        self._add(messages.images(name, _on_host(data), max_outputs), step)

    def text(self, name, data, step=None):
        """A text in Markdown."""
        self._add(messages.text(name, data), step)

    def hyper_parameters(self, settings):
        """The settings of a run, by name: numbers, truth values and strings."""
        self._add(hyper_parameters.start(hyper_parameters.plain(settings)), 0)

    def end_of_run(self):
        """That a run whose settings were written has come to its end."""
        self._add(hyper_parameters.end(), 0)

    def keras_model(self, name, json, step=0):
        """A model, by its JSON, as a conceptual graph."""
        self._add(messages.keras_model(name, json), step)

    def graph(self, graph):
        """A graph of operations, as bytes of a GraphDef."""
        self._write(messages.event(graph=graph))

    def flush(self):
        """Let TensorBoard see all that was written."""
        if self._file is not None:
            self._file.flush()

    def close(self):
        """Write out what is left. Something written later goes to another file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _on_host(x):
    x = concrete(x)
    return to_numpy(x) if is_array(x) else x
