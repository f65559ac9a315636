"""Products with kernels in the log domain, which no regularisation makes underflow."""

import numpy as np

# A kernel whose logarithms go no lower can be multiplied after a shift without losing any sum.
_LOWEST = -600.0
# Entries of a block of sums that are computed one by one.
_BLOCK = 2**18


def product(kernel, logs):
    """``log sum_j exp(kernel_ij + logs_..j)`` along the last axis: ``(n, m)`` and ``(..., m)`` give ``(..., n)``."""
    top = np.max(logs, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        if kernel.min() > _LOWEST:
            return np.log(np.exp(logs - top) @ np.exp(kernel).T) + top
        step = max(1, _BLOCK // logs.size)
        blocks = (kernel[i : i + step] for i in range(0, len(kernel), step))
        return np.concatenate([_sum(rows + logs[..., None, :]) for rows in blocks], axis=-1)


def _sum(logs):
    top = np.max(logs, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0]
