"""Noise: what may be said, under differential privacy, of fine labels that published classes do not tell.

`bounds` limits what one contributor adds, `mechanism` adds keyed noise to bounded counts, `loss` counts what that
costs. `domain` says of which cells, `marginals` counts them, `fit`, `margins` and `estimates` turn noisy counts and
published classes into estimates. Nothing here opens a database; `warehouse.draws` brings rows and keeps results.
"""
