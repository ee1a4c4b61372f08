"""Local emulation of what surrounds a function on AWS: its template, its events, its runtime, its HTTP API."""
