"""Sums of products that are a product of two matrices, and reads of a value as a whole."""

from __future__ import annotations

from tracer.calculus.expression import Index, Mul, Ref, Sum

Axes = tuple[Index, ...]


def plain_indices(node: Ref) -> bool:
    """Whether a value is read at different letters, as a whole: w[i,j], not w[i,i], x[t+k] or w[ids[t],d]."""
    return all(isinstance(index, Index) for index in node.indices) and len(set(node.indices)) == len(node.indices)


def as_matrix_product(node: Sum, order: Axes) -> tuple[tuple[Ref, bool], tuple[Ref, bool], Axes] | None:
    """sum(s, A[..s..]*B[..s..]) as a product of two matrices: (A, transposed?), (B, transposed?), the axes left.

    None where it is not one: more factors, more sums, an index of A and B that is not summed over.
    """
    if len(node.indices) != 1 or not isinstance(node.body, Mul) or len(node.body.factors) != 2:
        return None
    first, second = node.body.factors
    if not (isinstance(first, Ref) and isinstance(second, Ref) and plain_indices(first) and plain_indices(second)):
        return None
    bound = node.indices[0]
    if any(bound not in part.indices or len(part.indices) > 2 for part in (first, second)):
        return None
    one = next((index for index in first.indices if index != bound), None)
    two = next((index for index in second.indices if index != bound), None)
    if one == two:
        return None  # a plain sum of products: einsum keeps it one call for any rank
    if one is not None and two is not None and order.index(one) > order.index(two):
        first, second, one, two = second, first, two, one
    left = (first, len(first.indices) == 2 and first.indices[0] == bound)
    right = (second, len(second.indices) == 2 and second.indices[1] == bound)
    return left, right, tuple(index for index in (one, two) if isinstance(index, Index))
