"""`python -m bench.windows`."""

from bench.windows.talked_to import main

main()
