"""`python -m stackroom`."""

from stackroom.cli import main

if __name__ == "__main__":
    main()
