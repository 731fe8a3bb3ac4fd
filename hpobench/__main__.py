"""`python -m hpobench` is `hpobench`."""

import os
import sys

if sys.path[0] == os.getcwd():  # noqa: PTH109
    del sys.path[0]  # where `-m` puts it, before the libraries: modules there replace theirs

from hpobench.cli import main

if __name__ == "__main__":
    main()
