"""Low-rank adaptation: a frozen weight, and a trained product of two thin matrices beside it."""

from minikeras import initializers, ops
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import to_numpy
from minikeras.layers.arguments import positive_integer

_SINGULAR = {"kernel": "kernel", "embeddings": "embedding"}


def adaptable_weight(name):
    """A property of a layer: the weight ``name``, with its low-rank addition where it has one.

    Without one it is the variable itself, which the layer keeps under ``_name``.
    """

    def get(self):
        if not self.built:
            raise AttributeError(
                f"{type(self).__name__} {self.name!r} has no {name!r} yet. Build it first."
            )
        return self._weight_to_use()

    return property(get, doc=f"``{name}``, with its low-rank addition if there is one.")


class Adaptable:
    """A mixin for layers with one main weight: ``enable_lora`` freezes it and trains an addition.

    Hu et al. 2021, "LoRA: low-rank adaptation of large language models", eq. 3: the weight in use
    is ``W + alpha / rank * A B``, with ``A`` of shape ``(..., rank)`` and ``B`` of shape
    ``(rank, columns)``. Files hold the sum alone.

    A layer names the weight (``adaptable``), makes it with `_add_adaptable` and calls
    `_adapt_if_asked` at the end of its ``build``.
    """

    adaptable = "kernel"
    lora_rank = None
    lora_alpha = None
    lora_enabled = False

    def _note_adaptation(self, lora_rank, lora_alpha):
        """Store the constructor's arguments."""
        self.lora_rank = lora_rank
        self.lora_alpha = lora_rank if lora_alpha is None else lora_alpha

    def _config_names(self):
        ours = ("lora_rank", "lora_alpha")
        names = [name for name in super()._config_names() if name not in ours]
        return [*names, *ours] if self.lora_rank else names

    @property
    def _base(self):
        """The variable of the weight without the addition."""
        return getattr(self, f"_{self.adaptable}", None)

    def _add_adaptable(self, shape, initializer):
        """Make the weight, governed by the arguments whose names begin with its name."""
        return self.add_weight(
            name=self.adaptable,
            shape=shape,
            initializer=initializer,
            regularizer=getattr(self, f"{self.adaptable}_regularizer"),
            constraint=getattr(self, f"{self.adaptable}_constraint"),
        )

    def _adapt_if_asked(self):
        if self.lora_rank and not self.lora_enabled:
            self._adapt(self.lora_rank, self.lora_alpha, "he_uniform", "zeros")

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freeze the weight and train a low-rank addition to it from now on.

        Args:
            rank: the number of columns of ``A`` and of rows of ``B``.
            lora_alpha: the addition is ``lora_alpha / rank * A B``; ``rank`` by default.
            a_initializer, b_initializer: how ``A`` and ``B`` begin. With zeros for ``B`` the layer
                computes at first what it did before.

        Raises:
            ValueError: if the layer is not built, is adapted already, is quantized in a way that
                excludes it, or has a constraint on the weight.

        >>> import minikeras as keras
        >>> layer = keras.layers.Dense(4)
        >>> layer.build((None, 8))
        >>> layer.enable_lora(2)
        >>> [w.name for w in layer.trainable_weights]
        ['bias', 'lora_kernel_a', 'lora_kernel_b']
        """
        described = f"{type(self).__name__} {self.name!r}"
        if getattr(self, f"{self.adaptable}_constraint") is not None:
            raise ValueError(
                f"{described}: LoRA is incompatible with {_SINGULAR[self.adaptable]} constraints. "
                f"Remove the argument {self.adaptable}_constraint."
            )
        if not self.built:
            raise ValueError(
                f"Cannot enable lora on a layer that isn't yet built. Build {described} first."
            )
        if self.lora_enabled:
            raise ValueError(f"{described}: lora is already enabled; that can be done once.")
        self._adapt(positive_integer(self, "rank", rank), lora_alpha, a_initializer, b_initializer)

    def _adapt(self, rank, lora_alpha, a_initializer, b_initializer):
        name = self.adaptable
        *leading, columns = self._adapted_shape()
        shapes = {"a": (*leading, rank), "b": (rank, columns)}
        for letter, initializer in (("a", a_initializer), ("b", b_initializer)):
            added = self.add_weight(
                name=f"lora_{name}_{letter}",
                shape=shapes[letter],
                initializer=initializers.get(initializer),
                dtype="float32",  # small changes must not be lost in half precision
                regularizer=getattr(self, f"{name}_regularizer"),
            )
            setattr(self, f"lora_{name}_{letter}", added)
        # It keeps its place among the weights that were made to be trained.
        self._base._made_trainable = self._base.trainable
        self._base.trainable = False
        self.lora_enabled = True
        self.lora_rank = rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha

    def _adapted_shape(self):
        return self._base.shape

    def _additions(self):
        """The variables ``A`` and ``B``."""
        names = (f"lora_{self.adaptable}_a", f"lora_{self.adaptable}_b")
        return [getattr(self, name) for name in names] if self.lora_enabled else []

    def _addition(self):
        """``alpha / rank * A B``, in the shape of the weight."""
        a, b = self._additions()
        return ops.multiply(ops.matmul(a, b), self.lora_alpha / self.lora_rank)

    def _weight_to_use(self):
        if not self.lora_enabled:
            return self._base
        return ops.cast(ops.add(self._base, self._addition()), self.compute_dtype)

    # Files hold the weight with its addition.

    def _stored_variables(self):
        """The variables that files hold, in the order of files."""
        additions = {id(v) for v in self._additions()}
        return [v for v in self._own_weights() if id(v) not in additions]

    def _merged(self):
        """The values of variables that the addition changes, by the id of the variable."""
        return {id(self._base): ops.add(self._base.value_in_own_dtype(), self._addition())}

    def save_own_variables(self, store):
        """Put the layer's own variables into ``store``, the low-rank addition merged."""
        if not self.built:
            return
        merged = self._merged() if self.lora_enabled else {}
        for i, variable in enumerate(self._stored_variables()):
            value = merged.get(id(variable))
            store[str(i)] = variable.numpy() if value is None else to_numpy(plain(value))

    def load_own_variables(self, store):
        """Set the layer's own variables from what `save_own_variables` stored.

        A low-rank addition begins anew: it is merged into the weight that was stored, so ``B``
        is set to zeros.

        Raises:
            ValueError: if their number or a shape differs.
        """
        own = self._stored_variables()
        if len(store.keys()) != len(own):
            hint = "" if self.built else " The layer is not built, so it has no variables yet."
            raise ValueError(
                f"Layer {self.name!r} has {len(own)} variables, but the file holds "
                f"{len(store.keys())} for it.{hint}"
            )
        arrays = [v.conformed(store[str(i)]) for i, v in enumerate(own)]
        for variable, array in zip(own, arrays):
            variable.assign(array)
        for variable in self._additions()[1:]:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))
