"""Saves models again and again and kills the process that does, or lets the disk be full.

``python -m tests.hostile.kills FOLDER WAY COUNT SEED`` kills COUNT times and prints a line of JSON
for each kill: what was saved last for certain, and what the file holds afterwards.
``python -m tests.hostile.kills FOLDER WAY full LIMIT`` lets files grow to LIMIT bytes only.
All weights of a model that is saved are the number of the save, so that mixtures show.
"""

import json
import os
import random
import signal
import sys
import time

WAYS = (
    "model.keras", "model.h5", "folder", "weights", "checkpoint", "weights_checkpoint", "backup",
)  # fmt: skip
_UNITS = 150  # a model of 1 MB with the state of its optimizer


def _model(k):
    model = k.Sequential([k.Input((_UNITS,))] + [k.layers.Dense(_UNITS) for _ in range(4)])
    model.compile(k.optimizers.SGD(0.0, momentum=0.5), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _fill(model, number):
    for variable in model.weights:
        variable.assign(variable * 0 + number)


def _path(folder, way):
    names = {
        "weights": "w.weights.h5", "checkpoint": "c.keras", "weights_checkpoint": "c.weights.h5",
        "backup": "backup",
    }  # fmt: skip
    return os.path.join(folder, names.get(way, way))


def _callback(k, path, way):
    if way == "backup":
        return k.callbacks.BackupAndRestore(path, save_freq=1, delete_checkpoint=False)
    only = way == "weights_checkpoint"
    return k.callbacks.ModelCheckpoint(path, save_freq=1, save_weights_only=only)


def save(k, path, way, announce, first=1, most=10**9):
    """Save models with rising numbers; ``announce`` is called with each that is done."""
    model = _model(k)
    if way in ("model.keras", "model.h5", "folder", "weights"):
        for number in range(first, most):
            _fill(model, number)
            if way == "weights":
                model.save_weights(path)
            elif way == "folder":
                model.save(path, zipped=False)
            else:
                model.save(path)
            announce(number)
        return

    class Number(k.callbacks.Callback):
        number = first - 1

        def on_train_begin(self, logs=None):
            self.number = max(self.number, _number_in(self.model))

        def on_train_batch_end(self, batch, logs=None):
            if self.number >= first:
                announce(self.number)
            self.number += 1
            _fill(self.model, self.number)

    x = k.ops.ones((1, _UNITS))
    saving = _callback(k, path, way)
    # A backup is taken up before numbers go on from it.
    callbacks = [saving, Number()] if way == "backup" else [Number(), saving]
    model.fit(x, x, epochs=min(most, 10**6) - 1, verbose=0, callbacks=callbacks)


def _number_in(model):
    """The number that all weights are; -1 if they differ."""
    found = {float(x) for w in model.weights for x in (w.numpy().min(), w.numpy().max())}
    return int(found.pop()) if len(found) == 1 else -1


def number_at(k, path, way):
    """The number in a saved file."""
    if way in ("model.keras", "model.h5", "folder", "checkpoint"):
        return _number_in(k.saving.load_model(path))
    model = _model(k)
    if way == "backup":
        callback = _callback(k, path, way)
        callback.set_model(model)
        callback.on_train_begin()
    else:
        model.load_weights(path)
    return _number_in(model)


def _in_child(work):
    """What a function returns in a process of its own, or its exception."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            found = work()
        except BaseException as error:
            found = f"{type(error).__name__}: {error}"
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else "crash"


def _kill_one(k, path, way, delay, first):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            save(k, path, way, lambda number: os.write(writer, f"{number}\n".encode()), first)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        line = pipe.readline()  # the first save is done: there is something to lose
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = [line, *pipe.read().splitlines()]
    return int([found for found in lines if found.strip()][-1])


def main(folder, way, count, seed):
    """Do what the arguments say."""
    import minikeras as k

    path, chance = _path(folder, way), random.Random(int(seed))
    if count == "full":
        import resource

        saved = _in_child(lambda: save(k, path, way, lambda _: None, most=4))
        assert saved is None, saved
        before = _listing(folder)

        def fail():
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(seed), int(seed)))
            save(k, path, way, lambda _: None, first=8, most=16)

        number = _in_child(lambda: number_at(k, path, way))
        found = {"error": _in_child(fail), "before": number}
        found["after"] = _in_child(lambda: number_at(k, path, way))
        print(json.dumps({**found, "same": _listing(folder) == before}), flush=True)
        return
    last = 0
    for _ in range(int(count)):
        done = _kill_one(k, path, way, chance.uniform(0, 0.03), last + 1)
        last = _in_child(lambda: number_at(k, path, way))
        left = [name for name in os.listdir(folder) if name != os.path.basename(path)]
        print(json.dumps({"done": done, "found": last, "left": left}), flush=True)
        if not isinstance(last, int):
            return


def _listing(folder):
    return sorted(
        (os.path.join(root, name), os.path.getsize(os.path.join(root, name)))
        for root, _, names in os.walk(folder)
        for name in names
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
