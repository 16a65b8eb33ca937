"""The session of ``keras.backend``: it runs parts of graphs. TensorFlow itself is not beneath."""

from minikeras import tree
from minikeras.legacy.backend.graphs import Function

__all__ = ["get_session", "set_session"]


class Session:
    """Runs parts of graphs, as a session of TensorFlow does.

    >>> import minikeras as keras
    >>> x = keras.backend.placeholder((None, 2))
    >>> session = keras.backend.get_session()
    >>> session.run(x * 2, feed_dict={x: [[1.0, 2.0]]}).tolist()
    [[2.0, 4.0]]
    """

    def run(self, fetches, feed_dict=None):
        """The values of tensors.

        Args:
            fetches: a symbolic tensor or variable, or a list, tuple or dict of them.
            feed_dict: a dict from symbolic tensors, `learning_phase` included, to their values.

        Returns:
            Arrays of NumPy, in the structure of ``fetches``.
        """
        fed = dict(feed_dict or {})
        found = Function(list(fed), tree.flatten(fetches))(list(fed.values()))
        return tree.pack_sequence_as(fetches, found)


_session = Session()


def get_session():
    """The session; there is one."""
    return _session


def set_session(session):
    """Nothing, for there is one session.

    Raises:
        TypeError: for another one, such as one of TensorFlow.
    """
    if session is not _session:
        raise TypeError(
            "set_session takes what get_session returned: there are no sessions of TensorFlow. "
            f"Received: {session!r}"
        )
