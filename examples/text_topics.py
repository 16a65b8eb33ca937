"""Texts sorted by what they are about, and the words by which a network knows it.

The texts are at hand wherever Python is: the docstrings of its standard library. Modules of four
fields are read, not imported, and the network is to tell of which field a docstring is. It gives
each word two numbers only, so that all it has learned can be drawn: words in a plane.
"""

import argparse
import ast
import pathlib
import sysconfig

import numpy as np
from common import mosaic, save

import minikeras as keras
from minikeras import layers

FIELDS = {
    "network": "http urllib email xmlrpc wsgiref smtplib ftplib imaplib poplib socket ssl",
    "files": "os pathlib shutil zipfile tarfile tempfile glob gzip bz2 lzma _pyio mailbox filecmp",
    "concurrency": "threading asyncio multiprocessing concurrent queue subprocess selectors sched",
    "numbers": "_pydecimal fractions statistics random numbers datetime _pydatetime calendar",
}
COLOURS = ("#d1495b", "#c98a1b", "#3a9d5d", "#5b8bd9")
WORDS, LENGTH = 3000, 60
QUESTIONS = (
    "Send a request to the server and wait for its reply.",
    "Copy a folder with all that is in it.",
    "Wait until every task has released the lock.",
    "The median of the values, rounded to two digits.",
    "Write the bytes received from a socket to a temporary file.",
)


def docstrings(path):
    """The docstrings of a module or of all modules of a package, of five words at least."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for file in files:
        if not file.exists():  # not in every version of Python
            continue
        for node in ast.walk(ast.parse(file.read_bytes())):
            text = ast.get_docstring(node) if isinstance(node, kinds) else None
            if text and len(text.split()) >= 5:
                yield text


def load_texts(seed=0):
    """Texts in random order, and the numbers of their fields: arrays of NumPy."""
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    fields = {}
    for i, modules in enumerate(FIELDS.values()):
        for module in modules.split():
            fields.update(dict.fromkeys(docstrings(library / module), i))
    order = np.random.default_rng(seed).permutation(len(fields))
    return np.array(list(fields))[order], np.array(list(fields.values()))[order]


def build_model():
    """The mean of the words' places in the plane, and a dense layer."""
    return keras.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, 2, mask_zero=True, name="words"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(len(FIELDS), activation="softmax", name="fields"),
        ]
    )


def draw_words(axis, places, words, model, most=75):
    """Words where the network has put them, in the colours of the fields that they speak for.

    Those that say most come first, and none is written over another.
    """
    chances = model.get_layer("fields")(places)
    fields = keras.ops.convert_to_numpy(chances).argmax(axis=1)
    reach = 1.15 * np.abs(places).max(axis=0)
    axis.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]), xticks=[], yticks=[])
    taken = []
    for i in np.argsort(-np.hypot(*places.T)):
        half = np.array([0.0125 * len(words[i]) + 0.012, 0.026]) * reach  # of a word's box
        middle = places[i]
        if any(np.all(np.abs(middle - m) < half + h) for m, h in taken):
            continue
        taken.append((middle, half))
        axis.text(*middle, words[i], color=COLOURS[fields[i]], ha="center", va="center", size=9)
        if len(taken) == most:
            break
    axis.set_title("what the words say: their places are the two numbers learned", fontsize=10)


def draw_answers(axis, answers):
    """A bar for each question, in parts as long as the fields are likely."""
    left = np.zeros(len(answers))
    rows = np.arange(len(answers))[::-1]
    for field, colour, part in zip(FIELDS, COLOURS, answers.T):
        axis.barh(rows, part, 0.3, left, color=colour, label=field)
        left += part
    for row, question in zip(rows, QUESTIONS):
        axis.text(0, row + 0.24, question, fontsize=9)
    axis.set(xlim=(0, 1), ylim=(-0.3, len(answers) - 0.4), xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.legend(ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.02), frameon=False)
    axis.set_title("sentences of our own", fontsize=10)


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", help="the file of the picture")
    parser.add_argument("--quick", action="store_true", help="train hardly at all")
    arguments = parser.parse_args(words)

    keras.utils.set_random_seed(0)
    texts, labels = load_texts()
    test = len(texts) // 5
    vectorize = layers.TextVectorization(WORDS, output_sequence_length=LENGTH)
    vectorize.adapt(texts[test:])
    codes = lambda texts: keras.ops.convert_to_numpy(vectorize(texts))
    x, asked = codes(texts), codes(np.array(QUESTIONS))

    model = build_model()
    model.compile(
        keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(
        x[test:],
        labels[test:],
        batch_size=64,
        epochs=1 if arguments.quick else 10,
        validation_data=(x[:test], labels[:test]),
        verbose=2,
    )
    _, accuracy = model.evaluate(x[:test], labels[:test], verbose=0)
    answers = model.predict(asked, verbose=0)
    for question, row in zip(QUESTIONS, answers):
        print(f"{question:60} {list(FIELDS)[row.argmax()]} ({row.max():.0%})")

    figure, axes = mosaic([["words", "answers"]], figsize=(11, 5), width_ratios=[1.5, 1])
    # Of the rarer words there is too little to learn from, and the first two are none.
    often = np.flatnonzero(np.bincount(x[test:].ravel(), minlength=WORDS) >= 12)[2:]
    table = model.get_layer("words").get_weights()[0]
    vocabulary = np.array(vectorize.get_vocabulary())
    draw_words(axes["words"], table[often], vocabulary[often], model)
    draw_answers(axes["answers"], answers)
    figure.tight_layout()
    save(figure, "text_topics.png", arguments.picture)
    print(f"of {test} texts that it has not seen, {accuracy:.1%} are sorted right")


if __name__ == "__main__":
    main()
