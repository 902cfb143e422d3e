"""The error tree: every failure that Mandi foresees, by who has to act.

    MandiError
    ├── ContractError            the feed is wrong: ask its sender, or mend its contract
    │   ├── FeedFileError        a file is missing, truncated, changed or not what its format says
    │   └── RefusalLimitError    more rows were refused than the contract allows
    ├── ConfigurationError       the author is wrong: policy, contract, sectors, trade bodies
    │   └── SecretError          a key is missing, unreadable, changed or readable by others
    ├── NightError               the order of things is wrong: a night too early, twice, or half known
    │   └── HeldNightError       a feed of the night is missing, short or far too long: it waits for a person
    ├── DisclosureError          the output would be unsafe: nothing is published
    └── StepError                something unforeseen failed; only its type and place are told

A message says what was refused, where, how many, and what to do next. It never holds a value of a row, nor a hash
of one: Dagster, logs and shells keep messages for ever.
"""


class MandiError(Exception):
    """Base of everything Mandi raises on purpose; the command line turns it into one line and exit code 2."""


class ContractError(MandiError):
    """The feed is wrong."""


class FeedFileError(ContractError):
    """A file is missing, truncated, changed since it landed, wrongly encoded or not what its format says."""


class RefusalLimitError(ContractError):
    """More rows of a feed were refused than its contract allows."""


class ConfigurationError(MandiError):
    """A policy, contract, sector or trade-body file is missing, unreadable or contradicts itself."""


class SecretError(ConfigurationError):
    """A key is missing, unreadable, changed or readable by others."""


class NightError(MandiError):
    """A night is out of order, already published, or not landed."""


class HeldNightError(NightError):
    """A feed of the night is missing, short or far too long; nothing of the night is classed until that is settled."""


class DisclosureError(MandiError):
    """What would be published breaks the promise; nothing leaves the private side."""


class StepError(MandiError):
    """A step failed in an unforeseen way; the original message is withheld because it may hold a row's value."""
