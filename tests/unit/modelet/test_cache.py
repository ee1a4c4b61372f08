"""The cache: bounded by bytes, least recently used first, keys that cannot be confused."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from modelet.cache import LruCache


def test_the_least_recently_used_goes_first() -> None:
    cache: LruCache[str] = LruCache(30)
    for key in (b"a", b"b", b"c"):
        cache.put(key, key.decode(), 10)
    assert cache.get(b"a") == "a"
    cache.put(b"d", "d", 10)
    assert [cache.get(key) for key in (b"a", b"b", b"c", b"d")] == ["a", None, "c", "d"]


def test_a_large_value_pushes_out_several() -> None:
    cache: LruCache[int] = LruCache(30)
    for index, key in enumerate((b"a", b"b", b"c")):
        cache.put(key, index, 10)
    cache.put(b"d", 3, 25)
    assert [cache.get(key) for key in (b"a", b"b", b"c", b"d")] == [None, None, None, 3]


def test_a_value_put_again_is_counted_once() -> None:
    cache: LruCache[int] = LruCache(20)
    cache.put(b"other", 0, 10)
    for value in range(5):
        cache.put(b"same", value, 10)
    assert (cache.get(b"same"), cache.get(b"other")) == (4, 0)


@pytest.mark.parametrize(("capacity", "size"), [(10, 11), (0, 1)])
def test_what_does_not_fit_is_not_kept(capacity: int, size: int) -> None:
    cache: LruCache[str] = LruCache(capacity)
    cache.put(b"a", "a", size)
    assert cache.get(b"a") is None


def test_threads_never_see_a_wrong_value_or_break_the_bound() -> None:
    cache: LruCache[int] = LruCache(50)

    def work(seed: int) -> bool:
        right = True
        for step in range(2000):
            number = (seed * 31 + step * 17) % 20
            found = cache.get(number.to_bytes(1, "big"))
            right = right and found in (None, number)
            cache.put(number.to_bytes(1, "big"), number, 10)
        return right

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert sum(cache.get(number.to_bytes(1, "big")) is not None for number in range(20)) == 5


def test_keys_depend_on_every_part_and_where_it_ends() -> None:
    cache: LruCache[str] = LruCache(0)
    parts = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"", b"abc"), (b"ab", b"d")]
    assert len({cache.key(*one) for one in parts}) == len(parts)
    assert cache.key(b"ab", b"c") == cache.key(b"ab", b"c")
    assert b"ab" not in cache.key(b"ab", b"c")


def test_a_cleared_cache_has_other_keys_and_its_whole_capacity() -> None:
    cache: LruCache[str] = LruCache(10)
    key = cache.key(b"a")
    cache.put(key, "a", 10)
    cache.clear()
    assert cache.get(key) is None
    assert cache.key(b"a") != key
    cache.put(key, "a", 10)
    assert cache.get(key) == "a"
