"""How long single operations take; `nox -s timing` runs and compares them."""
