"""What `compile` settled in Keras 1 and 2: which weights are trained, and by whose optimizer.

Programs for adversarial networks rest on both: they compile a discriminator, set its ``trainable``
to False, and compile it once more within a larger model, often with the same optimizer.
"""

import contextlib
import functools
import weakref

from minikeras.legacy.era import era
from minikeras.optimizers import Optimizer
from minikeras.training.trainer import Trainer

_users = weakref.WeakKeyDictionary()  # optimizer -> a reference to the model that trains with it


def install():
    """Let models that are compiled in eras 1 and 2 train what they had to train then."""
    Trainer.compile = _compile(Trainer.compile)
    for name in ("fit", "train_on_batch"):
        setattr(Trainer, name, _as_compiled(getattr(Trainer, name)))


def _compile(compile_today):
    @functools.wraps(compile_today)
    def compile(self, optimizer="rmsprop", *args, **kwargs):
        optimizer = _own_optimizer(self, optimizer)
        compile_today(self, optimizer, *args, **kwargs)
        flags = None
        if era() != 3:
            flags = [(part, part._trainable) for part in self._all_layers()]
        self.__dict__["_trained_when_compiled"] = flags

    return compile


def _own_optimizer(model, optimizer):
    """An optimizer like one that another model trains with; they share the learning rate."""
    if not isinstance(optimizer, Optimizer) or era() == 3:
        return optimizer
    user = _users.get(optimizer, lambda: None)()
    if user is not None and user is not model:
        shared = optimizer
        optimizer = type(shared).from_config(shared.get_config())
        rate = optimizer._learning_rate
        optimizer._variables = [
            shared._learning_rate if variable is rate else variable
            for variable in optimizer._variables
        ]
        optimizer.__dict__["_learning_rate"] = shared._learning_rate
    _users[optimizer] = weakref.ref(model)
    return optimizer


def _as_compiled(train_today):
    @functools.wraps(train_today)
    def train(self, *args, **kwargs):
        with _as_it_was(self.__dict__.get("_trained_when_compiled")):
            return train_today(self, *args, **kwargs)

    return train


@contextlib.contextmanager
def _as_it_was(flags):
    """Layers are trainable, or not, as when the model was compiled."""
    changed = []
    for layer, flag in flags or ():
        if layer._trainable != flag:
            changed.append((layer, layer._trainable))
            _set(layer, flag)
    try:
        yield
    finally:
        for layer, flag in changed:
            _set(layer, flag)


def _set(layer, flag):
    """Set it for a layer without those within."""
    layer._trainable = flag
    layer._train_own_variables(flag)
