"""How demand becomes safe: pseudonyms, scrubbed text, demand classes, and the attacks that try to undo them.

Never imports Dagster; never opens a DuckDB connection of its own: the ladder runs on an engine it is given.
"""
