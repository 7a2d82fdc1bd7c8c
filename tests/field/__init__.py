"""Tables that people really have, as data, and what must arrive of each."""
