"""The daemon: watch folders, plan jobs, run them. Loads no pixels."""
