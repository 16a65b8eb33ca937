"""A row: one call of a public op, and how it is compared."""

import dataclasses

import numpy as np

from minikeras import tree

FLOATS = ("float32", "float64", "float16")
# How far results may be apart, relative and absolute, in each precision.
TOLERANCES = {"float16": (4e-3, 4e-3), "float32": (2e-5, 2e-6), "float64": (1e-9, 1e-10)}


@dataclasses.dataclass(frozen=True)
class Row:
    """One call of an op.

    Made by `row`. Arrays of floats among the arguments take each of ``dtypes`` in turn; all other
    arguments are passed as they are, and a call without such arrays is made only once.
    """

    name: str
    args: tuple
    kwargs: dict
    dtypes: tuple = FLOATS
    tolerances: dict = dataclasses.field(default_factory=lambda: TOLERANCES)
    gradients: bool = True
    symbols: bool = True
    unknown_batch: bool = True
    open_sides: bool = False
    batched: tuple | None = None
    reason: str = ""

    def within(self, rtol, atol=None, dtype=None):
        """With other tolerances, for all precisions or for one; they never become smaller."""
        atol = rtol if atol is None else atol
        wider = {
            name: (max(rtol, r), max(atol, a)) if dtype in (None, name) else (r, a)
            for name, (r, a) in self.tolerances.items()
        }
        return dataclasses.replace(self, tolerances=wider)

    def only(self, *dtypes, reason):
        """In these precisions alone; the reason says why Keras has no others."""
        return dataclasses.replace(self, dtypes=dtypes, reason=reason)

    def without_gradients(self, reason):
        """Values alone: the op has no gradient, or Keras gives none that is right."""
        return dataclasses.replace(self, gradients=False, reason=reason)

    def without_symbols(self, reason):
        """Never on symbolic tensors: the shape depends on values, or Keras takes none."""
        return dataclasses.replace(self, symbols=False, reason=reason)

    def with_known_batch(self, reason):
        """Symbolic tensors have known shapes only: the first axis is no batch, say."""
        return dataclasses.replace(self, unknown_batch=False, reason=reason)

    def batch_in(self, *numbers):
        """The arrays, counted from 0, that have the batch along their first axis."""
        return dataclasses.replace(self, batched=numbers)

    def with_open_sides(self):
        """Sides of symbolic outputs may be unknown, as only values decide them."""
        return dataclasses.replace(self, open_sides=True)

    @property
    def label(self):
        """A short name for the listing of tests."""
        settings = (f"{k}={v}" for k, v in self.kwargs.items() if len(str(v)) < 16)
        return ",".join((self.name, *settings))


def row(name, *args, **kwargs):
    """The call ``keras.ops.<name>(*args, **kwargs)``, compared in all respects.

    Arrays of NumPy are tensors of the call, in lists and dicts too. To be
    comparable in half precision too, values should have few digits. Symbolic tensors have an
    unknown batch where the first array has it, and in all arrays of its rank and batch size;
    `Row.batch_in` says otherwise.
    """
    arrays = [x for x in tree.flatten((args, kwargs)) if isinstance(x, np.ndarray)]
    has_floats = any(x.dtype.kind == "f" for x in arrays)
    return Row(name, args, kwargs, dtypes=FLOATS if has_floats else ("float32",))
