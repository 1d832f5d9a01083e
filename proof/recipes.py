"""Which workbook is made of a number: a seed, and a few changes of it, each with a number of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

import xml_mutations
import zip_mutations
from packages import Package
from workbook_seeds import make_seed, seed_names

Change = Callable[[Package, Random], None]

_XML: Final[dict[str, tuple[Change, int]]] = {
    **{
        name: (partial(xml_mutations.change_xml, change=change), weight)
        for name, (change, weight) in xml_mutations.CHANGES.items()
    },
    "flip bytes of part": (xml_mutations.flip_bytes, 5),
    "store otherwise": (xml_mutations.store_otherwise, 3),
}
_ALL: Final = {**_XML, **zip_mutations.CHANGES}
_SHARE_OF_XML: Final = 0.68


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one workbook. ``steps`` are names of changes, each with the number that its choices come from."""

    seed: str
    steps: tuple[tuple[str, int], ...]

    @property
    def is_large(self) -> bool:
        """Whether the workbook holds very much of something."""
        return any(name in ("swell", "inflate") for name, _ in self.steps)

    def make(self) -> bytes:
        """Make the workbook."""
        package = make_seed(self.seed)
        for name, number in self.steps:
            change, _ = _ALL[name]
            change(package, Random(number))
        return package.write()

    def shorter(self) -> Iterator[Recipe]:
        """Give the recipes that have one step less."""
        for place in range(len(self.steps)):
            yield replace(self, steps=self.steps[:place] + self.steps[place + 1 :])

    def __str__(self) -> str:
        return f"{self.seed}: {', '.join(f'{name} ({number})' for name, number in self.steps) or 'as it is'}"


def make_recipe(seed: int, number: int) -> Recipe:
    """Choose the seed and the changes of workbook ``number``; the same for the same numbers, whatever came before."""
    random = Random(f"{seed}:{number}")
    names = list(_choose(random))
    # Parts are changed before they are stored, and the file at last.
    names.sort(key=lambda name: name not in _XML)
    return Recipe(random.choice(seed_names()), tuple((name, random.getrandbits(32)) for name in names))


def _choose(random: Random) -> Iterator[str]:
    for _ in range(random.choices((1, 2, 3, 5), (9, 5, 2, 1))[0]):
        changes = _XML if random.random() < _SHARE_OF_XML else zip_mutations.CHANGES
        yield random.choices(list(changes), [weight for _, weight in changes.values()])[0]


def minimise(recipe: Recipe, is_found: Callable[[Recipe], bool]) -> Recipe:
    """Leave out steps for as long as what was found is found still."""
    while (shorter := next(filter(is_found, recipe.shorter()), None)) is not None:
        recipe = shorter
    return recipe
