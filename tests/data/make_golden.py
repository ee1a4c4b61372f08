"""Recompute tests/data/golden_embeddings.json with the official model, run by hand.

    pip install torch==2.13.0 && pip install sentence-transformers
    python tests/data/make_golden.py MODEL_FOLDER

MODEL_FOLDER holds sentence-transformers/all-MiniLM-L6-v2 as published. The texts live in the JSON itself: edit or add
one there (`{"text": "..."}`) and run this again. Each text is encoded alone, in fp32, cut at 256 tokens, mean pooled
and L2-normalised by sentence-transformers.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

GOLDEN = Path(__file__).with_name("golden_embeddings.json")
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
PACKAGES = ("sentence-transformers", "transformers", "tokenizers", "torch")


def load(folder: Path) -> SentenceTransformer:
    """The reference model on CPU; refuses weights other than the pinned ones."""
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"{folder}/model.safetensors: sha256 is {found}, expected {WEIGHTS_SHA256}")
    model = SentenceTransformer(str(folder), device="cpu")
    if model.max_seq_length != MAX_TOKENS:
        raise SystemExit(f"{folder}: max_seq_length is {model.max_seq_length}, expected {MAX_TOKENS}")
    return model


def golden_item(model: SentenceTransformer, text: str) -> dict[str, Any]:
    """The text with its token ids (at most 256) and its embedding (384 floats that round-trip float32)."""
    ids = model.preprocess([text])["input_ids"][0].tolist()
    vector = model.encode([text], normalize_embeddings=True, show_progress_bar=False)[0]
    return {"text": text, "input_ids": ids, "embedding": [float(str(value)) for value in vector]}


def main(folder: Path) -> None:
    model = load(folder)
    texts = [item["text"] for item in json.loads(GOLDEN.read_text("utf-8"))["items"]]
    head = {
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "weights_sha256": WEIGHTS_SHA256,
        "max_tokens": MAX_TOKENS,
        "versions": {name: version(name) for name in PACKAGES},
    }
    rows = ",\n".join(json.dumps(golden_item(model, text), ensure_ascii=False) for text in texts)
    GOLDEN.write_text(f'{json.dumps(head)[:-1]}, "items": [\n{rows}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
