"""Working through a sheet from top to bottom, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Expr, Named, Var, describe, named, var
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.read import Asked as AskedFor
from byhand.read import Assigned, Declared, Statement, Task, parse_statements
from byhand.read import elaborate as elaborated
from byhand.run import Kink, Value
from byhand.sheets import solution as s
from byhand.sheets.source import Code, Source, part_label
from byhand.sheets.workspace import Workspace
