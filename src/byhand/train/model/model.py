"""A model: a sheet's network as formulas over a batch of any number of samples, with the part that every quantity plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from byhand.derive import Derivation, derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, contract, named, var
from byhand.lang.functions import total
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.walk import postorder
from byhand.run.arrays import Array
from byhand.train.model.lift import lifted
from byhand.train.model.names import free_name
from byhand.train.model.output import samples_first
from byhand.train.model.parts import Parts, parted
from byhand.train.model.prediction import Chances, Labels, chances
from byhand.train.model.sample import of_one_sample, of_sample, places

WEIGHT = "sample_weight"


@dataclass(frozen=True)
class Model:
    """A network that can be trained. ``batch`` is the size letter of the samples; what depends on the data has an axis of that size.

    ``inputs`` and ``target`` are the data, ``parameters`` what is learned, ``given`` the other numbers that the formulas speak of, ``initial`` the
    numbers that the sheet gives to parameters, ``data`` the samples that it gives. ``loss`` is the scalar that is lowered, ``output`` what is compared
    with the target, and ``prediction`` the mean of the target that it stands for: probabilities of the classes, or the output itself.
    ``classes``: how many classes there are, ``None`` for quantities; a class stands in the target as ``labels`` says (``one_hot``, ``zero_one`` or
    ``signs``). ``sizes``: the size letters that the sheet gives numbers to. ``lines``: where on the sheet each quantity has its meaning.
    ``remarks``: what was decided, each a sentence.
    """

    title: str
    text: str
    inputs: tuple[Var, ...]
    target: Var | None
    parameters: tuple[Var, ...]
    given: Mapping[str, Array]
    initial: Mapping[str, Array]
    data: Mapping[str, Array]
    batch: str
    loss: Named
    output: Named
    prediction: Expr
    classes: int | None
    labels: Labels | None
    sizes: Mapping[str, int]
    lines: Mapping[str, int]
    remarks: tuple[str, ...]
    weights: Var | None = None
    known_parts: Parts | None = field(default=None, repr=False)

    @cached_property
    def derivation(self) -> Derivation:
        """The gradients of the loss by every parameter, as formulas with their steps."""
        found = derive(self.loss, self.parameters, taken=self._taken())
        missing = next((node.name for node in self.parameters if node.name not in found.gradients), None)
        if missing is not None:
            raise ByhandError(f"cannot learn {missing}: {self.loss.name} does not depend on it.")
        return found

    @property
    def variables(self) -> tuple[Var, ...]:
        """Everything that the formulas need numbers for: data, parameters and the rest."""
        below = postorder(self.loss, self.prediction, self.output)
        return tuple(dict.fromkeys(node for node in below if isinstance(node, Var)))

    @property
    def samples(self) -> Size:
        """The size of a batch, as a letter."""
        return size(Poly.letter(self.batch))

    @property
    def samples_of(self) -> tuple[Var, ...]:
        """The data: the inputs, and the target if there is one."""
        return (*self.inputs, *((self.target,) if self.target is not None else ()))

    @cached_property
    def chances(self) -> Chances | None:
        """How the probabilities of classes stand in what is predicted; ``None`` where it has none."""
        return chances(self.prediction, self.labels)

    def _taken(self) -> set[str]:
        return {node.name for node in self.variables} | set(self.lines)

    # ------------------------------------------------------------------------------------ sample by sample

    @cached_property
    def _sample(self) -> Mapping[Var, Expr]:
        """For every kind of data its variable at one sample, and the data with the axis of samples in front."""
        return {of_sample(node, self.batch): samples_first(node, self.batch) for node in self.samples_of if places(node.shape, self.batch)}

    @cached_property
    def parts(self) -> Parts:
        """The loss as a factor times the sum of the samples' own losses, and penalties; ``ByhandError`` where samples depend on each other."""
        return self.known_parts or parted(self.loss, self._sample, self.batch)

    @cached_property
    def losses(self) -> Named | None:
        """Each sample's own loss, shape (samples,), where the loss is a factor times their sum (and penalties); ``None`` where samples are coupled."""
        try:
            return self.parts.losses
        except ByhandError:
            return None

    def weighted(self) -> Model:
        """The same model with an input ``sample_weight`` of shape (samples,).

        Where the loss is a mean over the samples it becomes the weighted mean Σ wᵢ lᵢ / Σ wᵢ, where it is a sum Σ wᵢ lᵢ, as in scikit-learn; penalties
        stay as they are. Raises ``ByhandError`` where the samples' losses cannot be told apart.
        """
        if self.weights is not None:
            return self
        parts = self.parts
        weights = var(free_name(WEIGHT, self._taken()), (self.samples,), ("nonnegative",))
        whole = contract("i,i->", weights, parts.losses)
        is_mean = parts.factor == Poly.letter(self.batch).inverse()
        share = whole / total(weights) if is_mean else whole
        loss = named(self.loss.name, share if parts.rest is None else share + parts.rest)
        kind = "the weighted mean of" if is_mean else "the weighted sum of"
        remark = f"With {weights.name} the loss is {kind} the samples' losses."
        return replace(self, loss=loss, weights=weights, known_parts=parts, remarks=(*self.remarks, remark))

    def per_example(self) -> dict[str, Expr]:
        """For every parameter the gradients of each sample's own loss, the axis of samples in front: shape (samples, \\*shape of the parameter).

        They are the gradients of the formulas of one sample, told for every sample of the batch; penalties are left out. Raises
        ``ByhandError`` where the samples of a batch depend on each other.
        """
        losses = self.parts.losses
        (one,) = of_one_sample((losses.body,), self.batch)
        alone = named(losses.name, one)
        gradients = derive(alone, self.parameters, taken=self._taken()).gradients
        kept = [node for node in self.parameters if node.name in gradients]
        told = lifted(tuple(gradients[node.name].body for node in kept), self._sample, self.samples)
        return {node.name: gradient for node, gradient in zip(kept, told)}
