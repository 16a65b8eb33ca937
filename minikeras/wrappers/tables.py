"""What estimators take for data: arrays, and tables of pandas.

A kind of data is a class with the methods of `Arrays`. Others, such as DataFrames of Spark, are
added by putting their class in front of `KINDS`.
"""

import numpy as np

from minikeras.backend import autodiff
from minikeras.backend.xp import to_numpy


class Arrays:
    """Arrays of any library, and nested lists."""

    @staticmethod
    def takes(data):
        """Whether ``data`` are of this kind."""
        return True

    @staticmethod
    def values(data):
        """``data`` as a NumPy array."""
        return np.asarray(to_numpy(autodiff.plain(data)))

    @staticmethod
    def parted(data):
        """``(features, targets)`` of data that hold both."""
        raise TypeError(
            "fit and score need targets y beside an array X. Received: y=None. (A pandas "
            "DataFrame may hold them in a column 'label'.)"
        )

    @staticmethod
    def answered(values, data, names):
        """Values with a row for each row of ``data``, in the form of ``data``.

        Args:
            values: a NumPy array of one or two axes.
            data: what was asked about.
            names: what the columns are called.
        """
        return values


class Frames(Arrays):
    """Tables of pandas.

    Features are all columns but ``label``; or, if there is a column ``features``, the vectors in
    it. Answers are a Series or a DataFrame with the index of the table.
    """

    @staticmethod
    def takes(data):
        """Whether it is a DataFrame or a Series."""
        return hasattr(data, "iloc") and hasattr(data, "to_numpy")

    @staticmethod
    def values(data):
        """The numbers of a table, or of a column, as a NumPy array."""
        if data.ndim == 1:
            return data.to_numpy()
        if "features" in data.columns:
            return np.stack([np.asarray(vector) for vector in data["features"]])
        return data.drop(columns="label", errors="ignore").to_numpy()

    @staticmethod
    def parted(data):
        """The features of a table, and its column ``label``."""
        if data.ndim != 2 or "label" not in data.columns:
            raise ValueError(
                "Without y, the DataFrame must have a column 'label'. Received columns: "
                f"{list(data.columns) if data.ndim == 2 else 'none, a Series'}"
            )
        return Frames.values(data), data["label"].to_numpy()

    @staticmethod
    def answered(values, data, names):
        """A Series ``prediction``, or a DataFrame with a column for each name."""
        import pandas

        if values.ndim == 1:
            return pandas.Series(values, index=data.index, name="prediction")
        return pandas.DataFrame(values, index=data.index, columns=list(names))


KINDS = [Frames, Arrays]


def kind_of(data):
    """The class that reads ``data``."""
    return next(kind for kind in KINDS if kind.takes(data))
