"""`python -m stackroom`."""

from stackroom.entry import main

if __name__ == "__main__":
    main()
