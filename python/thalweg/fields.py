"""Fields: magnetic flux on the surface of the Sun, and structures at turbulent interfaces.

>>> import thalweg
>>> run = thalweg.fields.surface_flux(days=2, rows=31, columns=60)
>>> run["br"].shape
(1, 2, 31, 60)
"""

import json
import warnings as python_warnings

import numpy as np

from . import _thalweg
from ._arrays import figure, number, numeric
from ._errors import InputError, NotConvergedWarning
from ._interfaces import interface_structures
from ._resources import path, resources

__all__ = ["interface_structures", "surface_flux"]


def surface_flux(
    map=None,
    *,
    days=28.0,
    every=None,
    observations=(),
    flow=(),
    vary=None,
    seed=0,
    threads=None,
    memory=None,
    progress=False,
    **settings,
):
    """Carry the radial magnetic field of the whole Sun forward: flows, diffusion, emergence, observed maps, ensembles.

    Ctrl-C gives what was done until then, NaN where a realisation was left before others.

    Parameters
    ----------
    map : path, xarray.DataArray or array_like, optional
        Field in gauss to start from. A path is NetCDF or HDF5. An array has shape (rows, columns), from the north pole to the
        south pole with a row at each, longitudes even from 0; with a leading axis, one map for each realisation. Without it
        the run starts from a test (``start="gaussians"``, ``"soccer-ball"`` or ``"empty"``) on ``rows`` x ``columns`` cells.
    days, every : float
        Duration, and days between the maps that are kept (the first and the last where None).
    observations : sequence of mapping
        Observed maps: ``hours``, ``br`` (rows, columns) and ``weight`` or ``mu`` of the same shape.
    flow : path or sequence of mapping, optional
        Frames of flow, added to the flows of the settings: a NetCDF or HDF5 file, or ``hours`` with the velocities ``u``
        (eastward) and ``v`` (northward) in metres a second, of shape (rows, columns).
    vary : mapping, optional
        Settings that differ between realisations, for example ``{"diffusivity": [200, 300, 400]}``.
    seed, threads, memory, progress
        As everywhere.
    **settings
        Those of ``thalweg methods surface-flux``, for example ``diffusivity=300`` (km^2/s), ``rotation``, ``meridional``
        (m/s), ``attenuation`` (gauss), ``emergence={"flux": 50}`` (1e21 Mx an hour), ``scheme``, ``splitting``.

    Returns
    -------
    xarray.Dataset where xarray is installed, else a dict of arrays
        ``br`` (realization, time, latitude, longitude) in gauss, ``time`` in hours, ``latitude`` and ``longitude`` in
        degrees, ``cell_area`` in steradians, and the history of each realisation over ``line``.
    """
    limits = resources(seed, threads, memory, progress)
    config = {**settings, "hours": 24.0 * figure(days, "days"), "vary": {k: list(v) for k, v in (vary or {}).items()}}
    if every is not None:
        config["every"] = 24.0 * figure(every, "every")
    maps, colatitudes, origin = _start(map, limits.memory)
    seen = [_observation(o) for o in observations]
    with limits:
        found = _thalweg.surface_flux(_json(config), maps, colatitudes, origin, seen, _flow(flow), limits)
    if json.loads(found["report"])["status"]["outcome"] == "interrupted":
        sentence = f"surface-flux was interrupted; {len(found['hours'])} maps are kept."
        python_warnings.warn(sentence, NotConvergedWarning, stacklevel=2)
    return _shown(found)


def _json(config):
    try:
        return json.dumps(config, default=lambda v: v.tolist())
    except (AttributeError, TypeError) as error:
        raise InputError(f"A setting is neither a number, a text, a list nor a mapping: {error}.") from None


def _start(map, memory):
    """Maps, colatitudes and first longitude of whatever the start is given as."""
    if map is None:
        return None, None, 0.0
    if isinstance(map, str) or hasattr(map, "__fspath__"):
        colatitudes, origin, columns, values = _thalweg.read_surface_maps(path(map, "map"), memory)
        return values.reshape(-1, len(colatitudes), columns), colatitudes, origin
    origin = 0.0
    colatitudes = None
    if hasattr(map, "coords"):
        map, colatitudes, origin = _labelled(map)
    values = numeric(map, "The maps")
    if values.ndim not in (2, 3):
        raise InputError(f"The maps have {values.ndim} axes, but rows and columns are 2, with realisations 3.")
    values = np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]))
    if colatitudes is None:
        colatitudes = np.linspace(0.0, np.pi, values.shape[1])
    return values, colatitudes, origin


def _labelled(map):
    """Values, colatitudes and first longitude of a DataArray over latitude and longitude in degrees."""
    names = {str(d).lower(): d for d in map.dims}
    lat = next((names[n] for n in ("latitude", "lat") if n in names), None)
    lon = next((names[n] for n in ("longitude", "lon") if n in names), None)
    if lat is None or lon is None or lat not in map.coords or lon not in map.coords:
        raise InputError(f"The map has the dimensions {tuple(map.dims)}, but it must have latitude and longitude.")
    map = map.sortby(lat, ascending=False).transpose(..., lat, lon)
    latitudes = np.asarray(map[lat], dtype=np.float64)
    return map.values, np.radians(90.0 - latitudes), float(np.radians(map[lon].values[0]))


def _flow(flow):
    """A path, or frames."""
    if isinstance(flow, str) or hasattr(flow, "__fspath__"):
        return path(flow, "flow"), []
    frames = []
    for frame in flow:
        if not all(k in frame for k in ("hours", "u", "v")):
            raise InputError("A frame of flow must have hours, u and v.")
        u, v = (np.ascontiguousarray(numeric(frame[k], f"The velocity {k}")) for k in ("u", "v"))
        if u.ndim != 2 or v.ndim != 2:
            raise InputError("A velocity must have two axes, rows and columns.")
        frames.append((figure(frame["hours"], "hours"), u, v))
    return None, frames


def _observation(seen):
    kind = next((k for k in ("weight", "mu") if k in seen), None)
    if kind is None or "br" not in seen or "hours" not in seen:
        raise InputError("An observation must have hours, br, and weight or mu.")
    arrays = [np.ascontiguousarray(numeric(seen[k], f"The observed {k}")) for k in ("br", kind)]
    if any(a.ndim != 2 for a in arrays):
        raise InputError("An observed map must have two axes, rows and columns.")
    return number(seen["hours"], "hours"), *arrays, kind == "mu"


def _shown(found):
    axes = {
        "realization": np.arange(found["br"].shape[0]),
        "time": found["hours"],
        "latitude": 90.0 - np.degrees(found["colatitudes"]),
        "longitude": np.degrees(found["longitudes"]),
    }
    history = {name: values for name, (_, values) in found["history"].items()}
    try:
        import xarray
    except ImportError:
        return {**axes, "cell_area": found["cell_area"], "br": found["br"], **history}
    data = {
        "br": (tuple(axes), found["br"], {"units": "gauss", "long_name": "radial magnetic field"}),
        "cell_area": (("latitude",), found["cell_area"], {"units": "sr"}),
    }
    for name, (units, values) in found["history"].items():
        data[name] = (("realization", "line"), values, {"units": units})
    units = {"time": "hours", "latitude": "degrees_north", "longitude": "degrees_east"}
    run = xarray.Dataset(data, coords=axes)
    for name, unit in units.items():
        run[name].attrs["units"] = unit
    return run
