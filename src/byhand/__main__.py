"""``python -m byhand``."""

from byhand.app.cli import main

main()
