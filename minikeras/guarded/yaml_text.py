"""YAML as plain values, read at a bounded cost: PyYAML's parser, and no more of PyYAML than that.

The parser gives events one after the other. What PyYAML makes of them costs too much with hostile
texts: it calls itself for each level, and its merge keys (``<<``) repeat what they name without
end.
"""

from minikeras.guarded import limits

_COST = 4  # a value in YAML takes the time of as many in JSON
_TAGS = "tag:yaml.org,2002:"
_LONGEST_NUMBER = 100  # letters
_PLAIN = ("null", "bool", "int", "float", "str")
# Of lists and dicts; tuples are what Keras 2 wrote.
_NESTED = (None, "!", *(_TAGS + name for name in ("seq", "map", "python/tuple")))


def parsed(text, what):
    """The values in a text of YAML: dicts, lists, tuples, strings, numbers, booleans, None.

    Args:
        text: a string or bytes.
        what: what to call it in messages.

    Raises:
        ValueError: if it is damaged, or holds anything else.
        LimitExceeded: if it holds too much, or repeats it too often.
        ImportError: if PyYAML is not there.
    """
    yaml = imported()
    limits.check("text", len(text), what)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader(yaml, what)
    try:
        for event in yaml.parse(text, Loader=loader):
            reader.take(event)
    except (yaml.YAMLError, UnicodeError, OverflowError) as error:
        raise ValueError(f"{what} is damaged, or holds more than plain values: {error}") from None
    return reader.value


def imported():
    """The package PyYAML.

    Raises:
        ImportError: if it is not there.
    """
    try:
        import yaml
    except ImportError:
        raise ImportError(
            "YAML needs the package PyYAML: pip install 'keras-on-numpy[yaml]'"
        ) from None
    return yaml


class _Reader:
    """Makes values of events."""

    def __init__(self, yaml, what):
        self._yaml, self._what = yaml, what
        self._resolver = yaml.resolver.Resolver()
        self._maker = yaml.constructor.SafeConstructor()
        self._open = []  # the lists and dicts that events stand in: (items, event, sizes)
        self._named = {}  # anchor -> a value, and how many values it is; None while it is open
        self._count = 0
        self.value = None

    def take(self, event):
        """Take one event."""
        events = self._yaml.events
        if isinstance(event, (events.SequenceStartEvent, events.MappingStartEvent)):
            self._begin(event)
        elif isinstance(event, (events.SequenceEndEvent, events.MappingEndEvent)):
            self._end()
        elif isinstance(event, events.ScalarEvent):
            self._add(self._scalar(event), 1, event.anchor)
        elif isinstance(event, events.AliasEvent):
            found = self._named.get(event.anchor)
            if found is None:
                raise ValueError(f"{self._what} refers to {event.anchor!r}, which is no value")
            self._add(*found, None)

    def _begin(self, event):
        if event.tag not in _NESTED:
            raise ValueError(f"{self._what} holds more than plain values: {event.tag!r}")
        limits.check("depth", len(self._open) + 1, self._what)
        self._named.pop(event.anchor, None)
        self._open.append(([], event, self._count))

    def _end(self):
        items, event, before = self._open.pop()
        value = items
        if isinstance(event, self._yaml.events.MappingStartEvent):
            keys = items[::2]
            if not all(isinstance(key, (str, int, float, bool, type(None))) for key in keys):
                raise ValueError(f"{self._what} holds a dict whose keys are no plain values")
            value = dict(zip(keys, items[1::2]))
        elif event.tag and event.tag.endswith("tuple"):
            value = tuple(items)
        inner = self._count - before
        self._count = before
        self._add(value, inner + 1, event.anchor)

    def _add(self, value, count, anchor):
        self._count += count
        limits.check("values", _COST * self._count, self._what)  # with all that it repeats
        if anchor is not None:
            self._named[anchor] = value, count
        if self._open:
            self._open[-1][0].append(value)
        else:
            self.value = value

    def _scalar(self, event):
        node = self._yaml.nodes.ScalarNode
        tag = event.tag
        if tag in (None, "!"):
            tag = self._resolver.resolve(node, event.value, event.implicit)
        kind = tag.removeprefix(_TAGS)
        if kind not in _PLAIN:
            raise ValueError(f"{self._what} holds more than plain values: {tag!r}")
        if kind == "str":
            return event.value
        if len(event.value) > _LONGEST_NUMBER:
            raise ValueError(f"{self._what} holds a number of {len(event.value)} letters")
        return getattr(self._maker, f"construct_yaml_{kind}")(node(tag, event.value))
