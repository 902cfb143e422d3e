"""What may happen to a night, each tried on a real night of a small marketplace in a home of its own.

    .venv/bin/python -m benchmarks.faults                     # all of them
    .venv/bin/python -m benchmarks.faults --list              # their names
    .venv/bin/python -m benchmarks.faults --only disk_full    # those whose name begins so; may be given more than once
    .venv/bin/python -m benchmarks.faults --folder DIR        # keeps the prepared homes, and takes those that are there

Each trial copies a home whose next night has landed, does one thing to it, and runs `mandi night`. Then it undoes what
an operator would undo, runs the night again, and compares releases and ledger with an undisturbed night. A fault is
borne if the night ended as if nothing had happened, or stopped with one clear line; if no reader met anything half
done; if the second run ends in the undisturbed release; and if the accounting of every night and the chain hold.
Exit code 1 if one is not borne.

A full disk is a real one (a `tmpfs` of its own, filled up) where this account may mount; elsewhere a limit on the size
of files, which the table says. The clock is set back by libfaketime; where it is not installed, that is not tried.
"""
