"""Writes what POT gives."""

import json
import warnings

import numpy as np

from . import CASES, RECORDED, plain, pot

ot = pot()

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    values = {name: np.round(plain(function(ot)), 12).tolist() for name, function in CASES.items()}
record = {"program": "POT", "version": ot.__version__, "numpy": np.__version__, "values": values}
RECORDED.write_text("\n".join(json.dumps(record).replace('], "', '],\n"').splitlines()) + "\n")
