"""Structures at turbulent interfaces (S032)."""

import json

import numpy as np

from . import _thalweg
from ._arrays import figure, numeric, vector
from ._errors import InputError
from ._flow_maps import frames
from ._resources import resources

_CONFIG = ("clusters", "boundary", "scale", "smoothing", "averaging", "samples")


def interface_structures(
    scalar, velocity, x, y, times=None, *, viscosity, length, start=None, along=1.0, distances=None,
    periodic=(False, False), tolerance=1e-7, offset=None, threads=None, progress=None, **settings,
):
    """The interface of a scalar, and stretching and momentum barriers of the flow around it (S032).

    Parameters
    ----------
    scalar : array_like, shape (y, x)
        Dye, temperature or enstrophy at the time ``start``, whose levels tell turbulent from quiet fluid.
    velocity : array_like, shape (times, y, x, 2) or (y, x, 2)
    x, y, times : array_like
        Evenly spaced places; times of the frames, by default 0, 1, ...
    viscosity : float
        Of the fluid, in units of the data.
    length : float
        For how long orbits are followed; negative: attracting structures.
    start : float, optional
        From when, by default the first frame.
    along : float
        The dummy time of the steady flow along the barrier field.
    distances : array_like, optional
        From the interface, positive on the turbulent side; by default -10 to 10 places of the grid.
    **settings
        Those of ``thalweg methods interface-structures``: ``clusters``, ``boundary``, ``scale``, ``smoothing``,
        ``averaging``, ``samples``.

    Returns
    -------
    xarray.Dataset where xarray is installed, else a dict of arrays
        ``ftle``, ``flux`` (diffusive flux of momentum along paths) and ``active`` (exponent along the barriers) over
        (y, x); ``interface`` (points, 2); over ``distance`` the means ``flux_across``, ``flux_along``,
        ``flux_magnitude``, the same of ``velocity``, and ``count``.
    """
    for name in settings:
        if name not in _CONFIG:
            raise InputError(f"interface-structures has no setting called {name}.", f"They are {', '.join(_CONFIG)}.")
    grid = frames(velocity, x, y, times, periodic)
    scalar = np.ascontiguousarray(numeric(scalar, "The scalar"))
    step = min(grid.x[1], grid.y[1])
    if scalar.shape != (grid.y[2], grid.x[2]):
        raise InputError(f"The scalar has the shape {scalar.shape}, but it must be (y, x): ({grid.y[2]}, {grid.x[2]}).")
    map_ = {
        "start": float(grid.times[0]) if start is None else figure(start, "start"),
        "length": figure(length, "length"),
        "tolerance": figure(tolerance, "tolerance"),
        "offset": 0.01 * step if offset is None else figure(offset, "offset"),
    }
    distances = step * np.arange(-10.0, 11.0) if distances is None else vector(distances, "The distances")
    call = resources(0, threads, None, progress)
    with call:
        found = _thalweg.interface_structures(
            grid, scalar, json.dumps(settings), json.dumps(map_), figure(viscosity, "viscosity"),
            figure(along, "along"), distances, call,
        )  # fmt: skip
    return _shown(found, vector(x, "x"), vector(y, "y"), distances)


def _shown(found, x, y, distances):
    found["count"] = np.asarray(found["count"])
    try:
        import xarray
    except ImportError:
        return {"x": x, "y": y, "distance": distances, **found}
    data = {name: (("y", "x"), found[name]) for name in ("ftle", "flux", "active")}
    data["interface"] = (("point", "coordinate"), found["interface"])
    for name in found:
        if name.endswith(("_across", "_along", "_magnitude")) or name == "count":
            data[name] = (("distance",), found[name])
    about = {"level": found["level"], "closed": int(found["closed"])}
    return xarray.Dataset(data, {"x": x, "y": y, "distance": distances, "coordinate": ["x", "y"]}, about)
