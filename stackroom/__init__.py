"""The application: command line and use-cases."""
