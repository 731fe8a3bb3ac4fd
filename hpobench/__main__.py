"""`python -m hpobench` is `hpobench`."""

from hpobench.cli import main

if __name__ == "__main__":
    main()
