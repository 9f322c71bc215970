"""`python -m maas.cli`."""

from maas.cli import main

main()
