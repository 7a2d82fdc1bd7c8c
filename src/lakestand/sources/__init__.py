"""The source databases as the demo, the connectors and reconcile see them."""
