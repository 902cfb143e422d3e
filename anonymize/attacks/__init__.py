"""What a sceptic would try on the files of a release, run before every release and blocking.

Each attack takes what a recipient holds, and what the attacker is looking for, and returns what it found; an empty
result lets the release pass. Each has a test in which an unprotected release falls to it.
"""
