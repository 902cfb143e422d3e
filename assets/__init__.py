"""When things are made: thin Dagster assets around plain functions of the other rooms, one file an asset.

The way of the data: landed_feeds > scrubbed_events (+ rejected_rows) > demand_classes > demand_tables > extracts >
audit > release. Each module holds the step as a plain function, which tests call, and the asset that wraps it.
"""
