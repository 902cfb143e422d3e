"""One recogniser a file: what it hits, its gate for Polars, and nothing else.

Belongs here: subclasses of `base.RuleRecognizer`. Does not belong here: thresholds and overlaps (`entities`, `engine`).
Caller: `anonymize.scrub.engine`, by `all_recognizers`. Each has a table of positives and look-alike negatives in
`tests/unit/test_scrub_recognizers.py`. A new recogniser is a file here and a line below.
"""
