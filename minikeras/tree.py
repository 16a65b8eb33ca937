"""Nested structures of lists, tuples, named tuples, deques and dicts: flatten, pack, map.

A leaf is anything else, ``None`` included. Dicts are walked in sorted order of their keys, as in
Keras, and come back with the keys in their own order; ordered dicts are walked in that order.
"""

import collections
import warnings


class MAP_TO_NONE:
    """What a function given to `traverse` returns to put ``None`` in the place of a node."""


def is_nested(structure):
    """Whether ``structure`` is a container rather than a leaf.

    >>> is_nested([1, 2]), is_nested(3)
    (True, False)
    """
    return isinstance(structure, (list, tuple, dict, collections.deque))


def _sorted_keys(mapping):
    if isinstance(mapping, collections.OrderedDict):
        return list(mapping)
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
        items = ((key, packed[key]) for key in structure)
        if isinstance(structure, collections.defaultdict):
            return type(structure)(structure.default_factory, items)
        return type(structure)(items)
    if hasattr(structure, "_fields"):
        return type(structure)(*children)
    if isinstance(structure, collections.deque):
        return collections.deque(children, structure.maxlen)
    return tuple(children) if isinstance(structure, tuple) else list(children)


def _kind(structure):
    """What containers of the same form have in common."""
    if isinstance(structure, dict):
        return dict
    if hasattr(structure, "_fields"):
        return type(structure)
    return next((k for k in (tuple, list, collections.deque) if isinstance(structure, k)), None)


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


def map_structure(func, *structures, none_is_leaf=True):
    """``func`` applied to the leaves of one or more structures of the same form.

    Args:
        func: called with one leaf of each structure.
        *structures: the structures, all of the same form.
        none_is_leaf: whether ``None`` is given to ``func``; if not, it is kept as it is.

    Raises:
        ValueError: if the structures differ in form.

    >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
    {'x': [11, 22]}
    """
    if not callable(func):
        raise TypeError(f"map_structure: func must be callable. Received: {func!r}")
    if not structures:
        raise ValueError("map_structure needs at least one structure. Received none")
    if len(structures) == 1:
        return _mapped_alone(func, structures[0], none_is_leaf)
    return _mapped(func, structures, none_is_leaf)


def _mapped_alone(func, structure, none_is_leaf):
    """`map_structure` of one structure, which needs no comparison: called for every batch."""
    if type(structure) is tuple:
        return tuple([_mapped_alone(func, part, none_is_leaf) for part in structure])
    if is_nested(structure):
        parts = [_mapped_alone(func, part, none_is_leaf) for part in _children(structure)]
        return _rebuild(structure, parts)
    return None if structure is None and not none_is_leaf else func(structure)


def _mapped(func, structures, none_is_leaf):
    first = structures[0]
    if not is_nested(first):
        for other in structures[1:]:
            if is_nested(other):
                raise _difference("expected a leaf", first, other)
        if first is None and not none_is_leaf:
            return None
        return func(*structures)
    children = [_mapped(func, parts, none_is_leaf) for parts in _together(first, structures)]
    return _rebuild(first, children)


def map_structure_up_to(shallow_structure, func, *structures):
    """``func`` applied to the parts of structures that stand where another one has its leaves.

    Args:
        shallow_structure: says how far to go down.
        func: called with one part of each structure, which may be nested itself.
        *structures: one or more; down to those parts they have the form of the shallow one.

    Raises:
        ValueError: if a structure differs in form.

    >>> map_structure_up_to([None, [None]], len, ["ab", ["cde"]])
    [2, [3]]
    """
    if not structures:
        raise ValueError("map_structure_up_to needs at least one structure. Received none")
    if not is_nested(shallow_structure):
        return func(*structures)
    children = [
        map_structure_up_to(parts[0], func, *parts[1:])
        for parts in _together(shallow_structure, (shallow_structure, *structures))
    ]
    return _rebuild(shallow_structure, children)


def _together(first, structures):
    """Tuples of the children of containers that belong together."""
    for other in structures:
        if other is first:
            continue
        if _kind(first) != _kind(other):
            kind = "namedtuple" if hasattr(first, "_fields") else "container"
            raise _difference(f"expected the {kind} {type(first).__name__}", first, other)
        if isinstance(first, dict) and set(first) != set(other):
            raise _difference("key mismatch", first, other)
        if len(first) != len(other):
            raise _difference("arity mismatch", first, other)
    return zip(*map(_children, structures))


def _difference(what, first, other):
    return ValueError(
        f"The structures don't have the same nested structure: {what}. Received: {first!r} and "
        f"{other!r}"
    )


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
        amount = "few" if len(flat_sequence) < expected else "many"
        raise ValueError(
            f"pack_sequence_as: too {amount} leaves for the structure, expected: {expected}. "
            f"Received: {len(flat_sequence)}"
        )
    leaves = iter(flat_sequence)
    return map_structure(lambda _: next(leaves), structure)


def assert_same_structure(a, b, check_types=None):
    """Raise ValueError unless ``a`` and ``b`` have the same form: lists are not tuples.

    Args:
        a, b: the structures.
        check_types: of earlier versions of Keras; says nothing any more.

    >>> assert_same_structure([1, (2, 3)], [4, (5, 6)])
    """
    if check_types is not None:
        warnings.warn(
            "check_types says nothing any more. Leave it out; for a comparison without the types "
            "of containers there is assert_same_paths.",
            DeprecationWarning,
            stacklevel=2,
        )
    map_structure(lambda *_: None, a, b)


def assert_same_paths(a, b):
    """Raise ValueError unless ``a`` and ``b`` hold leaves at the same paths.

    >>> assert_same_paths([1, (2, 3)], (1, [2, 3]))
    """
    paths_a, paths_b = ([path for path, _ in flatten_with_path(s)] for s in (a, b))
    if set(paths_a) != set(paths_b):
        raise ValueError(
            f"The structures don't have the same paths. Received: {paths_a} and {paths_b}"
        )


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


def map_shape_structure(func, structure):
    """``func`` applied to the leaves of ``structure``, shapes among them.

    A shape is a tuple or list of integers and None, and arrives as a tuple.

    >>> map_shape_structure(len, {"a": (None, 3)})
    {'a': 2}
    """
    if is_shape(structure):
        return func(tuple(structure))
    if isinstance(structure, dict):
        return {key: map_shape_structure(func, value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)([map_shape_structure(func, value) for value in structure])
    return func(structure)


def is_shape(x):
    """Whether ``x`` is one shape: a tuple or list of integers and None."""
    return isinstance(x, (list, tuple)) and all(
        d is None or (isinstance(d, int) and not isinstance(d, bool)) for d in x
    )


def traverse(func, structure, top_down=True):
    """Visit every node of ``structure``; what ``func`` returns replaces the node unless None.

    Args:
        func: called with a node; `MAP_TO_NONE` stands for ``None`` in its place.
        structure: any structure.
        top_down: whether a node is visited before its children, which then are those of the node
            itself; else afterwards.

    >>> traverse(lambda x: x * 10 if isinstance(x, int) else None, [1, [2]])
    [10, [20]]
    """
    replaced = func(structure) if top_down else None
    if replaced is None and is_nested(structure):
        children = [traverse(func, child, top_down) for child in _children(structure)]
        structure = _rebuild(structure, children)
    if not top_down:
        replaced = func(structure)
    if replaced is None:
        return structure
    return None if replaced is MAP_TO_NONE or isinstance(replaced, MAP_TO_NONE) else replaced


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
