"""CallbackList: calls the hooks of several callbacks, and only those that do something."""

from minikeras import tree
from minikeras.callbacks.callback import HOOKS, Callback
from minikeras.callbacks.history import History
from minikeras.callbacks.logs import plain_logs
from minikeras.callbacks.progbar_logger import ProgbarLogger

# A hook that does nothing but call another one.
_PASSES_ON = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: a callback or a list of them.
        add_history: whether a `History` is added if there is none.
        add_progbar: whether a `ProgbarLogger` is added if there is none.
        model: the model at work.
        **params: handed to the callbacks as ``params``: ``verbose``, ``epochs``, ``steps``.

    >>> import minikeras as keras
    >>> hello = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: print("hello"))
    >>> keras.callbacks.CallbackList([hello]).on_train_begin()
    hello
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = [] if callbacks is None else tree.flatten(callbacks)
        for callback in self.callbacks:
            if isinstance(callback, type) or not hasattr(callback, "on_train_begin"):
                raise TypeError(
                    "callbacks must be instances of keras.callbacks.Callback. "
                    f"Received: {callback!r}"
                )
        self._history = self._find_or_add(History, add_history)
        self._find_or_add(ProgbarLogger, add_progbar)
        self._find_active()
        self.set_model(model)
        self.set_params(params)

    def _find_or_add(self, kind, add):
        found = next((c for c in self.callbacks if isinstance(c, kind)), None)
        if found is None and add:
            found = kind()
            self.callbacks.append(found)
        return found

    def append(self, callback):
        """Add a callback at the end."""
        self.callbacks.append(callback)
        self._find_active()

    def set_model(self, model):
        """Hand the model to all callbacks; its attribute ``history`` becomes the `History`."""
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params):
        """Hand the settings of the run to all callbacks."""
        super().set_params(params)
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def _find_active(self):
        """Find for each hook the callbacks that define it: most define few."""
        self._active = {
            hook: [callback for callback in self.callbacks if _defines(callback, hook)]
            for hook in HOOKS
        }

    def _call(self, hook, logs, *position):
        active = self._active[hook]
        if not active:
            return
        plain = None
        for callback in active:
            if position and getattr(callback, "reads_logs_itself", False):
                getattr(callback, hook)(*position, logs=logs)
                continue
            if plain is None:
                # One dict for all: what a callback adds to the logs, later ones see.
                plain = plain_logs(logs)
            if "batch" in hook:
                getattr(callback, hook)(*position, logs=plain)
            else:  # by position, for some call their argument otherwise
                getattr(callback, hook)(*position, plain)

    def on_batch_begin(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_batch_begin", logs, batch)

    def on_batch_end(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_batch_end", logs, batch)

    def on_epoch_begin(self, epoch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_epoch_begin", logs, epoch)

    def on_epoch_end(self, epoch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_epoch_end", logs, epoch)

    def on_train_begin(self, logs=None):
        """Call this hook of all callbacks."""
        self._find_active()
        self._call("on_train_begin", logs)

    def on_train_end(self, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_train_end", logs)

    def on_train_batch_begin(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_train_batch_begin", logs, batch)

    def on_train_batch_end(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_train_batch_end", logs, batch)

    def on_test_begin(self, logs=None):
        """Call this hook of all callbacks."""
        self._find_active()
        self._call("on_test_begin", logs)

    def on_test_end(self, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_test_end", logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_test_batch_begin", logs, batch)

    def on_test_batch_end(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_test_batch_end", logs, batch)

    def on_predict_begin(self, logs=None):
        """Call this hook of all callbacks."""
        self._find_active()
        self._call("on_predict_begin", logs)

    def on_predict_end(self, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_predict_end", logs)

    def on_predict_batch_begin(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_predict_batch_begin", logs, batch)

    def on_predict_batch_end(self, batch, logs=None):
        """Call this hook of all callbacks."""
        self._call("on_predict_batch_end", logs, batch)


def _defines(callback, hook):
    """Whether calling ``hook`` of ``callback`` does anything."""
    method = getattr(callback, hook, None)
    if method is None:
        return False
    if getattr(method, "__func__", method) is not getattr(Callback, hook):
        return True
    return hook in _PASSES_ON and _defines(callback, _PASSES_ON[hook])
