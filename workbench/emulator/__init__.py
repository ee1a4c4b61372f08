"""Functions under AWS's own Runtime Interface Emulator and runtime client, as in an execution environment."""
