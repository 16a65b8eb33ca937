"""keras.initializers: what gives weights their first values, and how to find it by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.initializers.by_name import (
        TABLE as TABLE,
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.initializers.constants import (
        STFT as STFT,
        STFT as STFTInitializer,
        STFT as stft,
        Constant as Constant,
        Constant as constant,
        Identity as Identity,
        Identity as IdentityInitializer,
        Identity as identity,
        Ones as Ones,
        Ones as ones,
        Zeros as Zeros,
        Zeros as zeros,
    )
    from minikeras.initializers.initializer import Initializer as Initializer
    from minikeras.initializers.random import (
        GlorotNormal as GlorotNormal,
        GlorotNormal as glorot_normal,
        GlorotUniform as GlorotUniform,
        GlorotUniform as glorot_uniform,
        HeNormal as HeNormal,
        HeNormal as he_normal,
        HeUniform as HeUniform,
        HeUniform as he_uniform,
        LecunNormal as LecunNormal,
        LecunNormal as lecun_normal,
        LecunUniform as LecunUniform,
        LecunUniform as lecun_uniform,
        Orthogonal as Orthogonal,
        Orthogonal as OrthogonalInitializer,
        Orthogonal as orthogonal,
        RandomInitializer as RandomInitializer,
        RandomNormal as RandomNormal,
        RandomNormal as random_normal,
        RandomUniform as RandomUniform,
        RandomUniform as random_uniform,
        TruncatedNormal as TruncatedNormal,
        TruncatedNormal as truncated_normal,
        VarianceScaling as VarianceScaling,
        VarianceScaling as variance_scaling,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "initializers.by_name": "TABLE deserialize get serialize",
        "initializers.constants": (
            "Constant Identity IdentityInitializer=Identity Ones STFT STFTInitializer=STFT Zeros "
            "constant=Constant identity=Identity ones=Ones stft=STFT zeros=Zeros"
        ),
        "initializers.initializer": "Initializer",
        "initializers.random": (
            "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal "
            "OrthogonalInitializer=Orthogonal RandomInitializer RandomNormal RandomUniform "
            "TruncatedNormal VarianceScaling glorot_normal=GlorotNormal "
            "glorot_uniform=GlorotUniform he_normal=HeNormal he_uniform=HeUniform "
            "lecun_normal=LecunNormal lecun_uniform=LecunUniform orthogonal=Orthogonal "
            "random_normal=RandomNormal random_uniform=RandomUniform "
            "truncated_normal=TruncatedNormal variance_scaling=VarianceScaling"
        ),
    },
)
