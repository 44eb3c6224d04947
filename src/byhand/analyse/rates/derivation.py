"""The derivation a teacher writes: update, error, eigenvectors, the condition on one factor, the interval."""

from __future__ import annotations

from byhand.analyse.rates import letters as w
from byhand.analyse.rates.analysis import Rates
from byhand.analyse.rates.letters import Letters
from byhand.lang.names import Grad
from byhand.show.document import Line, StepLine
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
        return Function("H", (letters.star,)) if found.local else w.HESSIAN
    if found.numbers is not None and (found.formula is None or found.local):
        return letters.number(found.numbers.eigenvalues.high)
    return letters.formula(found.formula.most) if found.formula is not None else w.HESSIAN


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


def _linear(found: Rates, letters: Letters, slope: Tree, curvature: Tree) -> StepLine:
    """The gradient in terms of the error."""
    star = _star(letters)
    if found.local:
        because = f"the gradient is zero at {star}, so near it the Taylor expansion begins with the Hessian there"
    elif found.second.proved:
        because = f"{found.second.f.name} is quadratic, as the prover finds: its gradient is linear in the error, and zero at {star}"
    else:
        free = f"the Hessian does not depend on {w.said(letters.x)}"
        because = f"{free}, so {found.second.f.name} is quadratic: its gradient is linear in the error, and zero at {star}"
    right = _times(found, curvature, w.minus(letters.at(letters.x), letters.star))
    line = Line((slope, right, _times(found, curvature, letters.e())), signs=("≈", "=") if found.local else ("=", "="))
    return StepLine("the gradient", because, line)


def _conclusion(found: Rates, letters: Letters) -> tuple[StepLine, ...]:
    if _is_scalar(found):
        return _of_one_factor(found, letters)
    eta, error = letters.eta, Sym(letters.error)
    factor = w.minus(w.ONE, w.times(eta, w.LAMBDA_I))
    component = Line((Entry(error, (f"{letters.step}+1,i",)), w.times(factor, Entry(error, (f"{letters.step},i",)))))
    condition = Line((w.absolute(factor), w.ONE, w.ZERO, eta, w.over(w.whole(2), w.LAMBDA_I)), signs=("<", "⇔", "<", "<"))
    basis = "H is symmetric, so it has an orthonormal basis of eigenvectors; along the i-th of them the error is multiplied by its own factor"
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
    eta, x, e = letters.eta, letters.x, letters.e
    beta = w.momentum(found.setting.method, letters)
    nesterov = found.setting.method.nesterov
    slope, curvature = _gradient(found, letters), curvature_of(found, letters)
    push = w.times(beta, w.minus(letters.at(x), letters.at(x, -1)))
    lam: Tree = curvature if _is_scalar(found) else w.LAMBDA_I
    rest = w.minus(w.ONE, w.times(eta, lam))
    if nesterov:
        y = Sym("y" if w.said(x) != "y" else "z")
        ahead = Line((letters.at(y), w.plus(letters.at(x), push)))
        update = (
            StepLine("momentum", f"Nesterov's method first goes on as before{_together(found, letters)}", ahead),
            StepLine(
                "gradient descent",
                f"and takes its gradient there, at {w.said(letters.at(y))}",
                Line((letters.at(x, 1), w.minus(letters.at(y), w.times(eta, slope)))),
            ),
        )
        p, q = w.times(rest, w.plus(w.ONE, beta)), w.times(rest, beta)
    else:
        line = Line((letters.at(x, 1), Sum(((False, letters.at(x)), (True, w.times(eta, slope)), (False, push)))))
        goes = f"each step goes against the gradient at {w.said(letters.at(x))}, and on in the direction of the last step{_together(found, letters)}"
        update = (StepLine("heavy ball", goes, line),)
        p, q = Sum(((False, w.ONE), (False, beta), (True, w.times(eta, lam)))), beta
    error = Line((e(1), w.minus(w.times(p, e()), w.times(q, e(-1)))))
    z = Sym("z" if w.said(x) != "z" else "r")
    roots = Line((Sum(((False, Power(z, w.whole(2))), (True, w.times(p, z)), (False, q))), w.ZERO))
    what = "the error" if _is_scalar(found) else "eigenvectors"
    because = "subtract the minimum on both sides" if _is_scalar(found) else "H is symmetric: along its i-th eigenvector the error obeys"
    return (
        *update,
        _linear(found, letters, slope, curvature),
        StepLine(what, because, error),
        StepLine("characteristic equation", "errors zⁿ solve it".replace("z", w.said(z)).replace("ⁿ", f"^{letters.step}"), roots),
        _jury(nesterov, beta, eta, lam, p, q),
    )


def _jury(nesterov: bool, beta: Tree, eta: Tree, lam: Tree, p: Tree, q: Tree) -> StepLine:
    two = w.whole(2)
    top: Tree = w.times(two, w.plus(w.ONE, beta))
    high = w.over(top, w.plus(w.ONE, w.times(two, beta))) if nesterov else top
    line = Line((w.absolute(p), w.plus(w.ONE, q), w.ZERO, w.times(eta, lam), high), signs=("<", "⇔", "<", "<"))
    constant = "the product of the roots is below 1 in size as well" if nesterov else "the product of the roots is β, below 1"
    return StepLine("convergence", f"both roots lie inside the unit circle exactly if (Jury's conditions; {constant})", line)
