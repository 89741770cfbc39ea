"""The steps of a delivery, one file each; every one looks before it acts."""
