"""Nested structures of lists, tuples, named tuples and dicts: flatten, pack, map.

A leaf is anything else, ``None`` included. Dicts are walked in sorted order of their keys, as in
Keras, and come back with the keys in their own order.
"""


def is_nested(structure):
    """Whether ``structure`` is a container rather than a leaf.

    >>> is_nested([1, 2]), is_nested(3)
    (True, False)
    """
    return isinstance(structure, (list, tuple, dict))


def _sorted_keys(mapping):
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def _children(structure):
    if isinstance(structure, dict):
        return [structure[key] for key in _sorted_keys(structure)]
    return list(structure)


def _rebuild(structure, children):
    """A container of the kind of ``structure`` around ``children``."""
    if isinstance(structure, dict):
        packed = dict(zip(_sorted_keys(structure), children))
        return type(structure)((key, packed[key]) for key in structure)
    if hasattr(structure, "_fields"):
        return type(structure)(*children)
    if isinstance(structure, tuple):
        return tuple(children)
    return list(children)


def flatten(structure):
    """The leaves of ``structure`` as a list.

    >>> flatten({"b": [2, 3], "a": 1})
    [1, 2, 3]
    """
    if not is_nested(structure):
        return [structure]
    leaves = []
    for child in _children(structure):
        if is_nested(child):
            leaves.extend(flatten(child))
        else:
            leaves.append(child)
    return leaves


def map_structure(function, *structures, none_is_leaf=True):
    """``function`` applied to the leaves of one or more structures of the same form.

    Args:
        function: called with one leaf of each structure.
        *structures: the structures, all of the same form.
        none_is_leaf: whether ``None`` is given to ``function``; if not, it is kept as it is.

    Raises:
        ValueError: if the structures differ in form.

    >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
    {'x': [11, 22]}
    """
    first = structures[0]
    if not is_nested(first):
        if first is None and not none_is_leaf:
            return None
        return function(*structures)
    for other in structures[1:]:
        same_keys = not isinstance(first, dict) or (
            isinstance(other, dict) and set(first) == set(other)
        )
        if not is_nested(other) or len(other) != len(first) or not same_keys:
            raise ValueError(f"The structures differ in form. Received: {first!r} and {other!r}")
    children = [
        map_structure(function, *parts, none_is_leaf=none_is_leaf)
        for parts in zip(*(_children(s) for s in structures))
    ]
    return _rebuild(first, children)


def pack_sequence_as(structure, flat_sequence):
    """``flat_sequence`` put into the form of ``structure``.

    Raises:
        ValueError: if their numbers of leaves differ.

    >>> pack_sequence_as({"b": [0, 0], "a": 0}, [1, 2, 3])
    {'b': [2, 3], 'a': 1}
    """
    flat_sequence = list(flat_sequence)
    expected = len(flatten(structure))
    if expected != len(flat_sequence):
        raise ValueError(
            f"The structure has {expected} leaves. Received: {len(flat_sequence)} values"
        )
    leaves = iter(flat_sequence)
    return map_structure(lambda _: next(leaves), structure)


def assert_same_structure(a, b):
    """Raise ValueError unless ``a`` and ``b`` have the same form.

    >>> assert_same_structure([1, (2, 3)], [4, (5, 6)])
    """
    map_structure(lambda *_: None, a, b)


def assert_same_paths(a, b):
    """Raise ValueError unless ``a`` and ``b`` hold leaves at the same paths.

    >>> assert_same_paths([1, (2, 3)], (1, [2, 3]))
    """
    paths_a, paths_b = ([path for path, _ in flatten_with_path(s)] for s in (a, b))
    if paths_a != paths_b:
        raise ValueError(f"The structures have different paths. Received: {paths_a} and {paths_b}")


def flatten_with_path(structure):
    """The leaves of ``structure``, each with the tuple of keys and indices that leads to it.

    >>> flatten_with_path({"a": [5]})
    [(('a', 0), 5)]
    """
    if not is_nested(structure):
        return [((), structure)]
    keys = _sorted_keys(structure) if isinstance(structure, dict) else range(len(structure))
    return [
        ((key, *path), leaf) for key in keys for path, leaf in flatten_with_path(structure[key])
    ]


def map_shape_structure(function, structure):
    """``function`` applied to the shapes in ``structure``: tuples of integers and None are leaves.

    >>> map_shape_structure(len, {"a": (None, 3)})
    {'a': 2}
    """
    if is_shape(structure):
        return function(tuple(structure))
    if isinstance(structure, dict):
        return {key: map_shape_structure(function, value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)([map_shape_structure(function, value) for value in structure])
    raise ValueError(f"Not a structure of shapes. Received: {structure!r}")


def is_shape(x):
    """Whether ``x`` is one shape: a tuple or list of integers and None."""
    return isinstance(x, (list, tuple)) and all(
        d is None or (isinstance(d, int) and not isinstance(d, bool)) for d in x
    )


def traverse(func, structure, top_down=True):
    """Visit every node of ``structure``; what ``func`` returns replaces the node unless None.

    >>> traverse(lambda x: x * 10 if isinstance(x, int) else None, [1, [2]])
    [10, [20]]
    """
    if top_down:
        replaced = func(structure)
        if replaced is not None:
            return replaced
    if is_nested(structure):
        children = [traverse(func, child, top_down) for child in _children(structure)]
        structure = _rebuild(structure, children)
    if not top_down:
        replaced = func(structure)
        if replaced is not None:
            return replaced
    return structure


def lists_to_tuples(structure):
    """``structure`` with every list turned into a tuple.

    >>> lists_to_tuples([1, [2, 3]])
    (1, (2, 3))
    """
    if isinstance(structure, (list, tuple)) and not hasattr(structure, "_fields"):
        return tuple(lists_to_tuples(child) for child in structure)
    if isinstance(structure, dict):
        return {key: lists_to_tuples(value) for key, value in structure.items()}
    return structure
