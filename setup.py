"""The C extension, where it can be built. Everything else about the package stands in pyproject.toml.

A compiler that is missing, fails or hangs costs the extension and nothing else: byhand then trains with NumPy.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

NATIVE = "src/byhand/compile/engines/native/"
KERNELS = "src/byhand/compile/kernels/"
X86 = platform.machine().lower() in ("x86_64", "amd64")
OWN_FLAGS = {
    "run_avx2.c": ["-mavx2", "-mfma"],
    "run_avx512.c": ["-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw"],
}
"""What single files are compiled with: which of them run is decided by the machine that runs them."""
PATIENCE = 120
"""Seconds for one file, of which the largest takes ten."""


class BuildNative(build_ext):
    """Compiles each file with its own flags, and gives up on a compiler that does not come back."""

    def build_extension(self, ext: Extension) -> None:
        if self.compiler.compiler_type == "msvc":
            raise CompileError("Microsoft's compiler has no vector extensions; byhand trains with NumPy here.")
        compile_one = self.compiler._compile

        def with_own_flags(obj: str, src: str, ext: str, cc_args: Any, extra_postargs: Any, pp_opts: Any) -> None:
            own = next((flags for name, flags in OWN_FLAGS.items() if src.endswith(name)), []) if X86 else []
            compile_one(obj, src, ext, cc_args, [*extra_postargs, *own], pp_opts)

        self.compiler._compile = with_own_flags
        self.compiler.spawn = _spawn
        super().build_extension(ext)


def _spawn(command: list[str], **_: Any) -> None:
    try:
        subprocess.run([str(word) for word in command], check=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as trouble:
        raise CompileError(f"{command[0]}: {trouble}") from None


setup(
    ext_modules=[
        Extension(
            "byhand.compile.engines._native",
            sources=[NATIVE + name for name in ("module.c", "epoch.c", "tape.c", "threads.c", "run_generic.c", "run_avx2.c", "run_avx512.c")],
            depends=[
                *(NATIVE + name for name in ("tape.h", "machine.h", "threads.h", "both.h", "pass.h", "run.h", "small.h")),
                *(KERNELS + name for name in ("kernels.h", "vector.h", "vector_avx512.h", "vector_avx2.h", "vector_plain.h")),
                *(KERNELS + name for name in ("functions.h", "fold.h", "tile.h", "product.h", "reduce.h")),
            ],
            extra_compile_args=["-std=c11", "-D_GNU_SOURCE", "-O3", "-fno-math-errno", "-fno-strict-aliasing", "-fvisibility=hidden"],
            extra_link_args=[] if sys.platform == "darwin" else ["-pthread", "-lm"],
            py_limited_api=True,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildNative},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
