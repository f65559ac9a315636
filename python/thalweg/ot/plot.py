"""Drawings of plans with Matplotlib, which is imported when one is asked for. Names as in POT's ``ot.plot``."""

import numpy as np

from .._errors import InputError
from ._kinds import host
from ._public import public

__all__ = ["plot1D_mat", "plot2D_samples_mat", "rescale_for_imshow_plot"]


@public
def plot1D_mat(
    a,
    b,
    M,
    title="",
    plot_style="yx",
    a_label="",
    b_label="",
    color_source="b",
    color_target="r",
    coupling_cmap="gray_r",
):
    """A plan or a cost ``M`` ``(n, m)`` with the histograms ``a`` beside it and ``b`` above; returns the three axes.

    With ``plot_style="xy"`` the first histogram lies below and the second beside.
    """
    if plot_style not in ("yx", "xy"):
        raise InputError(f"plot_style is {plot_style!r}, but it must be 'yx' or 'xy'.")
    plt = _pyplot()
    a, b, M = host(a, "The histogram a"), host(b, "The histogram b"), host(M, "The matrix M")
    upright = plot_style == "yx"
    grid = plt.GridSpec(3, 3, hspace=0, wspace=0)
    if upright:
        spots = grid[1:, 0], grid[0, 1:], grid[1:, 1:]
        beside, across, names = (a, a_label, color_source), (b, b_label, color_target), (0, 1)
    else:
        spots = grid[0:2, 0], grid[2, 1:], grid[0:2, 1:]
        beside, across, names = (b, b_label, color_target), (a, a_label, color_source), (1, 0)
    left, flat = plt.subplot(spots[0]), plt.subplot(spots[1])
    middle = plt.subplot(spots[2], sharey=left, sharex=flat)
    left.fill_betweenx(np.arange(len(beside[0])), beside[0], color=beside[2], alpha=0.5)
    left.invert_xaxis()
    left.set_title(beside[1])
    flat.fill_between(np.arange(len(across[0])), across[0], color=across[2], alpha=0.5)
    flat.set_title(across[1], y=None if upright else -0.2)
    if not upright:
        flat.invert_yaxis()
    middle.imshow(M if upright else M.T, interpolation="nearest", cmap=coupling_cmap, aspect="auto")
    middle.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)
    # On the side where no histogram lies.
    (middle.set_xlabel if upright else middle.set_title)(title)
    for axes in (left, flat):
        axes.axis("off")
    pair = (left, flat)
    return pair[names[0]], pair[names[1]], middle


@public
def rescale_for_imshow_plot(x, y, n, m=None, a_y=None, b_y=None):
    """Points of a curve ``(k,)`` in the pixels of an image of ``n`` columns and ``m`` rows, where ``y`` is from ``a_y`` to
    ``b_y``."""
    x, y = host(x, "The places x"), host(y, "The heights y")
    if x.ndim != 1 or x.shape != y.shape or x.size == 0:
        raise InputError(f"The curve has places of the shape {x.shape} and heights of the shape {y.shape}.")
    low, high = (y.min() if a_y is None else a_y), (y.max() if b_y is None else b_y)
    shown = (y >= low) & (y <= high)
    across = (x[shown] - x.min()) * (n - 1) / (x.max() - x.min())
    return across, (y[shown] - low) * ((n if m is None else m) - 1) / (high - low)


@public
def plot2D_samples_mat(xs, xt, G, thr=1e-8, **kwargs):
    """Lines between the points ``xs`` ``(n, 2)`` and ``xt`` ``(m, 2)``, as dark as the mass ``G`` that goes along them.

    Entries below ``thr`` times the largest are left out; ``kwargs`` go to ``plot``.
    """
    plt = _pyplot()
    xs, xt, G = host(xs, "The points xs"), host(xt, "The points xt"), host(G, "The plan G")
    scale, top = kwargs.pop("alpha", 1.0), G.max()
    if not {"c", "color"} & set(kwargs):
        kwargs["color"] = "k"
    for i, j in zip(*np.nonzero(G > thr * top)):
        plt.plot([xs[i, 0], xt[j, 0]], [xs[i, 1], xt[j, 1]], alpha=scale * G[i, j] / top, **kwargs)


def _pyplot():
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise InputError("Drawing needs Matplotlib, which is not installed.", "Install matplotlib.") from None
    return plt
