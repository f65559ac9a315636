"""Small problems that many computations share."""

import numpy as np

rng = np.random.RandomState(0)
X, Y = rng.randn(7, 2), rng.randn(9, 2) + 1.0
A, B = rng.rand(7) + 0.1, rng.rand(9) + 0.1
A, B = A / A.sum(), B / B.sum()
M = ((X[:, None] - Y[None]) ** 2).sum(axis=2)
HISTOGRAMS = np.stack([B, np.full(9, 1 / 9)], axis=1)
POSITIVE = np.abs(X) + 0.1, np.abs(Y) + 0.1
REFERENCE = np.outer(A, B) * (0.5 + rng.rand(7, 9))
DIRECTIONS = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]])
C1, C2 = np.sqrt(((X[:, None] - X[None]) ** 2).sum(2)), np.sqrt(((Y[:, None] - Y[None]) ** 2).sum(2))
ONE_WAY = C1 * (1 + 0.3 * rng.rand(7, 7)), C2 * (1 + 0.3 * rng.rand(9, 9))
COVARIANCES = np.stack([np.cov(X.T), np.cov(Y.T), np.array([[2.0, 0.5], [0.5, 1.0]])])
MEANS = np.stack([X.mean(0), Y.mean(0), np.zeros(2)])
WIDE = np.concatenate([Y, Y[:, :1] ** 2], axis=1)
LABELS = np.array([0, 0, 0, 1, 1, 2, 2])
TOLD = np.array([0, -1, 1, 1, 2, -1, 0, 2, 1])
TOLD_ALL = [np.array([0, 0, 1, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2, 1, 0, 0])]
NEW = np.array([[0.5, 0.5], [-2.0, 1.0], [3.0, 3.0]])
CLOSE = [C / C.max() for C in (((Z[:, None] - Z[None]) ** 2).sum(axis=2) for Z in (X, WIDE))]
