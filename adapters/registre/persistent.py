"""A mapping that never changes: adding to it makes another, at the cost of what was added."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar, overload

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

_BITS: Final = 5
_BRANCHES: Final = 1 << _BITS
_LEAF: Final = 64
"""Entries of a leaf before it is split: a dict of that size is copied in about a microsecond."""
_SPENT: Final = 60
"""Bits of a hash after which no leaf is split: equal hashes would split it for ever."""

_Node = dict[Any, Any] | tuple[Any, ...]


class PersistentMap(Mapping[K, V], Generic[K, V]):
    """A tree of small dicts by the bits of their keys' hashes; a mapping and the next share all but one branch.

    With one dict, every change would copy the fifty thousand mandates that it does not touch.
    """

    __slots__ = ("_root", "_size")

    def __init__(self, root: _Node | None = None, size: int = 0) -> None:
        self._root: _Node = {} if root is None else root
        self._size = size

    def put(self, key: K, value: V) -> "PersistentMap[K, V]":
        """This mapping, but for that key."""
        return PersistentMap(_put(self._root, hash(key), 0, key, value), self._size + (key not in self))

    def __getitem__(self, key: K) -> V:
        node, rest = self._root, hash(key)
        while isinstance(node, tuple):
            node, rest = node[rest % _BRANCHES], rest >> _BITS
        value: V = node[key]
        return value

    @overload
    def get(self, key: K, default: None = None) -> V | None: ...
    @overload
    def get(self, key: K, default: V | T) -> V | T: ...
    def get(self, key: K, default: Any = None) -> Any:
        """As a mapping has it, but that what is not there raises nothing on the way: most of what is asked is not."""
        node, rest = self._root, hash(key)
        while isinstance(node, tuple):
            node, rest = node[rest % _BRANCHES], rest >> _BITS
        return node.get(key, default)

    def __iter__(self) -> Iterator[K]:
        return _keys(self._root)

    def __len__(self) -> int:
        return self._size


def _put(node: _Node, rest: int, depth: int, key: Hashable, value: object) -> _Node:
    """``rest``: the bits of the key's hash that no branch above has used; ``depth``: how many these have."""
    if isinstance(node, dict):
        if len(node) < _LEAF or key in node or depth >= _SPENT:
            return {**node, key: value}
        node = _split(node, depth)
    rank = rest % _BRANCHES
    branch = _put(node[rank], rest >> _BITS, depth + _BITS, key, value)
    return (*node[:rank], branch, *node[rank + 1 :])


def _split(leaf: dict[Any, Any], depth: int) -> tuple[_Node, ...]:
    branches: tuple[dict[Any, Any], ...] = tuple({} for _ in range(_BRANCHES))
    for key, value in leaf.items():
        branches[(hash(key) >> depth) % _BRANCHES][key] = value
    return branches


def _keys(node: _Node) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node
    else:
        for branch in node:
            yield from _keys(branch)
