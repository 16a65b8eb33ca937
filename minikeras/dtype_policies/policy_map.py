"""DTypePolicyMap: dtype policies by the paths of layers."""

import re
from collections.abc import MutableMapping

from minikeras.dtype_policies.dtype_policy import DTypePolicy, dtype_policy
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """A dict from paths of layers to their policies, with a policy for all other layers.

    Keys are whole paths or regular expressions that match whole paths. Layers that hold layers take
    such a map as ``dtype``.

    Args:
        default_policy: the policy (or its name) of layers that no key matches; by default the
            global one, whatever it is then.
        policy_map: a dict from paths or regular expressions to policies or their names.

    >>> import minikeras as keras
    >>> policies = keras.dtype_policies.DTypePolicyMap("float32")
    >>> policies["encoder/.*"] = "mixed_float16"
    >>> policies["encoder/query"].name, policies["decoder"].name
    ('mixed_float16', 'float32')
    """

    def __init__(self, default_policy=None, policy_map=None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("default_policy cannot itself be a DTypePolicyMap")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                "policy_map must be a dict from paths to policies. "
                f"Received: {policy_map!r} (a {type(policy_map).__name__})"
            )
        self._stated_default = default_policy
        # Found now, so that a wrong name is told at once.
        self._default = _policy(default_policy) if default_policy is not None else None
        self._policies = {key: _policy(value) for key, value in (policy_map or {}).items()}

    @property
    def default_policy(self):
        """The policy of layers that no key matches."""
        return self._default or dtype_policy()

    @property
    def name(self):
        """``map_`` and the name of the default policy."""
        return f"map_{self.default_policy.name}"

    @property
    def _name(self):
        return self.name

    @property
    def compute_dtype(self):
        """That of the default policy."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self):
        """That of the default policy."""
        return self.default_policy.variable_dtype

    def __getitem__(self, key):
        if key in self._policies:
            return self._policies[key]
        found = [pattern for pattern in self._policies if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"The path {key!r} matches several keys of the DTypePolicyMap: {found}. "
                "Make them narrower, or add the path itself as a key."
            )
        return self._policies[found[0]] if found else self.default_policy

    def __setitem__(self, key, policy):
        if key in self._policies:
            raise ValueError(
                f"The DTypePolicyMap has {self._policies[key]!r} for {key!r} already. "
                "Delete that first."
            )
        try:
            self._policies[key] = _policy(policy)
        except (TypeError, ValueError) as error:
            raise ValueError(f"Not a dtype policy for the path {key!r}: {error}") from None

    def __delitem__(self, key):
        del self._policies[key]

    def __contains__(self, key):
        return key in self._policies

    def __len__(self):
        return len(self._policies)

    def __iter__(self):
        return iter(self._policies)

    def __eq__(self, other):
        return type(other) is type(self) and self.name == other.name

    __hash__ = None

    def get_config(self):
        """The arguments from which `from_config` makes an equal map.

        Where the default policy is the global one, the names of all policies are left open, as in
        Keras: they too become what is global when the map is loaded.
        """
        policies = serialize_keras_object(self._policies)
        if self._stated_default is None:
            for form in policies.values():
                form["config"]["name"] = None
        return {"default_policy": self._stated_default, "policy_map": policies}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map made from what `get_config` returned."""
        policies = deserialize_keras_object(config["policy_map"], custom_objects=custom_objects)
        default = config.get("default_policy")
        return cls(
            default_policy=_policy(default) if isinstance(default, dict) else default,
            policy_map=policies,
        )

    def __repr__(self):
        policies = {key: policy.name for key, policy in self._policies.items()}
        return f"<DTypePolicyMap default_policy={self.default_policy.name!r}, {policies}>"


def _policy(identifier):
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize_keras_object(identifier)
    return DTypePolicy(identifier)
