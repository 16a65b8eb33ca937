"""The dtypes of a layer, by its policy or by the policy that a map has for its path."""

from minikeras import dtype_policies
from minikeras.backend.variables import Variable
from minikeras.dtype_policies import DTypePolicy, DTypePolicyMap


class Dtyped:
    """A mixin of `Layer`: its dtype policy, and what follows from that."""

    @property
    def dtype_policy(self):
        """The dtype policy, or the `DTypePolicyMap` that has one for the path of the layer.

        Setting it to a quantized policy quantizes a layer that is built and can be quantized.
        """
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = dtype_policies.get(value)
        is_map = isinstance(self._dtype_policy, DTypePolicyMap)
        if is_map and self._path:
            self._dtype_policy._policies[self._path] = policy
        else:
            self._dtype_policy = policy
        self._follow_policy(policy)

    @property
    def _own_dtype_policy(self):
        """The dtype policy of this layer, also where it has a map of them."""
        policy = self._dtype_policy
        if type(policy) is DTypePolicy or self._path is None:  # the quick way of most calls
            return policy
        return policy[self._path] if isinstance(policy, DTypePolicyMap) else policy

    @property
    def dtype(self):
        """The dtype of the variables."""
        return self.variable_dtype

    @property
    def variable_dtype(self):
        """The dtype of the variables."""
        return self._own_dtype_policy.variable_dtype

    @property
    def compute_dtype(self):
        """The dtype in which the layer computes."""
        return self._own_dtype_policy.compute_dtype

    @property
    def input_dtype(self):
        """The dtype that float inputs are cast to."""
        return self.compute_dtype

    @property
    def path(self):
        """The name of the layer with those of the layers around it, as in its variables' paths."""
        if self._path:
            return self._path
        own = self.owned(Variable)
        return own[0].path.rpartition("/")[0] if own else self.name
