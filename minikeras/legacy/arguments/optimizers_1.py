"""Constructors of optimizers in Keras 1 and keywords of Keras 2, in the form of `layers_1`."""

_KEYWORDS = " | clipnorm clipvalue"

ARGUMENTS = {
    "Adadelta": "lr=learning_rate rho epsilon decay=" + _KEYWORDS,
    "Adagrad": "lr=learning_rate epsilon decay=" + _KEYWORDS,
    "Adam": "lr=learning_rate beta_1 beta_2 epsilon decay=" + _KEYWORDS + " amsgrad",
    "Adamax": "lr=learning_rate beta_1 beta_2 epsilon decay=" + _KEYWORDS,
    "Nadam": "lr=learning_rate beta_1 beta_2 epsilon schedule_decay=" + _KEYWORDS + " decay=",
    "RMSprop": "lr=learning_rate rho epsilon decay=" + _KEYWORDS,
    "SGD": "lr=learning_rate momentum decay= nesterov" + _KEYWORDS,
}
