"""Demand classes: who counts as one contributor, which rules make a group safe, and the ladder that forms classes.

`periods` and `rungs` say where an event may stand, `contributors` who stands behind it, `rules` what safe means,
`ladder` walks the pool. The guarantee, its proof and its limits: docs/guarantee.md.
"""
