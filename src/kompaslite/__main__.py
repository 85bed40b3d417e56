"""``python -m kompaslite`` and the command ``kompaslite``."""

import sys


def main() -> None:
    """Run the command line, and leave with its exit code."""
    from kompaslite.app.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
