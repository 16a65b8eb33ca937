"""No op and no argument of an op is without a row in the tables of the oracle."""

import keras

from tests.oracle.names import public_ops, untouched
from tests.test_oracle_ops import MODULES, ROWS, op_named

# Ops that are compared in another way, and why; (op, argument) that no row can give.
ELSEWHERE = {k: v for module in MODULES for k, v in getattr(module, "ELSEWHERE", {}).items()}
UNGIVEN = {k: v for module in MODULES for k, v in getattr(module, "UNGIVEN", {}).items()}


def test_every_op_has_a_row():
    covered = {id(op_named(r.name)) for r in ROWS} | {id(op_named(n)) for n in ELSEWHERE}
    assert [n for n in public_ops(keras) if id(op_named(n[0])) not in covered] == []


def test_every_argument_of_an_op_is_given():
    missing = []
    for names in public_ops(keras):
        if set(names) & set(ELSEWHERE):
            continue
        function = op_named(names[0])
        calls = [(r.args, r.kwargs) for r in ROWS if r.name in names]
        missing += [
            (names[0], argument)
            for argument in untouched(function, calls)
            if not any((n, argument) in UNGIVEN for n in names)
        ]
    assert missing == []
