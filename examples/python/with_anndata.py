"""Learn from an AnnData and leave velocity, growth and evaluation in it.

Needs anndata. With your own cells: ``adata = anndata.read_h5ad("cells.h5ad")``.
"""

import anndata
import numpy as np

import thalweg

rng = np.random.default_rng(0)
day = np.repeat([0, 1, 2], [150, 200, 250])
adata = anndata.AnnData(X=rng.poisson(1.0, size=(600, 20)).astype(np.float32))
adata.obs["day"] = day.astype(str)  # numbers, or text that is a number
adata.obsm["X_pca"] = 0.3 * rng.normal(size=(600, 3)) + day[:, None]

run = thalweg.learn(
    adata,
    time_key="day",
    use_rep="X_pca",
    hold_out=[1],
    settings={"fit.steps": 400, "fine_tune": None},  # for a quick look
    write=True,
)

print(run)
print(run.metrics)
print(adata)
adata.write_h5ad("cells_with_velocity.h5ad")

again = thalweg.load(anndata.read_h5ad("cells_with_velocity.h5ad"))
print("the run comes back out of the file:", again)
