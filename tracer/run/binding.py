"""One equation to the names, index letters and sizes of a network: letters are tied to axes, axes to extents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tracer.calculus.chain_rule import linear
from tracer.calculus.equation import Equation, lifted, renamed
from tracer.calculus.expression import Index, Ref, Size, Sum, fresh_name, names, walk
from tracer.calculus.expression_text import to_text
from tracer.calculus.matrix_product import plain_indices
from tracer.errors import TracerError, suggest


class Binding:
    """What is known of a network while it is put together: `axes` and `shapes` of every value, `extents` of every axis.
    `sizes` are those a problem file states."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes
        self.extents: dict[str, int] = {}
        self.axes: dict[str, tuple[Index, ...]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def fresh_axis(self, letter: str, size: int) -> Index:
        name = letter
        while name in self.extents and self.extents[name] != size:
            name += "2"
        self.extents[name] = size
        return Index(name, name)

    def bind(self, item: Equation, spelt: Mapping[str, str], new_axis: Callable[[str], str], where: str) -> Equation:
        """The equation under the network's names, its letters tied to axes whose extents are known."""
        left = spelt.get(item.left.name, item.left.name)
        for slope in item.textbook:
            if unknown := sorted(names(slope.form) - names(item.right) - {item.left.name}):
                found = f"the slope by '{slope.by}' reads '{unknown[0]}', which is not in the equation."
                raise TracerError("T204", where, found, suggest(unknown[0], [item.left.name, *names(item.right)]))
        if item.scalar_form:
            made = renamed(item, dict(spelt), {})
            ranked = [self.axes_of(name) for name in names(made.right)]
            indices = max(ranked, key=len, default=())
            self.check_extents(made, where)
            own = {name: self.axes_of(name) for name in names(made.right)}
            if any(set(axes) - set(indices) for axes in own.values()):
                shapes = ", ".join(f"{name} {self.shapes[name]}" for name in sorted(own) if own[name])
                expected = "Expected values of one shape (and single numbers)."
                remedy = "Write the indices, as in f[i,j] = x[i]*y[j]."
                raise TracerError("T104", where, f"the shapes differ: {shapes}.", expected, remedy)
            made = lifted(made, own, indices)
        else:
            made = renamed(item, dict(spelt), self.letters(item, spelt, new_axis, where))
        self.axes[left] = tuple(index for index in made.left.indices if isinstance(index, Index))
        self.shapes[left] = tuple(self.extents[index.axis] for index in self.axes[left])
        return made

    def axes_of(self, name: str) -> tuple[Index, ...]:
        if name not in self.axes:
            self.axes[name] = tuple(
                self.fresh_axis(letter, size) for letter, size in zip("ijkl", self.shapes[name], strict=False)
            )
        return self.axes[name]

    def letters(
        self, item: Equation, spelt: Mapping[str, str], new_axis: Callable[[str], str], where: str
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        reads = [part for part in walk(item.right) if isinstance(part, Ref)]
        known = [part for part in reads if spelt.get(part.name, part.name) in self.axes]
        for part in [*known, *(part for part in reads if part not in known)]:
            name = spelt.get(part.name, part.name)
            shape = self.shapes[name]
            if not part.indices and not shape:
                continue
            if len(part.indices) != len(shape):
                count = "1 index" if len(part.indices) == 1 else f"{len(part.indices)} indices"
                found_here = f"{to_text(part)} has {count}, but {part.name} has shape {shape}."
                expected = f"Expected {len(shape)} of them." if shape else f"Expected {part.name} alone."
                raise TracerError("T202", where, found_here, expected)
            old = self.axes.get(name)
            made: list[Index] = []
            plain = plain_indices(part)
            for place, (index, size) in enumerate(zip(part.indices, shape, strict=True)):
                if isinstance(index, Index) and index.axis not in found:
                    axis = old[place].axis if old else new_axis(index.axis)
                    if self.extents.get(axis, size) != size:
                        axis = self.fresh_axis(index.axis, size).axis
                    found[index.axis] = axis
                    self.extents[axis] = size
                elif isinstance(index, Index) and self.extents[found[index.axis]] != size:
                    runs = f"index {index.axis} runs from 1 to {self.extents[found[index.axis]]}"
                    found_here = f"{runs}, but axis {place + 1} of {part.name} has {size} places."
                    expected = "Expected the same size wherever a letter stands."
                    raise TracerError("T104", where, found_here, expected)
                if plain and isinstance(index, Index):
                    made.append(Index(found[index.axis], found[index.axis]))
            if old is None and plain:
                self.axes[name] = _told_apart(made)
        for node in walk(item.right):
            for index in node.indices if isinstance(node, Sum) else ():
                if index.axis not in found:
                    found[index.axis] = self.infer(item, index.axis, found, spelt, new_axis, where)
        for letter in item.left.indices:
            assert isinstance(letter, Index)
            if letter.axis not in found:
                found[letter.axis] = self.infer(item, letter.axis, found, spelt, new_axis, where)
        self.check_extents(item, where, found)
        return found

    def check_extents(self, item: Equation, where: str, found: Mapping[str, str] = MappingProxyType({})) -> None:
        """Refuse size(q) of an index that is neither in the equation nor anywhere before it."""
        for node in walk(item.right):
            if isinstance(node, Size) and node.axis not in found and node.axis not in self.extents:
                known = ", ".join(sorted({*found} | {"n"} & {*self.extents}))
                text = f"size({node.axis}): there is no index '{node.axis}' here."
                raise TracerError("T202", where, text, f"Known: {known}." if known else "No index is known here.")

    def infer(
        self,
        item: Equation,
        letter: str,
        found: dict[str, str],
        spelt: Mapping[str, str],
        new_axis: Callable[[str], str],
        where: str,
    ) -> str:
        """The axis of a letter that only stands inside sums such as x[t+k-1]: as far as all reads stay in range."""
        size = self.sizes.get(letter)
        if size is None and not item.padded:
            for part in walk(item.right):
                if not isinstance(part, Ref):
                    continue
                for index, extent in zip(part.indices, self.shapes[spelt.get(part.name, part.name)], strict=False):
                    affine = linear(index)
                    if affine is None or Index(letter, letter) not in affine[0]:
                        continue
                    factor = affine[0][Index(letter, letter)]
                    others = [(other, count) for other, count in affine[0].items() if other.axis != letter]
                    if factor < 1 or any(other.axis not in found for other, _ in others):
                        continue
                    reach = sum(
                        count * (self.extents[found[other.axis]] if count > 0 else 1) for other, count in others
                    )
                    fits = (extent - affine[1] - reach) // factor
                    size = fits if size is None else min(size, fits)
        if size is None:
            text = f"how far '{letter}' runs cannot be told from the equation."
            raise TracerError("T206", where, text, "", f"Say it in the problem file: sizes = {{ {letter} = 3 }}, say.")
        if size < 1:
            raise TracerError(
                "T104", where, f"the other sizes leave no room for index '{letter}'.", "Expected at least one place."
            )
        axis = new_axis(letter)
        if self.extents.get(axis, size) != size:
            axis = self.fresh_axis(letter, size).axis
        self.extents[axis] = size
        return axis


def _told_apart(indices: list[Index]) -> tuple[Index, ...]:
    """The same axes with different letters: two axes of one length (c[i,k] beside its transpose) are still two."""
    taken: set[str] = set()
    return tuple(Index(fresh_name(index.name, taken), index.axis) for index in indices)
