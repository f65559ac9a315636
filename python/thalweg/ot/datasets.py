"""Small synthetic data. Names, arguments and draws as in POT's ``ot.datasets``."""

import numpy as np

from .._errors import InputError
from ._kinds import host, masses
from ._public import public
from .utils import check_random_state

__all__ = ["make_1D_gauss", "make_2D_samples_gauss", "make_data_classif"]


@public
def make_1D_gauss(n, m, s):
    """A histogram of ``n`` bins: a Gaussian of mean ``m`` and standard deviation ``s``, in bins."""
    density = np.exp(-((np.arange(n, dtype=np.float64) - m) ** 2) / (2 * s**2))
    return density / density.sum()


@public
def make_2D_samples_gauss(n, m, sigma, random_state=None):
    """``n`` draws, shape ``(n, 2)``, of mean ``m`` and covariance ``sigma``: a matrix, or a variance of both axes."""
    draws = check_random_state(random_state).randn(n, 2)
    m, sigma = host(m, "The mean m"), host(sigma, "The covariance sigma")
    if sigma.ndim < 2:
        return draws * np.sqrt(masses(np.ravel(sigma), "The variance sigma")[0]) + m
    values, vectors = np.linalg.eigh(sigma)
    return draws @ (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T + m


@public
def make_data_classif(dataset, n, nz=0.5, theta=0, p=0.5, random_state=None, **kwargs):
    """Points ``(n, 2)`` and their classes ``(n,)``.

    ``dataset`` is ``3gauss`` or ``3gauss2`` (three clusters, noise ``nz``), ``gaussrot`` (two, turned by ``theta``) or
    ``2gauss_prop`` (two, a share ``p`` in the first, moved by ``bias``).
    """
    generator, name = check_random_state(random_state), str(dataset).lower()
    if name in ("3gauss", "3gauss2"):
        reach, noise = (1.0, 1.5) if name == "3gauss" else (2.0, 1.0)
        y = np.floor(np.arange(n) / n * 3) + 1
        centres = reach * np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 0.0]])
        x, last = centres[y.astype(int) - 1], y == 3
        x[~last] += noise * nz * generator.randn((~last).sum(), 2)
        x[last] += 2 * nz * generator.randn(last.sum(), 2)
    elif name == "gaussrot":
        y = np.floor(np.arange(n) / n * 2) + 1
        x = np.zeros((n, 2))
        for label, centre in ((1, [-1, 1]), (2, [1, -1])):
            x[y == label] = make_2D_samples_gauss((y == label).sum(), centre, nz, generator)
        x = x @ np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]])
    elif name == "2gauss_prop":
        y = np.concatenate([np.ones(int(p * n)), np.zeros(int((1 - p) * n))])
        x = np.stack([np.zeros_like(y), 1 - 2 * y], axis=1) + nz * generator.randn(len(y), 2)
        x = x + kwargs.get("bias", np.array([0, 2]))
    else:
        raise InputError(f'There is no data set "{dataset}".', "They are 3gauss, 3gauss2, gaussrot and 2gauss_prop.")
    return x, y.astype(int)
