"""Rows of recurrent layers, their cells, and the layers that wrap them."""

import numpy as np

from tests.oracle import layers
from tests.oracle.class_row import made, row
from tests.oracle.layers import floats

draw = floats()
BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 4
X, H, C = draw(BATCH, TIME, FEATURES), draw(BATCH, UNITS), draw(BATCH, UNITS)
MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 0, 0, 0, 0]], "bool")
WEIGHTED = {
    "kernel_regularizer": "l2", "recurrent_regularizer": "l1", "bias_regularizer": "l2",
    "kernel_initializer": "he_normal", "recurrent_initializer": "glorot_normal",
    "bias_initializer": "ones", "kernel_constraint": "non_neg",
    "recurrent_constraint": "unit_norm", "bias_constraint": "max_norm",
}  # fmt: skip
NAMES = ("SimpleRNN", "LSTM", "GRU")
ALL = {"return_sequences": True, "return_state": True}
SEQUENCES = {"return_sequences": True}

SHARED = [
    {},
    ALL,
    {"return_sequences": True, "go_backwards": True},
    {"return_state": True, "use_bias": False, "unroll": True},
    {"activation": "relu", "return_sequences": True},
    {"activation": "elu", "return_state": True},
    {"dropout": 0.2, "recurrent_dropout": 0.3, "seed": 5},
    WEIGHTED,
]
OWN = {
    "SimpleRNN": [{"activation": None, "return_sequences": True}],
    "LSTM": [
        {"recurrent_activation": "hard_sigmoid", "return_sequences": True},
        {"unit_forget_bias": False, "return_state": True},
        {"implementation": 1, "return_sequences": True},
        {"use_cudnn": False, "return_sequences": True},
        {"recurrent_activation": None},
        {"activity_regularizer": "l2", "return_sequences": True},
    ],
    "GRU": [
        {"recurrent_activation": "hard_sigmoid", "return_sequences": True},
        {"reset_after": False, "return_sequences": True, "return_state": True},
        {"reset_after": False, "use_bias": False},
        {"reset_after": False, "use_cudnn": False, "return_sequences": True},
        {"implementation": 1, "return_sequences": True, "use_cudnn": False},
        {"use_cudnn": False, "use_bias": False},
        {"recurrent_activation": None},
        {"activity_regularizer": "l2", "return_sequences": True},
    ],
}
MASKED = [
    {},
    ALL,
    {"return_sequences": True, "go_backwards": True},
    {"return_sequences": True, "zero_output_for_mask": True},
    {"zero_output_for_mask": True, "go_backwards": True},
    {**ALL, "unroll": True},
    {"return_sequences": True, "activation": "elu"},
]


def recurrent(name, **arguments):
    return row(f"layers.{name}", X, units=UNITS, **arguments)


def started(name):
    return {"initial_state": [H, C] if name == "LSTM" else [H]}


def cell(name, units=UNITS, **arguments):
    return made(f"layers.{name}Cell", units, name=f"{name.lower()}_{units}", **arguments)


def rnn(cells, **arguments):
    return row("layers.RNN", X, cell=cells, **arguments)


def inner(name, units=UNITS, /, **arguments):
    return made(f"layers.{name}", units, name=arguments.pop("name", "inner"), **arguments)


def both(layer, **arguments):
    return row("layers.Bidirectional", X, layer=layer, **arguments)


PLAIN = [
    *(recurrent(name, **arguments) for name in NAMES for arguments in (*SHARED, *OWN[name])),
    # Keras's GRU fails on JAX in mixed precision.
    *(recurrent(n, **SEQUENCES, dtype="mixed_float16") for n in ("SimpleRNN", "LSTM")),
    *(
        recurrent(name, **arguments).called(mask=MASK, **started(name))
        for arguments in MASKED
        for name in NAMES
    ),
    *(recurrent(name, **ALL).called(mask=MASK) for name in NAMES),
    *(recurrent(name, **ALL).called(**started(name)) for name in NAMES),
    *(recurrent(name, **SEQUENCES).called(training=True) for name in NAMES),
]
CELLS = [
    rnn(cell("LSTM"), return_sequences=True),
    rnn(cell("GRU"), return_state=True, go_backwards=True),
    rnn(cell("SimpleRNN", activation="relu")),
    rnn(cell("SimpleRNN"), unroll=True, return_sequences=True),
    rnn([cell("GRU"), cell("LSTM", 3)], return_sequences=True),
    rnn([cell("LSTM", 3), cell("SimpleRNN")], return_state=True),
    rnn(made("layers.StackedRNNCells", [cell("LSTM", 3), cell("LSTM")], name="cells")),
]
WRAPPED = [
    both(inner("LSTM")),
    both(inner("LSTM", return_sequences=True), merge_mode="sum"),
    both(inner("GRU", return_sequences=True), merge_mode="mul"),
    both(inner("SimpleRNN", return_state=True), merge_mode="ave"),
    both(inner("GRU", **ALL), merge_mode=None),
    both(
        inner("LSTM", return_sequences=True),
        backward_layer=inner("LSTM", 3, return_sequences=True, go_backwards=True, name="other"),
    ),
    both(made("layers.RNN", cell("GRU"), return_sequences=True, name="inner")),
]
STEPS = draw(3, 4, 5, 2)
TIMED = [
    row("layers.TimeDistributed", STEPS, layer=layer).called(training=training)
    for training in (False, True)
    for layer in (
        made("layers.Dense", 3, activation="tanh", name="inner"),
        made("layers.TimeDistributed", made("layers.Dense", 3, name="inner"), name="middle"),
        made("layers.LSTM", 3, name="inner"),
        made("layers.BatchNormalization", name="inner"),
    )
]

# Cells by themselves, with the arguments that they have in common with the layers.
GATED = {"recurrent_activation": "hard_sigmoid", **WEIGHTED}
CELL = {"use_bias": False, "dropout": 0.2, "recurrent_dropout": 0.3, "seed": 5}


def single(name, **arguments):
    states = [H, C] if name == "LSTM" else [H]
    return row(f"layers.{name}Cell", X[:, 0], units=UNITS, **arguments).called(states=states)


SINGLE = [
    *(single(name) for name in NAMES),
    *(single(name, **CELL) for name in NAMES),
    single("SimpleRNN", activation="relu", **WEIGHTED),
    single("LSTM", activation="relu", **GATED),
    single("LSTM", unit_forget_bias=False, implementation=1),
    single("LSTM", implementation=2),
    single("GRU", activation="relu", **GATED),
    single("GRU", reset_after=False, implementation=1),
    single("GRU", implementation=2),
    *(single(name, dtype="mixed_float16") for name in NAMES),
    row("layers.StackedRNNCells", X[:, 0], cells=[cell("LSTM", 3), cell("GRU")]).called(
        states=[[H[:, :3], C[:, :3]], [H]]
    ),
]

# Convolutional recurrence.
FILTERS, FRAMES = 2, {1: (6, 2), 2: (5, 4, 2), 3: (4, 3, 4, 2)}
MOVIES = {rank: draw(2, 3, *shape) for rank, shape in FRAMES.items()}
STATES = [draw(2, 6, FILTERS) for _ in range(2)]


def conv_lstm(rank, **arguments):
    arguments = {"filters": FILTERS, "kernel_size": 2, **arguments}
    return row(f"layers.ConvLSTM{rank}D", MOVIES[rank], **arguments)


def conv_lstms(rank):
    return [
        conv_lstm(rank, kernel_size=1, **ALL),
        conv_lstm(rank, strides=2, padding="same", return_sequences=True),
        conv_lstm(rank, dilation_rate=2, padding="same", use_bias=False, go_backwards=True),
        conv_lstm(
            rank, activation="relu", recurrent_activation="hard_sigmoid",
            unit_forget_bias=False, activity_regularizer="l2", return_state=True, **WEIGHTED,
        ),
        conv_lstm(rank, dropout=0.2, recurrent_dropout=0.3, seed=3),
    ]  # fmt: skip


CONVOLUTIONAL = [
    conv_lstm(1, kernel_size=3),
    conv_lstm(2, kernel_size=(2, 1), dilation_rate=2, return_sequences=True),
    conv_lstm(1, padding="same", return_state=True).called(initial_state=STATES),
    conv_lstm(2, dtype="mixed_float16", return_sequences=True),
    *(r for rank in FRAMES for r in conv_lstms(rank)),
]

ROWS = [
    *PLAIN,
    *CELLS,
    *(r.called(mask=MASK) for r in CELLS),
    *WRAPPED,
    *(r.called(mask=MASK) for r in WRAPPED),
    # Where Keras unrolls, it repeats outputs all the same.
    rnn(cell("SimpleRNN"), zero_output_for_mask=True, return_sequences=True).called(mask=MASK),
    both(inner("LSTM", return_state=True)).called(initial_state=[H, C, 2 * H, -C]),
    *TIMED,
    *SINGLE,
    *CONVOLUTIONAL,
]
_STATES = "tests/test_layers_recurrent.py::test_stateful_like_keras"
_MOVED = "tests/test_layers_conv_lstm.py::test_channels_first_is_the_same_transposed"
UNGIVEN = {
    ("layers.SimpleRNN", "activity_regularizer"): "Keras's makes no use of it",
    **{(f"layers.{name}", "stateful"): _STATES for name in ("RNN", *NAMES)},
    **{(f"layers.ConvLSTM{n}D", "stateful"): "tests/test_layers_conv_lstm.py" for n in (1, 2, 3)},
    **{(f"layers.ConvLSTM{n}D", "data_format"): _MOVED for n in (1, 2, 3)},
    ("layers.Bidirectional", "weights"): "test_bidirectional_initial_states_and_weights",
}
compare = layers.compare
