"""Data to train on: read from files and arrays, checked, brought into the shapes of a sheet, split, and dealt out in batches."""
