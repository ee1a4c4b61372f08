"""What never ships: the packager, local emulation, evaluation and the CLI."""
