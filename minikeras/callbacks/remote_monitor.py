"""RemoteMonitor: sends the logs of each epoch to a server."""

import json
import warnings

from minikeras.callbacks.callback import Callback

_TIMEOUT = 10  # seconds


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server by HTTP POST, as JSON.

    Args:
        root: the address of the server.
        path: where on the server the logs go.
        field: the name of the form's field that holds the JSON text.
        headers: further HTTP headers, a dict.
        send_as_json: whether the request is JSON itself rather than a form.
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        """Send the logs; a server that cannot be reached gives a warning."""
        import urllib.parse
        import urllib.request  # slow to import, and few programs send anything

        text = json.dumps(
            {"epoch": epoch, **(logs or {})},
            default=lambda value: value.tolist() if hasattr(value, "tolist") else str(value),
        )
        headers = dict(self.headers or {})
        if self.send_as_json:
            headers.setdefault("Content-Type", "application/json")
            body = text.encode()
        else:
            body = urllib.parse.urlencode({self.field: text}).encode()
        request = urllib.request.Request(self.root + self.path, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):
                pass
        except OSError as error:
            warnings.warn(
                f"Could not reach RemoteMonitor root server at {self.root + self.path}: {error}",
                UserWarning,
                stacklevel=2,
            )
