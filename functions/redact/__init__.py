"""Masking of personal data: a token classifier joined with recognisers that prove what they find."""
