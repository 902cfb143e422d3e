"""What a row *is*: events, feed contracts, the policy, the taxonomy, published tables and the error tree.

Belongs here: pydantic models and plain values. Does not belong here: reading, computing or writing anything.
Every other room imports this one; it imports pydantic and the standard library.
"""
