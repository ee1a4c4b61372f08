"""The model's words and the recognisers' spans, joined."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.redact.detection import LEAST_SCORE, find_spans
from functions.redact.entities import ENTITIES, MODEL_ENTITIES
from functions.redact.spans import Span

TEXTS = st.text(max_size=60) | st.from_regex(
    r"(?:[A-Z][a-z]{0,5}|\d{1,5}|[a-z]{1,6}|[-@.,:+()\n]| ){0,25}", fullmatch=True
)


def words(text: str, *labels: tuple[str, str, float]) -> list[Span]:
    """The model's words: each (word, entity, probability), in the order of `text`."""
    spans, at = [], 0
    for word, entity, score in labels:
        at = text.index(word, at)
        spans.append(Span(at, at + len(word), entity, score, "model"))
        at += len(word)
    return spans


def found(text: str, *labels: tuple[str, str, float], threshold: float = 0.5) -> list[tuple[str, str]]:
    return [(span.type, span.of(text)) for span in find_spans(text, words(text, *labels), threshold)]


@pytest.mark.parametrize("name", ["Ada Lovelace", "Ada B. Lovelace", "Ada-Lovelace", "Ada van der Lovelace"])
def test_parts_of_a_name_are_joined(name: str) -> None:
    text = f"Then {name} wrote."
    assert found(text, ("Ada", "PERSON", 0.9), ("Lovelace", "PERSON", 0.9)) == [("PERSON", name)]


@pytest.mark.parametrize("between", [", ", " and ", "\n", ". "])
def test_names_of_several_are_not_joined(between: str) -> None:
    text = f"then Ada{between}Grace wrote"
    expected = [("PERSON", "Ada"), ("PERSON", "Grace")]
    joined = between == ". "  # an abbreviated name looks the same
    labels = ("Ada", "PERSON", 0.9), ("Grace", "PERSON", 0.9)
    assert found(text, *labels) == ([("PERSON", "Ada. Grace")] if joined else expected)


def test_parts_of_an_address_are_joined() -> None:
    text = "Send it to 12 Elm Street,\nApt. 4B, Springfield 12345 today"
    labels = [(word, "STREET_ADDRESS", 0.9) for word in ("12", "Elm", "Street")]
    place = [("Springfield", "LOCATION", 0.9), ("12345", "STREET_ADDRESS", 0.9)]
    assert found(text, *labels, *place) == [("STREET_ADDRESS", "12 Elm Street,\nApt. 4B, Springfield 12345")]


@pytest.mark.parametrize(
    ("text", "number", "is_address"),
    [
        ("The port is 5432", "5432", False),
        ("the ZIP code is 394 13", "394 13", True),
        ("the postcode is LS1 4AB", "LS1 4AB", True),
        ("The ZIP file is 1048576 bytes", "1048576", False),
        ("The ZIP file has 10485 bytes", "10485", False),
        ("a ZIP of 12-3456-78", "12-3456-78", False),
        ("Route 66 is closed", "66", False),
        ("the ZIP code is 5432", "5432", True),
        ("Flat on Elm 66", "66", True),
    ],
)
def test_a_number_alone_is_no_address(text: str, number: str, is_address: bool) -> None:
    place = [(word, "STREET_ADDRESS", 0.95) for word in text.split() if word in {"Route", "Elm"}]
    assert bool(found(text, *place, (number, "STREET_ADDRESS", 0.95))) is is_address


def test_a_city_alone_is_a_location() -> None:
    assert found("We met in Oslo", ("Oslo", "LOCATION", 0.9)) == [("LOCATION", "Oslo")]


def test_checked_spans_win_over_the_model() -> None:
    text = "it is 4111111111111111"
    assert found(text, ("4111111111111111", "GOVERNMENT_ID", 0.99)) == [("CREDIT_CARD", "4111111111111111")]


def test_words_before_a_number_give_its_kind() -> None:
    text = "my driver's license is D-2270-66"
    labels = [(part, "PHONE_NUMBER", 0.9) for part in ("2270", "66")]
    assert found(text, *labels) == [("DRIVERS_LICENSE", "2270-66")]


def test_an_announcement_reaches_no_further_than_its_own_number() -> None:
    text = "my ssn is 536-22-1234 and my dl is D1234567"
    assert found(text, ("D1234567", "DRIVERS_LICENSE", 0.9))[1:] == [("DRIVERS_LICENSE", "D1234567")]


@pytest.mark.parametrize("before", ["the order was sent, my", "part of it: the", "on page 3, the"])
def test_a_distant_thing_drops_no_identifier(before: str) -> None:
    assert found(f"{before} dl is D1234567", ("D1234567", "DRIVERS_LICENSE", 0.9)) == [("DRIVERS_LICENSE", "D1234567")]


@pytest.mark.parametrize("number", ["+1 000 000 0000", "345-899-3560"])
def test_a_number_that_nobody_can_have_is_not_checked(number: str) -> None:
    [span] = find_spans(f"call {number}", [], 0.5)
    assert (span.type, span.recognizer, span.score < 1) == ("PHONE_NUMBER", "context", True)
    assert find_spans(f"see {number}", [], 0.5) == []
    [seen] = find_spans(f"see {number}", words(f"see {number}", (number, "PHONE_NUMBER", 0.8)), 0.5)
    assert (seen.recognizer, seen.score) == ("model", 0.8)


@pytest.mark.parametrize(
    "text",
    ["order 7741882993", "build 22631.3007", "it is 503", "package 1ZE4F8120398", "ref. QX81220734", "at 0x00401A2F"],
)
def test_numbers_of_things_are_not_personal(text: str) -> None:
    assert found(text, (text.split()[-1], "TAX_ID", 0.99)) == []


@pytest.mark.parametrize(
    "text",
    [
        "patch CVE-2021-44228",
        "use the STM32H743ZIT6",
        "a SEL2470GM2",
        "15.Bd3 Qc7 16.Rac1",
        "19. exd5 20. Rac1",
    ],
)
def test_notices_parts_and_moves_are_not_personal(text: str) -> None:
    labels = [(word, "DRIVERS_LICENSE", 0.99) for word in re.findall(r"\w*\d\w*", text)]
    assert found(text, *labels) == []


@pytest.mark.parametrize(
    ("text", "number"), [("his licence MORGA657054SM9IJ", "MORGA657054SM9IJ"), ("passport C01X00T47", "C01X00T47")]
)
def test_documents_that_are_spoken_of_may_look_like_parts(text: str, number: str) -> None:
    assert [span for _, span in found(text, (number, "PASSPORT", 0.9))] == [number]


def test_moves_of_chess_are_no_address() -> None:
    text = "In the Sicilian 2. Nf3 d6"
    labels = [(word, "STREET_ADDRESS", 0.95) for word in ("Sicilian", "2", "Nf3", "d6")]
    assert found(text, *labels) == []


def test_a_full_name_vouches_for_a_surname_like_a_firms() -> None:
    text = "So Anna Siemens left. Then Siemens wrote"
    labels = [("Anna", "PERSON", 0.99), ("Siemens", "PERSON", 0.99), ("Siemens", "PERSON", 0.99)]
    assert found(text, *labels) == [("PERSON", "Anna Siemens"), ("PERSON", "Siemens")]
    assert found("Then Siemens wrote", ("Siemens", "PERSON", 0.99)) == []


def test_a_part_of_a_telephone_number_brings_the_whole() -> None:
    text = "office 416 60 039 and"
    assert found(text, ("60", "PHONE_NUMBER", 0.8)) == [("PHONE_NUMBER", "416 60 039")]


def test_capitals_count() -> None:
    assert found("I like the Castro novel", ("Castro", "PERSON", 0.1)) == [("PERSON", "Castro")]
    assert found("i like the castro novel", ("castro", "PERSON", 0.1)) == []
    assert found("i like castro", ("castro", "PERSON", 0.6)) == [("PERSON", "castro")]
    assert found("She likes sand", ("sand", "PERSON", 0.6)) == []


def test_lower_case_beside_a_capitalised_name_is_none() -> None:
    text = "so Ada Jones flew home"
    labels = [("Ada", "PERSON", 0.9), ("Jones", "PERSON", 0.9), ("flew", "PERSON", 0.999)]
    assert found(text, *labels) == [("PERSON", "Ada Jones")]


def test_things_that_are_called_like_people_are_not_personal() -> None:
    assert found("Neptune was found in 1846", ("Neptune", "PERSON", 0.97)) == []
    assert found("Ask Neptune Jones", ("Neptune", "PERSON", 0.9), ("Jones", "PERSON", 0.9)) == [
        ("PERSON", "Neptune Jones")
    ]


def test_a_name_is_found_again() -> None:
    text = "Hello, Ada Lovelace. What Lovelace wrote"
    labels = ("Ada", "PERSON", 0.9), ("Lovelace", "PERSON", 0.9)
    assert found(text, *labels) == [("PERSON", "Ada Lovelace"), ("PERSON", "Lovelace")]


@pytest.mark.parametrize(("text", "name"), [("Ask Dr. Wells.", "Wells"), ("ask mrs o'brien", "o'brien")])
def test_a_title_announces_a_name(text: str, name: str) -> None:
    assert found(text) == [("PERSON", name)]


def test_threshold() -> None:
    text, label = "hi ada", ("ada", "PERSON", 0.6)
    assert found(text, label, threshold=0.6) == [("PERSON", "ada")]
    assert found(text, label, threshold=0.61) == []


def test_every_entity_of_the_model_has_a_name() -> None:
    assert set(MODEL_ENTITIES.values()) <= set(ENTITIES)


def test_a_name_is_repeated_by_a_whole_word_only() -> None:
    text = "0Ada, Ada1 and Ada, then Ada"
    named = Span(text.rindex("Ada"), len(text), "PERSON", 1.0, "model")
    assert [span.start for span in find_spans(text, [named])] == [text.index("Ada,", 6), named.start]


@given(text=TEXTS, data=st.data(), threshold=st.floats(0.05, 1))
def test_spans_are_exact(text: str, data: st.DataObject, threshold: float) -> None:
    """Whatever the model says: sorted, disjoint, inside the text, of whole words, at least as sure as asked for."""
    entity, score = st.sampled_from(sorted(set(MODEL_ENTITIES.values()))), st.floats(LEAST_SCORE, 1)
    tagged = [
        Span(match.start(), match.end(), data.draw(entity), data.draw(score), "model")
        for match in re.finditer(r"\w+", text)
        if data.draw(st.booleans())
    ]
    spans = find_spans(text, tagged, threshold)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(threshold <= span.score <= 1 and span.type in ENTITIES for span in spans)
    assert not any(re.compile(r"\B(?<=\w)(?=\w)").match(text, edge) for edge in edges)
