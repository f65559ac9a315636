"""AnnData in and out. AnnData itself is never imported: what has ``obs``, ``obsm`` and ``uns`` is one."""

import json

import numpy as np

from ._arrays import matrix, vector
from ._data import Rows, lookup, numbered, split
from ._errors import InputError


def is_anndata(data):
    """Whether ``data`` has the parts of an AnnData."""
    return all(hasattr(data, part) for part in ("obs", "obsm", "uns", "var_names"))


def named(source, use_rep):
    """``use_rep`` in the words of the command line: ``obsm:KEY``, ``X``, or a list of names.

    A bare word is a key of ``obsm``: always in a file, where it could be looked up only by opening it, and in an
    AnnData where there is such a key.
    """
    if not isinstance(use_rep, str):
        return split(use_rep)
    if use_rep in ("X", "all") or use_rep.startswith("obsm:") or "," in use_rep:
        return use_rep
    if is_anndata(source):
        return f"obsm:{use_rep}" if use_rep in source.obsm.keys() else use_rep
    return f"obsm:{use_rep}" if str(source).lower().endswith(".h5ad") else use_rep


def from_anndata(adata, times, time_key, use_rep, weights, memory):
    """Rows of an AnnData: times and weights from ``obs``, coordinates from ``obsm``, ``X``, ``obs`` or variables."""
    x, features, warnings = _coordinates(adata, use_rep, memory)
    if time_key is not None:
        times = column(adata, time_key)
    elif times is None:
        raise InputError("The column of obs with the time of each cell was not named.", "Name it with time_key.")
    if weights is not None:
        weights = vector(column(adata, weights) if isinstance(weights, str) else weights, "The weights", len(x))
    return Rows(x, vector(times, "The times", len(x)), weights, features, warnings)


def column(adata, name):
    """A column of ``obs``; a categorical gives its values."""
    by_name = {str(label): label for label in adata.obs.columns}
    return np.asarray(adata.obs[by_name[lookup(by_name, name, "obs column")]])


def _coordinates(adata, use_rep, memory):
    keys = list(adata.obsm.keys())
    if use_rep in (None, "all"):
        if "X_pca" not in keys and len(keys) != 1:
            raise InputError(
                "There are many candidates for features, and none were named.",
                f"Give use_rep: X, columns of obs, genes, or an entry of obsm ({', '.join(keys) or 'there is none'}).",
            )
        use_rep = "obsm:X_pca" if "X_pca" in keys else f"obsm:{keys[0]}"
        x, features, _ = _coordinates(adata, use_rep, memory)
        return x, features, [f"The features are {use_rep}, since none were named."]
    if isinstance(use_rep, str):
        if use_rep == "X":
            return _dense(adata.X, "X", memory), [str(name) for name in adata.var_names], []
        if use_rep.startswith("obsm:"):
            key = lookup(keys, use_rep[len("obsm:") :], "entry of obsm")
            return *_obsm(adata.obsm[key], key, memory), []
    names = split(use_rep)
    if all(name in adata.obs.columns for name in names):
        return np.column_stack([vector(column(adata, name), f"The values of `{name}`") for name in names]), names, []
    genes = [str(name) for name in adata.var_names]
    if not any(name in genes for name in names):
        lookup([*keys, "X", *adata.obs.columns], names[0], "entry of obsm, obs column or variable")
    places = [genes.index(lookup(genes, name, "variable")) for name in names]
    return _dense(adata.X[:, places], "X", memory), names, []


def _obsm(entry, key, memory):
    names = [str(name) for name in entry.columns] if hasattr(entry, "columns") else None
    x = _dense(entry, key, memory)
    return x, names or numbered(key, x.shape[1])


def _dense(entry, name, memory):
    if entry is None:
        raise InputError(f"There is no {name}.", "Choose an entry of obsm with use_rep.")
    # A file-backed X is read whole here.
    entry = entry.to_memory() if hasattr(entry, "to_memory") else entry
    rows, columns = entry.shape
    if memory is not None and rows * columns * 8 > memory:
        raise InputError(
            f"{name} as a dense array needs {rows * columns * 8:,} bytes and the memory budget is {memory:,}.",
            "Reduce the dimension first, for example to principal components, or raise memory.",
        )
    return matrix(entry, f"The values of {name}")


def write(adata, run, rows, key, use_rep):
    """Leaves a run in an AnnData, in types that ``write_h5ad`` takes.

    ``obsm[f"{key}_velocity"]`` (each cell at its own time, units of the coordinates per unit of time),
    ``obs[f"{key}_growth"]`` where the law has growth (per unit of time), and ``uns[key]``.
    """
    adata.obsm[f"{key}_velocity"] = run.velocity(rows.times, rows.x)
    if run.has_growth:
        adata.obs[f"{key}_growth"] = run.growth(rows.times, rows.x)
    metrics = {name: _plain([row[name] for row in run.metrics]) for name in run.metrics.columns_all}
    adata.uns[key] = {
        "method": run.method,
        "id": run.record["id"],
        "version": run.record["thalweg"],
        "use_rep": "" if use_rep is None else str(use_rep),
        "time_key": run.record["config"]["time"] or "",
        "seed": run.record["config"]["seed"],
        "settings": json.dumps(run.settings),
        "citation": run.citation,
        "metrics": metrics,
        # The bytes of model.safetensors, which `thalweg.load(adata)` reads.
        "model": np.frombuffer(run.to_bytes(), dtype=np.uint8).copy(),
        "record": json.dumps(run.record),
        "evaluation": json.dumps(run.evaluation),
    }


def _plain(values):
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
