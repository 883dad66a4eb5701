"""`python -m loggia`: the command `loggia`, where that is on no PATH; in a checkout, what run.py does."""

import sys

from loggia.launch import checkout, installed

if __name__ == "__main__":
    sys.exit(checkout.main(sys.argv[1:]) if checkout.is_one() else installed.start())
