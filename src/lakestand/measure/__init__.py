"""What the stand costs and reaches, measured: each module is a command."""
