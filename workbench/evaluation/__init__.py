"""Quality on labelled files, function by function: what `modelet evaluate` prints."""
