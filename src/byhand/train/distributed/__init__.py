"""Training on several processes and hosts: one program for all devices, sharded over a mesh, with the collectives of XLA."""
