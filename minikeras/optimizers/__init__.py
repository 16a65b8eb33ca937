"""keras.optimizers: what changes the variables of a model by their gradients."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.optimizers import legacy as legacy, schedules as schedules
    from minikeras.optimizers.adadelta import Adadelta as Adadelta
    from minikeras.optimizers.adafactor import Adafactor as Adafactor
    from minikeras.optimizers.adagrad import Adagrad as Adagrad
    from minikeras.optimizers.adam import Adam as Adam
    from minikeras.optimizers.adamax import Adamax as Adamax
    from minikeras.optimizers.adamw import AdamW as AdamW
    from minikeras.optimizers.by_name import (
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.optimizers.ftrl import Ftrl as Ftrl
    from minikeras.optimizers.lamb import Lamb as Lamb
    from minikeras.optimizers.lion import Lion as Lion
    from minikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer as LossScaleOptimizer
    from minikeras.optimizers.multi_optimizer import (
        MultiOptimizer as MultiOptimizer,
        OptimizerMap as OptimizerMap,
    )
    from minikeras.optimizers.muon import Muon as Muon
    from minikeras.optimizers.nadam import Nadam as Nadam
    from minikeras.optimizers.optimizer import Optimizer as Optimizer
    from minikeras.optimizers.rmsprop import RMSprop as RMSprop
    from minikeras.optimizers.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
    from minikeras.optimizers.sgd import SGD as SGD

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "": "legacy schedules",
        "optimizers.adadelta": "Adadelta",
        "optimizers.adafactor": "Adafactor",
        "optimizers.adagrad": "Adagrad",
        "optimizers.adam": "Adam",
        "optimizers.adamax": "Adamax",
        "optimizers.adamw": "AdamW",
        "optimizers.by_name": "deserialize get serialize",
        "optimizers.ftrl": "Ftrl",
        "optimizers.lamb": "Lamb",
        "optimizers.lion": "Lion",
        "optimizers.loss_scale_optimizer": "LossScaleOptimizer",
        "optimizers.multi_optimizer": "MultiOptimizer OptimizerMap",
        "optimizers.muon": "Muon",
        "optimizers.nadam": "Nadam",
        "optimizers.optimizer": "Optimizer",
        "optimizers.rmsprop": "RMSprop",
        "optimizers.schedule_free_adamw": "ScheduleFreeAdamW",
        "optimizers.sgd": "SGD",
    },
)
