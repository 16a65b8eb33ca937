"""CSVLogger: writes the logs of each epoch to a file."""

import csv
import os

from minikeras.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes the logs of each epoch as a line of a CSV file.

    The header is ``epoch`` and the sorted names of the first epoch's logs; if there are none of a
    validation among them, ``val_`` columns are kept for later epochs. What an epoch lacks is NA.

    Args:
        filename: the path of the file.
        separator: what stands between two entries.
        append: whether to go on with a file that exists rather than to replace it.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.append_header = True
        self.keys = None
        self.writer = None
        self.csv_file = None

    def on_train_begin(self, logs=None):
        """Open the file."""
        self._close()
        if self.append and os.path.exists(self.filename):
            self.append_header = os.path.getsize(self.filename) == 0
        mode = "a" if self.append else "w"
        self.csv_file = open(  # noqa: SIM115 - stays open until training ends
            self.filename, mode, newline="", encoding="utf-8"
        )
        self.writer = None
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        """Write a line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        if self.writer is None:
            self.writer = csv.DictWriter(
                self.csv_file, ["epoch", *self.keys], delimiter=self.sep, lineterminator="\n"
            )
            if self.append_header:
                self.writer.writeheader()
        line = {key: _entry(logs.get(key, "NA")) for key in self.keys}
        self.writer.writerow({"epoch": epoch, **line})
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        """Close the file."""
        self._close()
        self.writer = None

    def _close(self):
        if self.csv_file is not None and not self.csv_file.closed:
            self.csv_file.close()


def _entry(value):
    """A value of the logs; those with several elements as a list in brackets."""
    if isinstance(value, str) or not hasattr(value, "__iter__") or not getattr(value, "ndim", 1):
        return value
    return f'"[{", ".join(map(str, value))}]"'
