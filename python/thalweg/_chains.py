"""Finite Markov chains: their arrow of time."""

import operator

import numpy as np

from . import _thalweg
from ._arrays import matrix as as_matrix
from ._arrays import vector
from ._errors import InputError
from ._resources import whole


class Chain:
    """A Markov chain on a finite set.

    >>> import thalweg
    >>> ring = thalweg.measure.Chain([[0.0, 0.7, 0.3], [0.3, 0.0, 0.7], [0.7, 0.3, 0.0]])
    >>> round(ring.entropy_production(), 6)
    0.338919

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        ``matrix[i, j]`` is the probability of the step from ``i`` to ``j``; rows sum to 1.
    """

    def __init__(self, matrix):
        self._native = _thalweg.MarkovChain.of(as_matrix(matrix, "The matrix"))

    @classmethod
    def _of(cls, native):
        chain = cls.__new__(cls)
        chain._native = native
        return chain

    @classmethod
    def from_counts(cls, counts):
        """The chain whose steps were counted: rows are divided by their sums."""
        counts = as_matrix(counts, "The counts")
        sums = counts.sum(axis=1, keepdims=True)
        if not (np.isfinite(sums).all() and (counts >= 0).all() and (sums > 0).all()):
            raise InputError("A row of the counts is empty, negative or not finite.", "Leave states out that were never left.")
        return cls(counts / sums)

    @property
    def matrix(self):
        """Probabilities of a step, of shape (n, n)."""
        return self._native.matrix()

    def stationary(self):
        """The law that a step does not change, of shape (n,)."""
        return self._native.stationary()

    def entropy_production(self):
        """Entropy production of the stationary chain in nats a step: 0 where it is reversible, infinite where a step has no
        reverse."""
        return self._native.entropy_production()

    def arrow_of_time(self, steps=1, *, start=None, blocks=None):
        """Divergence of the law of paths of ``steps`` steps from that of the same paths run backward, in nats.

        Parameters
        ----------
        steps : int
        start : array_like, shape (n,), optional
            The law of the first state, by default the stationary one.
        blocks : sequence of int, optional
            The block of each state, for who sees only blocks. All words of blocks are gone through.
        """
        start = None if start is None else vector(start, "The law")
        if blocks is not None:
            blocks = [whole(operator.index(block), "A block", 0, 2**31) for block in blocks]
        return self._native.arrow_of_time(start, whole(steps, "steps", 0, 10**9), blocks)

    def idempotence_defect(self):
        """How far doing it twice is from doing it once, in total variation: from 0 for a projection to 1."""
        return self._native.idempotence_defect()

    def reversed(self):
        """The chain as it is seen backward in time from its stationary law."""
        return Chain._of(self._native.reversed())

    def power(self, steps):
        """The chain of ``steps`` steps at a time."""
        return Chain._of(self._native.power(whole(steps, "steps", 0, 2**63)))

    def __len__(self):
        return len(self.matrix)

    def __reduce__(self):
        return Chain, (self.matrix,)

    def __repr__(self):
        return f"<chain on {len(self)} states>"
