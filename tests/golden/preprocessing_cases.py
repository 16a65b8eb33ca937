"""Layers of data and what they are called on: cases that real Keras on TensorFlow has answered."""

import random

_random = random.Random(7)
_LETTERS = "abcdefghijklmnopqrstuvwxyz ABC 0123456789 .,!-_ äöüß éñ ελ 日本 😀"


def _text(length):
    return "".join(_random.choice(_LETTERS) for _ in range(length))


# Of every length from 0 on: the hash treats them in six ways, by their bytes.
STRINGS = [_text(n) for n in range(201)] + ["x" * n for n in (255, 256, 257, 1000)]
STRINGS += ["a\0b", "a\0", "\n", " ", "[UNK]", "-1", "None"]
INTEGERS = [0, 1, -1, 7, 10, 99, -100, 2**31 - 1, -(2**31), 2**40 + 3, 2**63 - 1, -(2**63)]
INTEGERS += [_random.randrange(-(10**9), 10**9) for _ in range(40)]
FLOATS = [0.0, 0.9, -0.9, 1.5, -2.5, 1e6, 123456.75]

# Nearly 62 bits of a hash.
MANY = 2**61 - 1

WORDS = ["dog", "cat", "dog", "emu", "fox", "cat", "dog", "ant", "", "été", "[UNK]", "owl"]
DOCUMENTS = [["dog", "cat", "dog"], ["emu", "cat", ""], ["fox", "dog", "ant"], ["owl", "", ""]]
QUERY = [["dog", "yak"], ["", "emu"], ["[UNK]", "été"]]
NUMBERS = [[12, 36, 12], [1138, 42, 12], [-1, 0, 36], [7, 7, 7]]
ASKED = [[12, 5], [0, 36], [-1, 1000000]]

TEXTS = [
    "The quick, brown fox jumps!",
    "over the lazy dog; the DOG sleeps.",
    "",
    "Ünïcode ÉTÉ   tabs\tand\nlines",
    "don't stop-me now (please) [x] {y} ~z~ a.b.c",
    "one",
    "\u00a0nbsp\u00a0 em\u2003space  the end ",
    "\u4eca\u65e5 \u306f",
]
MORE_TEXTS = ["the dog and the unknown", "", "jumps over over ÉTÉ éTé", "stopme dont x"]
FEW_TEXTS = ["foo bar baz", "bar", "foo foo qux bar baz"]


def case(layer, inputs, adapt=None, call=None, batches=None, **arguments):
    """A layer's name, what it is called on, what it learns from, its arguments."""
    return {
        "layer": layer,
        "arguments": arguments,
        "inputs": inputs,
        "adapt": adapt,
        "batches": batches,
        "call": call or {},
    }


CASES = {
    # Hashing
    "hash strings": case("Hashing", STRINGS, num_bins=MANY),
    "hash strings, few bins": case("Hashing", STRINGS, num_bins=3),
    "hash integers": case("Hashing", INTEGERS, num_bins=MANY),
    "hash floats": case("Hashing", FLOATS, num_bins=MANY),
    "hash salt": case("Hashing", STRINGS, num_bins=MANY, salt=[133, 137]),
    "hash one salt": case("Hashing", STRINGS, num_bins=MANY, salt=133),
    "hash negative salt": case("Hashing", STRINGS, num_bins=MANY, salt=[-5, 2**62]),
    "hash salt integers": case("Hashing", INTEGERS, num_bins=MANY, salt=[1, 2]),
    "hash mask": case("Hashing", [["A", ""], ["B", ""]], num_bins=3, mask_value=""),
    "hash mask integers": case("Hashing", [[3, 0], [1, 5]], num_bins=4, mask_value=0),
    "hash mask, one bin": case("Hashing", ["A", ""], num_bins=1, mask_value=""),
    "hash int32": case("Hashing", ["A", "B"], num_bins=9, dtype="int32"),
    "hash one_hot": case("Hashing", [["A"], ["B"]], num_bins=4, output_mode="one_hot"),
    "hash one_hot rows": case(
        "Hashing", [["A", "B"], ["C", "A"]], num_bins=4, output_mode="one_hot"
    ),
    "hash one_hot vector": case("Hashing", ["A", "B"], num_bins=4, output_mode="one_hot"),
    "hash multi_hot": case(
        "Hashing", [["A", "B"], ["C", "C"]], num_bins=4, output_mode="multi_hot"
    ),
    "hash multi_hot vector": case("Hashing", ["A", "B"], num_bins=4, output_mode="multi_hot"),
    "hash count": case("Hashing", [["A", "B"], ["C", "C"]], num_bins=4, output_mode="count"),
    # HashedCrossing: a list of inputs
    "cross": case("HashedCrossing", [STRINGS[:60], list(range(-20, 40))], num_bins=MANY),
    "cross strings": case("HashedCrossing", [STRINGS[:200], STRINGS[1:201]], num_bins=MANY),
    "cross integers": case("HashedCrossing", [INTEGERS, INTEGERS[::-1]], num_bins=MANY),
    "cross three": case(
        "HashedCrossing", [STRINGS[:50], STRINGS[50:100], list(range(50))], num_bins=97
    ),
    "cross columns": case("HashedCrossing", [[["A"], ["B"]], [[1], [2]]], num_bins=5),
    "cross one_hot": case(
        "HashedCrossing", [["A", "B"], [1, 2]], num_bins=5, output_mode="one_hot"
    ),
    "cross one_hot columns": case(
        "HashedCrossing", [[["A"], ["B"]], [[1], [2]]], num_bins=5, output_mode="one_hot"
    ),
    "cross scalars": case("HashedCrossing", ["A", 1], num_bins=5),
    # CategoryEncoding
    "category multi_hot": case("CategoryEncoding", [[0, 1], [0, 0], [1, 2], [3, 1]], num_tokens=4),
    "category one_hot": case("CategoryEncoding", [3, 2, 0, 1], num_tokens=4, output_mode="one_hot"),
    "category one_hot column": case(
        "CategoryEncoding", [[3], [2]], num_tokens=4, output_mode="one_hot"
    ),
    "category one_hot rows": case(
        "CategoryEncoding", [[3, 1], [2, 0]], num_tokens=4, output_mode="one_hot"
    ),
    "category count": case(
        "CategoryEncoding", [[0, 1], [0, 0], [1, 2], [3, 1]], num_tokens=4, output_mode="count"
    ),
    "category weights": case(
        "CategoryEncoding",
        [[0, 1], [0, 0], [1, 2], [3, 1]],
        num_tokens=4,
        output_mode="count",
        call={"count_weights": [[0.1, 0.2], [0.1, 0.1], [0.2, 0.3], [0.4, 0.2]]},
    ),
    "category vector": case("CategoryEncoding", [0, 2, 2], num_tokens=4, output_mode="count"),
    "category scalar": case("CategoryEncoding", 2, num_tokens=4),
    "category cube": case("CategoryEncoding", [[[0, 1], [1, 1]], [[2, 3], [2, 2]]], num_tokens=4),
    "category cube count": case(
        "CategoryEncoding", [[[0, 1], [1, 1]], [[2, 3], [2, 2]]], num_tokens=4, output_mode="count"
    ),
    "category beyond": case("CategoryEncoding", [[0, 9], [4, 1]], num_tokens=4),
    # StringLookup
    "string": case("StringLookup", QUERY, adapt=WORDS),
    "string vocabulary": case("StringLookup", QUERY, vocabulary=["emu", "dog", "été"]),
    "string special tokens": case(
        "StringLookup", QUERY, vocabulary=["", "[UNK]", "dog"], mask_token=""
    ),
    "string mask": case("StringLookup", QUERY, adapt=WORDS, mask_token=""),
    "string no oov": case("StringLookup", [["dog"]], adapt=WORDS, num_oov_indices=0),
    "string many oov": case(
        "StringLookup", [STRINGS[:100]], adapt=WORDS, num_oov_indices=5, mask_token=""
    ),
    "string salt": case(
        "StringLookup", [STRINGS[:50]], adapt=WORDS, num_oov_indices=7, salt=[3, 4]
    ),
    "string max_tokens": case("StringLookup", QUERY, adapt=WORDS, max_tokens=4),
    "string other oov": case("StringLookup", QUERY, adapt=WORDS, oov_token="emu"),
    "string invert": case("StringLookup", [[1, 2], [0, 99]], adapt=WORDS, invert=True),
    "string invert mask": case(
        "StringLookup", [[1, 2], [0, 99]], adapt=WORDS, invert=True, mask_token=""
    ),
    "string documents": case("StringLookup", QUERY, adapt=DOCUMENTS),
    "string batches": case("StringLookup", QUERY, batches=[DOCUMENTS[:2], DOCUMENTS[2:]]),
    "string one_hot": case("StringLookup", QUERY, adapt=WORDS, output_mode="one_hot"),
    "string one_hot column": case(
        "StringLookup", [["dog"], ["yak"]], adapt=WORDS, output_mode="one_hot"
    ),
    "string multi_hot": case("StringLookup", QUERY, adapt=WORDS, output_mode="multi_hot"),
    "string multi_hot mask": case(
        "StringLookup", QUERY, adapt=WORDS, output_mode="multi_hot", mask_token=""
    ),
    "string multi_hot vector": case(
        "StringLookup", ["dog", "yak"], adapt=WORDS, output_mode="multi_hot"
    ),
    "string count": case("StringLookup", [["dog", "dog", "yak"]], adapt=WORDS, output_mode="count"),
    "string count padded": case(
        "StringLookup",
        QUERY,
        adapt=WORDS,
        output_mode="count",
        max_tokens=20,
        pad_to_max_tokens=True,
    ),
    "string tf_idf": case("StringLookup", QUERY, adapt=DOCUMENTS, output_mode="tf_idf"),
    "string tf_idf mask": case(
        "StringLookup", QUERY, adapt=DOCUMENTS, output_mode="tf_idf", mask_token=""
    ),
    "string tf_idf padded": case(
        "StringLookup",
        QUERY,
        adapt=DOCUMENTS,
        output_mode="tf_idf",
        max_tokens=12,
        pad_to_max_tokens=True,
    ),
    "string tf_idf words": case(
        "StringLookup", QUERY, adapt=WORDS, output_mode="tf_idf", max_tokens=5
    ),
    "string tf_idf given": case(
        "StringLookup",
        QUERY,
        vocabulary=["dog", "emu"],
        idf_weights=[0.5, 0.25],
        output_mode="tf_idf",
    ),
    "string tf_idf given all": case(
        "StringLookup",
        QUERY,
        vocabulary=["[UNK]", "dog", "emu"],
        idf_weights=[0.9, 0.5, 0.25],
        output_mode="tf_idf",
    ),
    "string tf_idf given padded": case(
        "StringLookup",
        QUERY,
        vocabulary=["dog", "emu"],
        idf_weights=[0.5, 0.25],
        output_mode="tf_idf",
        max_tokens=6,
        pad_to_max_tokens=True,
    ),
    "string scalar": case("StringLookup", "dog", adapt=WORDS),
    # IntegerLookup
    "integer": case("IntegerLookup", ASKED, adapt=NUMBERS),
    "integer vocabulary": case("IntegerLookup", ASKED, vocabulary=[36, 12, 7]),
    "integer mask": case("IntegerLookup", ASKED, adapt=NUMBERS, mask_token=0),
    "integer many oov": case("IntegerLookup", [INTEGERS], adapt=NUMBERS, num_oov_indices=5),
    "integer farmhash": case(
        "IntegerLookup", [INTEGERS], adapt=NUMBERS, num_oov_indices=5, oov_method="farmhash"
    ),
    "integer salt": case(
        "IntegerLookup", [INTEGERS], adapt=NUMBERS, num_oov_indices=5, oov_method="farmhash", salt=9
    ),
    "integer invert": case("IntegerLookup", [[1, 2], [0, 99]], adapt=NUMBERS, invert=True),
    "integer invert mask": case(
        "IntegerLookup", [[1, 2], [0, 99]], adapt=NUMBERS, invert=True, mask_token=0
    ),
    "integer max_tokens": case("IntegerLookup", ASKED, adapt=NUMBERS, max_tokens=3),
    "integer multi_hot": case("IntegerLookup", ASKED, adapt=NUMBERS, output_mode="multi_hot"),
    "integer tf_idf": case("IntegerLookup", ASKED, adapt=NUMBERS, output_mode="tf_idf"),
    "integer one_hot": case("IntegerLookup", [[12], [5]], adapt=NUMBERS, output_mode="one_hot"),
    "integer weights": case(
        "IntegerLookup",
        ASKED,
        vocabulary=[36, 12, 7],
        idf_weights=[0.5, 1.5, 2.5],
        output_mode="tf_idf",
    ),
    "integer oov_token": case(
        "IntegerLookup", [[1, 2], [0, 99]], vocabulary=[36, 12], invert=True, oov_token=-7
    ),
    "integer padded": case(
        "IntegerLookup",
        ASKED,
        adapt=NUMBERS,
        output_mode="count",
        max_tokens=12,
        pad_to_max_tokens=True,
    ),
    # TextVectorization
    "text": case("TextVectorization", MORE_TEXTS, adapt=TEXTS),
    "text column": case("TextVectorization", [[t] for t in MORE_TEXTS], adapt=[[t] for t in TEXTS]),
    "text batches": case("TextVectorization", MORE_TEXTS, batches=[TEXTS[:3], TEXTS[3:]]),
    "text scalar": case("TextVectorization", "the dog", adapt=TEXTS),
    "text length": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, output_sequence_length=3),
    "text long": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, output_sequence_length=9),
    "text max_tokens": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, max_tokens=6),
    "text lower": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, standardize="lower"),
    "text strip": case(
        "TextVectorization", MORE_TEXTS, adapt=TEXTS, standardize="strip_punctuation"
    ),
    "text raw": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, standardize=None),
    "text characters": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, split="character"),
    "text whole": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, split=None),
    "text whole rows": case(
        "TextVectorization",
        [["one", "two"], ["", "one"]],
        adapt=[["one", "one"], ["two", ""]],
        split=None,
    ),
    "text whole length": case(
        "TextVectorization",
        [["one", "two"], ["", "one"]],
        adapt=[["one", "one"], ["two", ""]],
        split=None,
        output_sequence_length=3,
    ),
    "text bigrams": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, ngrams=2),
    "text trigrams only": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, ngrams=(3,)),
    "text ngrams reversed": case("TextVectorization", FEW_TEXTS, adapt=FEW_TEXTS, ngrams=(2, 1)),
    "text whole ngrams": case(
        "TextVectorization",
        [["one", "two"], ["", "one"]],
        adapt=[["one", "one"], ["two", ""]],
        split=None,
        ngrams=2,
    ),
    "text multi_hot": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, output_mode="multi_hot"),
    "text count": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, output_mode="count"),
    "text count padded": case(
        "TextVectorization",
        FEW_TEXTS,
        adapt=FEW_TEXTS,
        output_mode="count",
        max_tokens=9,
        pad_to_max_tokens=True,
    ),
    "text tf_idf": case("TextVectorization", MORE_TEXTS, adapt=TEXTS, output_mode="tf_idf"),
    "text tf_idf bigrams": case(
        "TextVectorization", FEW_TEXTS, adapt=FEW_TEXTS, output_mode="tf_idf", ngrams=2
    ),
    "text tf_idf padded": case(
        "TextVectorization",
        FEW_TEXTS,
        adapt=FEW_TEXTS,
        output_mode="tf_idf",
        max_tokens=9,
        pad_to_max_tokens=True,
    ),
    "text vocabulary": case("TextVectorization", FEW_TEXTS, vocabulary=["bar", "qux"]),
    "text special tokens": case(
        "TextVectorization", FEW_TEXTS, vocabulary=["", "[UNK]", "bar", "qux"]
    ),
    "text tf_idf given": case(
        "TextVectorization",
        FEW_TEXTS,
        vocabulary=["bar", "qux"],
        idf_weights=[0.3, 0.7],
        output_mode="tf_idf",
    ),
    # Discretization
    "bins given": case(
        "Discretization",
        [[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]],
        bin_boundaries=[0.0, 1.0, 2.0],
    ),
    "bins learned": case(
        "Discretization",
        [[-1.5, 1.0], [3.4, 0.5]],
        adapt=[[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]],
        num_bins=4,
        epsilon=0.01,
    ),
    "bins epsilon": case(
        "Discretization",
        [[5.0, 60.0], [17.0, 99.0]],
        adapt=[float(i * i % 101) for i in range(101)],
        num_bins=5,
        epsilon=0.1,
    ),
    "bins batches": case(
        "Discretization",
        [[5.0, 60.0], [17.0, 99.0]],
        num_bins=6,
        batches=[[float(i * k % 211) for i in range(150)] for k in (3, 5, 7)],
    ),
    "bins one_hot": case(
        "Discretization", [[0.5], [2.5]], bin_boundaries=[0.0, 1.0, 2.0], output_mode="one_hot"
    ),
    "bins one_hot rows": case(
        "Discretization",
        [[0.5, 3.0], [2.5, -1.0]],
        bin_boundaries=[0.0, 1.0, 2.0],
        output_mode="one_hot",
    ),
    "bins multi_hot": case(
        "Discretization",
        [[0.5, 3.0], [2.5, -1.0]],
        bin_boundaries=[0.0, 1.0, 2.0],
        output_mode="multi_hot",
    ),
    "bins count": case(
        "Discretization",
        [[0.5, 0.7], [2.5, -1.0]],
        bin_boundaries=[0.0, 1.0, 2.0],
        output_mode="count",
    ),
    "bins integers": case("Discretization", [[1, 0], [2, 5]], bin_boundaries=[0.5, 1.0, 2.0]),
    # Normalization
    "normal": case(
        "Normalization", [[0.0, 8.0], [1.0, 1.0]], adapt=[[0.0, 7.0], [2.0, 9.0], [0.5, 7.0]]
    ),
    "normal single": case("Normalization", [[0.0, 8.0]], adapt=[[0.0, 7.0], [2.0, 9.0]], axis=None),
    "normal axes": case(
        "Normalization", [[[0.0], [8.0]]], adapt=[[[0.0], [7.0]], [[2.0], [9.0]]], axis=(1, 2)
    ),
    "normal first": case(
        "Normalization", [[0.0, 8.0], [1.0, 1.0]], adapt=[[0.0, 7.0], [2.0, 9.0]], axis=0
    ),
    "normal given": case("Normalization", [[0.0, 8.0]], mean=3.0, variance=4.0),
    "normal given rows": case("Normalization", [[0.0, 8.0]], mean=[3.0, 5.0], variance=[4.0, 0.0]),
    "normal inverted": case(
        "Normalization", [[0.0, 8.0]], mean=[3.0, 5.0], variance=[4.0, 0.0], invert=True
    ),
    "normal batches": case(
        "Normalization", [[0.0, 8.0]], batches=[[[0.0, 7.0], [2.0, 9.0]], [[5.0, 5.0]]]
    ),
    "normal constant": case("Normalization", [[1.0, 8.0]], adapt=[[1.0, 7.0], [1.0, 9.0]]),
}

# Feature spaces: features, further arguments, and crosses.
DATA = {
    "f1": [0.0, 1.0, 2.5, 3.0, 7.0],
    "f2": [10.0, 20.0, 20.0, 30.0, 40.0],
    "i1": [3, 5, 3, 8, 5],
    "s1": ["red", "green", "red", "blue", "red"],
    "s2": ["x", "y", "x", "z", "z"],
}
ROWS = {
    "f1": [0.5, 3.0],
    "f2": [15.0, 99.0],
    "i1": [5, 77],
    "s1": ["blue", "pink"],
    "s2": ["x", "q"],
}

SPACES = {
    "concat": {
        "features": {
            "f1": "float",
            "f2": "float_normalized",
            "i1": "integer_categorical",
            "s1": "string_categorical",
            "s2": "string_hashed",
        },
        "crosses": [["s1", "i1"]],
        "crossing_dim": 8,
        "hashing_dim": 6,
        "output_mode": "concat",
    },
    "dict": {
        "features": {
            "f1": "float_discretized",
            "f2": "float_rescaled",
            "i1": "integer_hashed",
            "s1": "string_categorical",
            "s2": "string_categorical",
        },
        "crosses": [["s1", "s2"], ["s2", "i1"]],
        "crossing_dim": 16,
        "hashing_dim": 5,
        "num_discretization_bins": 3,
        "output_mode": "dict",
    },
}
