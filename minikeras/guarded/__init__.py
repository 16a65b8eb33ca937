"""Reading files that may be hostile: what they may cost, and readers of JSON, archives and HDF5.

All that loads files goes through here: docs/security.md says what is promised.
"""

from minikeras.guarded.limits import LimitExceeded, allow

__all__ = ["LimitExceeded", "allow"]
