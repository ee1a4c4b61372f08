"""The names an answer may carry, and how the model's finer types map to them."""

from typing import Final

__all__ = ["ADDRESS_PARTS", "DEFAULT_ENTITIES", "ENTITIES", "LEAST_DIGITS", "MODEL_ENTITIES"]

ENTITIES: Final[dict[str, str]] = {
    "PERSON": "given names and surnames, joined",
    "EMAIL_ADDRESS": "an e-mail address",
    "PHONE_NUMBER": "a telephone or fax number, with its extension",
    "STREET_ADDRESS": "building number, street, unit, city, state and postal code, joined",
    "LOCATION": "a city or a state outside an address; only when asked for",
    "CREDIT_CARD": "a payment card number",
    "IBAN": "an international bank account number",
    "BANK_ACCOUNT": "another bank account number",
    "ROUTING_NUMBER": "a bank's routing number",
    "US_SSN": "a United States social security number",
    "TAX_ID": "another tax number",
    "GOVERNMENT_ID": "a number of an identity document",
    "PASSPORT": "a passport number",
    "DRIVERS_LICENSE": "a driving licence number",
    "URL": "a web address or a domain name",
    "IP_ADDRESS": "an IPv4 or IPv6 address",
}
# A city alone identifies nobody, and nearly every text names one.
DEFAULT_ENTITIES: Final = frozenset(ENTITIES) - {"LOCATION"}

MODEL_ENTITIES: Final[dict[str, str]] = {
    "GIVEN_NAME": "PERSON",
    "SURNAME": "PERSON",
    "EMAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "URL": "URL",
    "TAX_ID": "TAX_ID",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "ROUTING_NUMBER": "ROUTING_NUMBER",
    "GOVERNMENT_ID": "GOVERNMENT_ID",
    "PASSPORT": "PASSPORT",
    "DRIVERS_LICENSE": "DRIVERS_LICENSE",
    "BUILDING_NUMBER": "STREET_ADDRESS",
    "STREET_NAME": "STREET_ADDRESS",
    "SECONDARY_ADDRESS": "STREET_ADDRESS",
    "ZIP_CODE": "STREET_ADDRESS",
    "CITY": "LOCATION",
    "STATE": "LOCATION",
}
ADDRESS_PARTS: Final = frozenset({"STREET_ADDRESS", "LOCATION"})
# Identifiers: the model tells one from other numbers well, but not one kind of identifier from another.
LEAST_DIGITS: Final[dict[str, int]] = {
    "PHONE_NUMBER": 7,
    "BANK_ACCOUNT": 6,
    "ROUTING_NUMBER": 6,
    "TAX_ID": 7,
    "GOVERNMENT_ID": 6,
    "PASSPORT": 6,
    "DRIVERS_LICENSE": 5,
}
