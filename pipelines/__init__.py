"""Who starts the work: the Dagster definitions, the night's job and schedule, and the `mandi` command."""
