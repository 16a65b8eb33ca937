"""Arguments of a call that reach the layers within without being handed on, beside ``training``."""

from minikeras.layers.call_spec import context


class ContextArguments:
    """A mixin of `Layer`: arguments that it takes over from the call around it."""

    _call_context_args = frozenset({"training"})
    _called = False

    def _register_call_context_args(self, *names):
        """Let arguments of these names reach this layer, and the layers within it, from outside.

        A layer whose ``call`` has such an argument gets the value that was given to it, else that
        of the call around it. One whose ``call`` has none only lets it through.

        Args:
            *names: strings.

        Raises:
            RuntimeError: if the layer was called already.
        """
        if self._called:
            raise RuntimeError(
                "Cannot add call-context args after the layer has been called. Do it in the "
                f"constructor of {type(self).__name__}."
            )
        self.__dict__["_call_context_args"] = self._call_context_args | set(names)

    def _settle_context(self, signature, kwargs, bound):
        """Settle the registered arguments for the call under way, and for those within it."""
        outer = context.arguments
        settled = {}
        for name in self._call_context_args - {"training"}:
            value = bound.get(name)
            if value is None:
                value = outer.get(name, signature.defaults.get(name))
            settled[name] = value
            is_positional = name in bound and name not in kwargs
            if name not in signature.all_names:
                kwargs.pop(name, None)
            elif value is not None and not is_positional:
                kwargs[name] = value
        context.arguments = {**outer, **{k: v for k, v in settled.items() if v is not None}}
