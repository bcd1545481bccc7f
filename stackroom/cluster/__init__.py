"""More than one machine: jobs on a Dask cluster over shared storage."""
