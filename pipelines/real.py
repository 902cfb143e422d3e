"""`mandi real`: the real feeds of ../shared/data through the same nights, and figures of what came out."""
