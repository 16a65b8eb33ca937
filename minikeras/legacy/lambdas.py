"""Functions in `Lambda` that ask for gradients between tensors of the graph around them.

Keras 1 and 2 called such a function once, on symbolic tensors, when ``K.gradients`` could look back
through the graph. Values have no graph behind them, so these functions are called on symbolic
tensors here, too, and what they make becomes a part of the graph in place of the layer.
"""

import functools
import types

from minikeras.layers import Lambda
from minikeras.legacy.era import era
from minikeras.legacy.nodes import is_symbolic


def install():
    """Let such functions be called on symbolic tensors in eras 1 and 2."""
    Lambda.__call__ = _call(Lambda.__call__)


def _asks_for_gradients(function):
    code = function.__code__ if isinstance(function, types.FunctionType) else None
    return code is not None and "gradients" in code.co_names


def _call(call_today):
    @functools.wraps(call_today)
    def __call__(self, inputs, *args, **kwargs):
        if era() == 3 or not is_symbolic(inputs) or not _asks_for_gradients(self.function):
            return call_today(self, inputs, *args, **kwargs)
        found = self.function(inputs, **self.arguments)
        return found[0] if isinstance(found, list) and len(found) == 1 else found

    return __call__
