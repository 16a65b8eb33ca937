"""An LSTM that learns to write like Python's own documentation, letter by letter.

The text is at hand wherever Python is: the help topics of the standard library.
"""

import numpy as np
from common import figure, save

import minikeras as keras
from minikeras import layers

LENGTH = 40  # letters seen before each guess


def load_text(size=20_000):
    """The beginning of the help topics, in lower case."""
    from pydoc_data import topics

    return " ".join(topics.topics.values()).lower()[:size]


def sample(model, codes, letters, seed_text, count=200, temperature=0.5):
    """``count`` further letters, drawn with the model's probabilities."""
    rng = np.random.default_rng(0)
    known = [codes[c] for c in seed_text[-LENGTH:]]
    for _ in range(count):
        p = model.predict_on_batch(np.array([known[-LENGTH:]]))[0].astype("float64")
        p = np.exp(np.log(p + 1e-9) / temperature)
        known.append(int(rng.choice(len(letters), p=p / p.sum())))
    return "".join(letters[i] for i in known)


def main():
    keras.utils.set_random_seed(0)
    text = load_text()
    letters = sorted(set(text))
    codes = {c: i for i, c in enumerate(letters)}
    indices = np.array([codes[c] for c in text])
    starts = np.arange(0, len(text) - LENGTH - 1, 3)
    x = indices[starts[:, None] + np.arange(LENGTH)]
    y = indices[starts + LENGTH]

    model = keras.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(len(letters), 32),
            layers.LSTM(128),
            layers.Dense(len(letters), activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(x, y, batch_size=128, epochs=10)
    fig, axis = figure(figsize=(6, 4))
    axis.plot(history.history["loss"], "o-")
    axis.set_xlabel("epoch")
    axis.set_ylabel("cross-entropy per letter")
    save(fig, "lstm_text.png")
    print("it writes:", sample(model, codes, letters, text[:LENGTH]).replace("\n", " "))


if __name__ == "__main__":
    main()
