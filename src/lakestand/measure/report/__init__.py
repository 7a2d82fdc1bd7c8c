"""One report of all that was measured: the criteria and whether they are met, the figures, and charts of them."""
