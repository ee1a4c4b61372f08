"""Answers kept in memory, bounded by bytes, under keys that tell nothing."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["LruCache"]

V = TypeVar("V")


class LruCache(Generic[V]):
    """Least recently used values go first when `capacity` bytes are exceeded. Thread-safe."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[bytes, tuple[V, int]] = OrderedDict()
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget every value, and the secret under which `key` makes keys."""
        with self._lock:
            self._entries.clear()
            self._used = 0
            # Of this environment alone: a key seen in a memory dump cannot be matched with a guessed text elsewhere.
            self._secret = secrets.token_bytes(32)

    def key(self, *parts: bytes) -> bytes:
        """HMAC-SHA256 of (bundle digest, task parameters, text), each part framed by its length."""
        mac = hmac.new(self._secret, digestmod=hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(8, "big") + part)
        return mac.digest()

    def get(self, key: bytes) -> V | None:
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: bytes, value: V, size: int) -> None:
        """Keep `value`, which takes `size` bytes; one larger than the capacity is not kept."""
        if size > self._capacity:
            return
        with self._lock:
            self._used -= self._entries.pop(key, (value, 0))[1]
            self._entries[key] = (value, size)
            self._used += size
            while self._used > self._capacity:
                self._used -= self._entries.popitem(last=False)[1][1]
