"""The same program on the CPU and on the GPU: only KERAS_BACKEND differs.

    KERAS_BACKEND=numpy python examples/gpu_switch.py
    KERAS_BACKEND=cupy python examples/gpu_switch.py     # pip install -e '.[cuda13]'

Weights, batches and dropout masks are the same on both, so the losses agree to rounding.
"""

import time

import numpy as np

import minikeras as keras
from minikeras import layers


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2048, 256)).astype("float32")
    y = np.argmax(x[:, :10], axis=1)
    model = keras.Sequential(
        [
            layers.Input((256,)),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = model.fit(x, y, batch_size=128, epochs=5, verbose=2, shuffle=False)
    seconds = time.perf_counter() - start
    array = model.weights[0].value
    print(f"backend {keras.config.backend()}: {seconds:.2f} s, arrays are {type(array)}")
    print("loss per epoch:", [round(v, 5) for v in history.history["loss"]])


if __name__ == "__main__":
    main()
