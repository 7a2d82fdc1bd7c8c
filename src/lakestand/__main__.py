"""`python -m lakestand` is the command `lakestand`."""

from lakestand.cli import main

if __name__ == "__main__":
    main()
