"""Quality on labelled files: what `modelet evaluate` measures, through the operations that handlers answer with."""
