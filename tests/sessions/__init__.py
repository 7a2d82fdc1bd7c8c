"""What noxfile.py is made of: the tables of its sessions, and the environments in which they run."""
