"""A progress bar of text."""

_WIDTH = 30


class Bar:
    """Writes one line a phase to ``stream``, over itself until the phase is done."""

    def __init__(self, stream):
        self._stream = stream
        self._phase = None

    def __call__(self, phase, done, total, note):
        if self._phase not in (None, phase):
            self._stream.write("\n")
        self._phase = phase
        share = done / total if total else 0.0
        bar = "#" * int(_WIDTH * share)
        self._stream.write(f"\r{phase:>14} [{bar:<{_WIDTH}}] {done}/{total} {note}\x1b[K")
        self._stream.flush()

    def close(self):
        """Ends the last line."""
        if self._phase is not None:
            self._stream.write("\n")
            self._stream.flush()
            self._phase = None
