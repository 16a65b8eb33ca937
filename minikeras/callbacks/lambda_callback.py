"""LambdaCallback: a callback made of functions."""

from minikeras.callbacks.callback import HOOKS, Callback


class LambdaCallback(Callback):
    """A callback made of functions; each is called with the arguments of its hook.

    Args:
        on_epoch_begin, on_epoch_end: functions of ``(epoch, logs)``.
        on_train_begin, on_train_end: functions of ``logs``.
        on_train_batch_begin, on_train_batch_end: functions of ``(batch, logs)``.
        **kwargs: functions for other hooks of `Callback`; what has another name than a hook
            becomes an attribute.

    >>> import minikeras as keras
    >>> end = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    >>> keras.callbacks.CallbackList([end]).on_epoch_end(0, {"loss": 1.0})
    0 {'loss': 1.0}
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **{name: value for name, value in kwargs.items() if name in HOOKS},
        }
        others = {name: value for name, value in kwargs.items() if name not in HOOKS}
        self.__dict__.update(others)
        unknown = sorted(name for name in others if name.startswith("on_"))
        if unknown:
            raise TypeError(f"LambdaCallback: there are no hooks {unknown}. There are: {HOOKS}")
        for name, function in functions.items():
            if function is not None:
                takes_position = "batch" in name or "epoch" in name
                make = _taking_position_and_logs if takes_position else _taking_logs
                setattr(self, name, make(function))


def _taking_position_and_logs(function):
    """``function`` so that ``logs=`` can be passed to it, whatever it calls them."""
    return lambda position, logs=None: function(position, logs)


def _taking_logs(function):
    return lambda logs=None: function(logs)
