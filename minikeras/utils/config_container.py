"""Config: named values as attributes or as in a dict, which can be frozen."""

import difflib
import json


class Config:
    """Named values, set and read as attributes or as in a dict.

    Args:
        **kwargs: the first values.

    >>> import minikeras as keras
    >>> config = keras.utils.Config(rate=0.1)
    >>> config.momentum = 0.9
    >>> config["rate"], config.momentum
    (0.1, 0.9)
    >>> config.freeze()
    >>> config.rate = 1.0
    Traceback (most recent call last):
    ValueError: This Config is frozen, so 'rate' cannot be changed; call unfreeze() first
    """

    def __init__(self, **kwargs):
        self.__dict__["_values"] = dict(kwargs)
        self.__dict__["_is_frozen"] = False

    @property
    def frozen(self):
        """Whether values can no longer be changed."""
        return self._is_frozen

    def freeze(self):
        """From now on no value can be changed."""
        self.__dict__["_is_frozen"] = True

    def unfreeze(self):
        """From now on values can be changed again."""
        self.__dict__["_is_frozen"] = False

    def _check_open(self, names):
        if self._is_frozen:
            raise ValueError(
                f"This Config is frozen, so {names} cannot be changed; call unfreeze() first"
            )

    def as_dict(self):
        """The values as a dict of their own."""
        return dict(self._values)

    def to_json(self):
        """The values as a string of JSON."""
        return json.dumps(self._values)

    def keys(self):
        """The names."""
        return self._values.keys()

    def values(self):
        """The values."""
        return self._values.values()

    def items(self):
        """Pairs of a name and a value."""
        return self._values.items()

    def get(self, keyname, value=None):
        """The value of a name, or ``value`` if there is none."""
        return self._values.get(keyname, value)

    def pop(self, *args):
        """Remove a name and return its value; a second argument is returned if there is none."""
        self._check_open(repr(args[0]) if args else "values")
        return self._values.pop(*args)

    def update(self, *args, **kwargs):
        """Set several values, given as to ``dict.update``."""
        self._check_open("values")
        self._values.update(*args, **kwargs)

    def __setattr__(self, name, value):
        if hasattr(type(self), name):
            raise AttributeError(
                f"{name!r} is part of Config itself; set it as config[{name!r}] = ..."
            )
        self[name] = value

    def __getattr__(self, name):
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        close = difflib.get_close_matches(name, values, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise AttributeError(f"This Config has no value {name!r}.{hint}")

    def __setitem__(self, key, item):
        self._check_open(repr(key))
        self._values[key] = item

    def __getitem__(self, key):
        return self._values[key]

    def __delitem__(self, key):
        self._check_open(repr(key))
        del self._values[key]

    def __contains__(self, item):
        return item in self._values

    def __iter__(self):
        return iter(sorted(self._values))

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return f"<Config {self._values}>"
