"""The derivation a teacher writes: update, error, eigenvectors, the condition on one factor, the interval."""

from __future__ import annotations

from dataclasses import replace

from byhand.analyse.rates import letters as w
from byhand.analyse.rates.analysis import Rates
from byhand.analyse.rates.letters import Letters
from byhand.lang.names import Grad
from byhand.show.document import Line, Sign, StepLine
from byhand.show.tree import Entry, Function, Power, Sum, Sym, Tree


def steps(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    """From the update to the interval."""
    return _plain(found, letters) if found.setting.method.kind == "plain" else _with_momentum(found, letters)


def _gradient(found: Rates, letters: Letters) -> Tree:
    """∂f/∂x, or ∇f of all unknowns together."""
    unknowns = found.setting.unknowns
    f = str(found.second.f.name)
    return Sym(Grad(f, unknowns[0].name)) if len(unknowns) == 1 else Sym(Grad(f, letters.x.name if isinstance(letters.x, Sym) else "theta"))  # type: ignore[arg-type]


def curvature_of(found: Rates, letters: Letters) -> Tree:
    """H, as the number or the formula it is where there is one unknown number."""
    if not _is_scalar(found):
        return Function(letters.letter, (letters.star,)) if found.local else letters.hessian
    if found.numbers is not None and (found.formula is None or found.local):
        return letters.number(found.numbers.eigenvalues.high)
    return letters.formula(found.formula.most) if found.formula is not None else letters.hessian


def _is_scalar(found: Rates) -> bool:
    unknowns = found.setting.unknowns
    return len(unknowns) == 1 and not unknowns[0].shape


def _times(found: Rates, left: Tree, right: Tree) -> Tree:
    return w.times(left, right) if _is_scalar(found) else w.applied(left, right)


def shrunk(found: Rates, letters: Letters, curvature: Tree) -> Tree:
    """1 − 10 η, or I − η H."""
    if _is_scalar(found):
        return w.minus(w.ONE, w.times(curvature, letters.eta))
    return w.minus(Sym("I"), w.times(letters.eta, curvature))


def _plain(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    eta, slope, curvature = letters.eta, _gradient(found, letters), curvature_of(found, letters)
    x, e = letters.x, letters.e
    middle = w.minus(e(), w.times(eta, _times(found, curvature, e())))
    if _is_scalar(found):
        middle = w.minus(e(), _times(found, w.times(curvature, eta), e()))
    error = Line((e(1), middle, _times(found, shrunk(found, letters, curvature), e())), signs=("≈", "=") if found.local else ("=", "="))
    update = Line((letters.at(x, 1), w.minus(letters.at(x), w.times(eta, slope))))
    return (
        StepLine("gradient descent", f"each step goes against the gradient at {w.said(letters.at(x))}{_together(found, letters)}", update),
        _linear(found, letters, slope, curvature),
        StepLine("the error", f"subtract {_star(letters)} on both sides", error),
        *_conclusion(found, letters),
    )


def _together(found: Rates, letters: Letters) -> str:
    """What θ is."""
    names = [x.name for x in found.setting.unknowns]
    return f"; {w.said(letters.x)} holds {', '.join(names[:-1])} and {names[-1]}, one below the other" if len(names) > 1 else ""


def _star(letters: Letters) -> str:
    return w.said(letters.star)


def _linear(found: Rates, letters: Letters, slope: Tree, curvature: Tree, at: Tree | None = None) -> StepLine:
    """The gradient in terms of the error, at x_n or at another point."""
    star, f = _star(letters), found.second.f.name
    if found.local:
        because = f"it is zero at {star}, so near it the Taylor expansion begins with the Hessian there"
    elif found.second.proved:
        because = f"{f} is quadratic, as the prover finds: its gradient is linear in the error, and zero at {star}"
    else:
        because = f"the Hessian does not depend on {w.said(letters.x)}, so {f} is quadratic: its gradient is linear in the error, and zero at {star}"
    links = (slope, _times(found, curvature, w.minus(at or letters.at(letters.x), letters.star)))
    sign: Sign = "≈" if found.local else "="
    if at is not None:
        return StepLine("the gradient", because, Line(links, signs=(sign,)))
    return StepLine("the gradient", because, Line((*links, _times(found, curvature, letters.e())), signs=(sign, "=")))


def _conclusion(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    if _is_scalar(found):
        return _of_one_factor(found, letters)
    eta, error = letters.eta, Sym(letters.error)
    factor = w.minus(w.ONE, w.times(eta, w.LAMBDA_I))
    component = Line((Entry(error, (f"{letters.step}+1,i",)), w.times(factor, Entry(error, (f"{letters.step},i",)))))
    condition = Line((w.absolute(factor), w.ONE, w.ZERO, eta, w.over(w.whole(2), w.LAMBDA_I)), signs=("<", "⇔", "<", "<"))
    basis = f"{letters.letter} is symmetric, so it has an orthonormal basis of eigenvectors; along the i-th of them the error is multiplied by its own factor"
    dies = "a component dies out, whatever it is at the start, exactly if its factor is less than 1 in size; the smallest of these bounds is that of λ_max"
    return StepLine("eigenvectors", basis, component), StepLine("convergence", dies, condition)


def _of_one_factor(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    """One unknown number: a geometric sequence."""
    value = curvature_of(found, letters)
    factor = shrunk(found, letters, value)
    power = Line((letters.e(), w.times(Power(factor, Sym(letters.step)), Entry(Sym(letters.error), ("0",)))), signs=("≈",) if found.local else ())
    inside = (w.absolute(factor), w.ONE, w.ZERO, w.times(value, letters.eta), w.whole(2))
    end = Line((*inside, w.ZERO, letters.eta, w.over(w.whole(2), value)), signs=("<", "⇔", "<", "<", "⇔", "<", "<"))
    return (
        StepLine(f"after {letters.step} steps", "each step multiplies by the same factor", power),
        StepLine("convergence", "the error dies out, whatever it is at the start, exactly if the factor is less than 1 in size", end),
    )


# ------------------------------------------------------------------------------------------------ with momentum


def _with_momentum(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    """A recursion of second order for each eigenvector, and Jury's conditions for its roots."""
    scalar = _is_scalar(found)
    beta = w.momentum(found.setting.method, letters)
    share = w.times(curvature_of(found, letters), letters.eta) if scalar else w.times(letters.eta, w.LAMBDA_I)
    rest = w.minus(w.ONE, share)
    if found.setting.method.nesterov:
        p, q = w.times(rest, w.plus(w.ONE, beta)), w.times(rest, beta)
    else:
        p, q = Sum(((False, w.ONE), (False, beta), (True, share))), beta
    error = Line((letters.e(1), w.minus(w.times(p, letters.e()), w.times(q, letters.e(-1)))), signs=("≈",) if found.local else ())
    z = Sym("z" if w.said(letters.x) != "z" else "r")
    roots = Line((w.ZERO, Sum(((False, Power(z, w.whole(2))), (True, w.times(p, z)), (False, q)))))
    because = "subtract the minimum on both sides" if scalar else f"{letters.letter} is symmetric: along its i-th eigenvector the error obeys"
    return (
        *_updates(found, letters, beta),
        StepLine("the error" if scalar else "eigenvectors", because, error),
        StepLine("characteristic equation", "the powers of its two roots solve the recursion, and so do their sums", roots),
        _jury(found.setting.method.nesterov, beta, share, p, q),
    )


def _updates(found: Rates, letters: Letters, beta: Tree) -> tuple[StepLine, ...]:
    """What one step does, and its gradient."""
    eta, x, slope, curvature = letters.eta, letters.x, _gradient(found, letters), curvature_of(found, letters)
    push = w.times(beta, w.minus(letters.at(x), letters.at(x, -1)))
    together = _together(found, letters)
    if not found.setting.method.nesterov:
        goes = f"each step goes against the gradient at {w.said(letters.at(x))}, and on in the direction of the last step{together}"
        line = Line((letters.at(x, 1), Sum(((False, letters.at(x)), (True, w.times(eta, slope)), (False, push)))))
        return StepLine("heavy ball", goes, line), _linear(found, letters, slope, curvature)
    ahead = replace(letters, x=Sym("y" if w.said(x) != "y" else "z"))
    then = Line((letters.at(x, 1), w.minus(ahead.at(ahead.x), w.times(eta, slope))))
    return (
        StepLine("momentum", f"Nesterov's method first goes on as before{together}", Line((ahead.at(ahead.x), w.plus(letters.at(x), push)))),
        StepLine("gradient descent", f"and takes its gradient there, at {w.said(ahead.at(ahead.x))}", then),
        _linear(found, letters, slope, curvature, ahead.at(ahead.x)),
    )


def _jury(nesterov: bool, beta: Tree, share: Tree, p: Tree, q: Tree) -> StepLine:
    two = w.whole(2)
    top: Tree = w.times(two, w.plus(w.ONE, beta))
    high = w.over(top, w.plus(w.ONE, w.times(two, beta))) if nesterov else top
    line = Line((w.absolute(p), w.plus(w.ONE, q), w.ZERO, share, high), signs=("<", "⇔", "<", "<"))
    constant = "the product of the roots is below 1 in size as well" if nesterov else "the product of the roots is β, below 1"
    return StepLine("convergence", f"both roots lie inside the unit circle exactly if (Jury's conditions; {constant})", line)
