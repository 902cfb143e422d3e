"""Where demand is counted and kept: the private ledger, the one release door, demand tables, extracts, signatures.

The only room that opens DuckDB connections. Never imports Dagster.
"""
