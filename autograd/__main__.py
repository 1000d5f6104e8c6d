"""`python -m autograd doctor`: what decides speed on this machine."""

import argparse
import sys

from autograd.doctor import examine


def main() -> None:
    """Run the command that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    what = "measures for half a minute, and changes nothing"
    parser.add_argument("command", choices=["doctor"], help=what)
    parser.parse_args()
    sys.stderr.write("Measuring: half a minute, or more if the machine is busy.\n")
    sys.stdout.write(examine() + "\n")


if __name__ == "__main__":
    main()
