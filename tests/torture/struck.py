"""The command line in a process that is struck: `ACKED FAULT CALL hpobench-arguments ...`.

The ids of the runs whose storing was acknowledged are added to the file ACKED.
"""

import sys
from pathlib import Path

from hpobench.cli import main
from hpobench.store import rows
from hpobench.store.journal import Journal
from tests.torture.disk import acknowledgements, strike


def run() -> None:
    acked, fault, at, *sys.argv[1:] = sys.argv[1:]
    acknowledge, append = acknowledgements(Path(acked)), Journal.append

    def noted(journal: Journal, line: bytes) -> None:
        append(journal, line)
        acknowledge(rows.decode(line)["run"])

    Journal.append = noted  # type: ignore[method-assign, assignment]
    strike(fault, int(at))
    main()


if __name__ == "__main__":
    run()
