"""Dtype policies of quantized layers."""

from minikeras.dtype_policies.dtype_policy import DTypePolicy, dtype_policy

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a layer whose weights are quantized.

    Args:
        mode: how: ``"int8"``, ``"int4"``, ``"float8"``, ``"gptq"`` or ``"awq"``.
        source_name: the name of the policy before: it says in which dtype the layer computes. By
            default the global one.

    Raises:
        ValueError: if there is no such mode, or if it goes badly with the dtype.

    >>> import minikeras as keras
    >>> policy = keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    >>> policy.name, policy.quantization_mode, policy.compute_dtype
    ('int8_from_float32', 'int8', 'float32')
    """

    def __init__(self, mode, source_name=None):
        source = DTypePolicy(dtype_policy().name if source_name is None else source_name)
        if mode not in MODES:
            raise ValueError(
                f"Invalid quantization mode. Received: {mode!r}. Expected one of {MODES}"
            )
        if mode == "int8" and source.compute_dtype == "float16":
            raise ValueError(
                "The mode 'int8' does not go with computation in float16, whose range is too "
                f"small. Received: source_name={source.name!r}"
            )
        super().__init__(source.name)
        self._source_name = source.name
        self._name = f"{mode}_from_{source.name}"
        self._quantization_mode = mode

    @property
    def quantization_mode(self):
        """The name of the mode."""
        return self._quantization_mode

    def get_config(self):
        """The arguments from which `from_config` makes an equal policy."""
        mode = self._name.removesuffix(f"_from_{self._source_name}")
        return {"mode": mode, "source_name": self._source_name}

    def __eq__(self, other):
        return super().__eq__(other) and self.get_config() == other.get_config()

    __hash__ = None

    def __repr__(self):
        return f'<{type(self).__name__} "{self._name}">'


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer whose products are of floats of eight bits.

    Args:
        mode: ``"float8"``.
        source_name: the name of the policy before.
        amax_history_length: for how many steps largest values are kept.

    >>> import minikeras as keras
    >>> keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32").amax_history_length
    1024
    """

    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                f"amax_history_length must be an integer. Received: {amax_history_length!r}"
            )
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        """For how many steps largest values are kept."""
        return self._amax_history_length

    def get_config(self):
        """The arguments from which `from_config` makes an equal policy."""
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


class _Parametrized(QuantizedDTypePolicy):
    """A policy whose mode is written with numbers behind slashes: ``int4/128``."""

    form = ()  # the name of the mode and those of the numbers

    def __init__(self, mode, source_name=None):
        parts = mode.split("/")
        try:
            numbers = [int(part) for part in parts[1:]]
        except ValueError:
            numbers = ()
        if parts[0] != self.form[0] or len(numbers) != len(self.form) - 1:
            expected = "/".join([self.form[0], *(f"<{name}>" for name in self.form[1:])])
            raise ValueError(
                f"{type(self).__name__}: Invalid mode; expected the form {expected!r}, with "
                "integers. "
                f"Received: mode={mode!r}"
            )
        super().__init__(parts[0], source_name)
        self._name = f"{mode}_from_{self._source_name}"
        self.mode = parts[0]
        for name, number in zip(self.form[1:], numbers):
            if name.endswith("size") and (number < -1 or number == 0):
                raise ValueError(
                    f"{type(self).__name__}: {name} must be -1 or a positive integer. "
                    f"Received: {number} in mode={mode!r}"
                )
            setattr(self, name, number)

    def _check_bits(self, allowed):
        if self.weight_bits not in allowed:
            raise ValueError(
                f"{type(self).__name__}: weight_bits must be one of {allowed}. "
                f"Received: {self.weight_bits} in {self._name!r}"
            )


class Int4DTypePolicy(_Parametrized):
    """The policy of a layer with weights of four bits.

    Args:
        mode: ``"int4/<block_size>"``; a block size of -1 means one scale for each output.
        source_name: the name of the policy before.

    >>> import minikeras as keras
    >>> keras.dtype_policies.Int4DTypePolicy("int4/64", "float32").block_size
    64
    """

    form = ("int4", "block_size")


class GPTQDTypePolicy(_Parametrized):
    """The policy of a layer quantized by GPTQ.

    Args:
        mode: ``"gptq/<weight_bits>/<group_size>"``, with 2, 3, 4 or 8 bits.
        source_name: the name of the policy before.

    >>> import minikeras as keras
    >>> keras.dtype_policies.GPTQDTypePolicy("gptq/4/128", "float32").group_size
    128
    """

    form = ("gptq", "weight_bits", "group_size")

    def __init__(self, mode, source_name=None):
        super().__init__(mode, source_name)
        self._check_bits((2, 3, 4, 8))


class AWQDTypePolicy(_Parametrized):
    """The policy of a layer quantized by AWQ.

    Args:
        mode: ``"awq/4/<group_size>"``.
        source_name: the name of the policy before.

    >>> import minikeras as keras
    >>> keras.dtype_policies.AWQDTypePolicy("awq/4/-1", "float32").weight_bits
    4
    """

    form = ("awq", "weight_bits", "group_size")

    def __init__(self, mode, source_name=None):
        super().__init__(mode, source_name)
        self._check_bits((4,))


def quantized_policy(name):
    """The policy of the name ``mode_from_source``.

    Raises:
        ValueError: if ``name`` is of another form.
    """
    mode, separator, source = name.partition("_from_")
    if not separator:
        raise ValueError(
            "The name of a quantized dtype policy has the form 'int8_from_float32'. "
            f"Received: {name!r}"
        )
    kind = mode.partition("/")[0]
    if kind == "int4" and mode == kind:
        return QuantizedDTypePolicy(mode, source)
    return _CLASSES.get(kind, QuantizedDTypePolicy)(mode, source)


_CLASSES = {
    "int4": Int4DTypePolicy,
    "gptq": GPTQDTypePolicy,
    "awq": AWQDTypePolicy,
    "float8": QuantizedFloat8DTypePolicy,
}
