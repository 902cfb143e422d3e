"""What identifies a person or a company, out of text: the record's own fields first, then recognisers.

Belongs here: everything that touches Presidio. Does not belong here: pseudonyms, or what happens to an event beside
its text. Callers: `anonymize.events`. The doors are `texts.build_scrubber` and `texts.Scrubber`.
"""

import os

# Presidio imports tldextract, which fetches a suffix list from the network unless told otherwise before its import.
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""
# It imports transformers where that is installed, which would ask its hub for a model that is not on this machine.
os.environ["HF_HUB_OFFLINE"] = "1"
