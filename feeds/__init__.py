"""Raw feeds in, canonical events out: contracts, readers, helpers, taxonomy, landing, and the demo marketplace.

Imports `schemas` only. What comes out holds direct identifiers and lives in memory until it is scrubbed.
"""
