#!/usr/bin/env python3
"""Compares the attention with decay of samba-run with flash-linear-attention's Triton kernels on one GPU in one run.

    decay_vs_fla.py --samba-run PROGRAM --fla FOLDER [--rows FILE] [--bundle FILE]
    decay_vs_fla.py --print                                  the functions of core ops that are timed: decay.mlir

Forward and backward, in bf16, of gated linear attention (chunk_gla) and of retention (chunk_retention), hot, back to back
after a second of work. FOLDER is a checkout of flash-linear-attention. All of its kernels' configurations are tried before
anything is timed; other processes, one for each core, compile them first. Samba is timed before and after PyTorch.

FILE gets a line "what|asked|seen|yes or NO" for each bar of the table; without it they are printed.
"""

import os
import subprocess
import sys
import tempfile

import peers

HOT = dict(repeats=5, seconds=0.1)
B, T = 8, 4096
OPS = {"gla": (4, 192, 384), "retention": (6, 256, 512)}  # heads, keys, values of a head


def limit_tuning(share, shares):
    """Has each of Triton's autotuners try one in `shares` of its configurations, and time them briefly."""
    import triton
    from triton.runtime.autotuner import Autotuner
    whole = Autotuner.__init__

    def once(call, **_):
        call()
        return [0.0, 0.0, 0.0]

    def init(self, *args, **kwargs):
        whole(self, *args, **kwargs)
        self.configs = self.configs[share::shares] or self.configs[:1]
        self._do_bench = once if shares > 1 else (
            lambda call, quantiles: triton.testing.do_bench(call, warmup=4, rep=16, quantiles=quantiles))
    Autotuner.__init__ = init


def calls_of(name):
    """(the forward pass, the backward pass) of flash-linear-attention"""
    import torch
    heads, keys, values = OPS[name]

    def random(dim):
        return torch.randn((B, T, heads, dim), device="cuda", dtype=torch.bfloat16)

    q, k, v = random(keys).requires_grad_(), random(keys).requires_grad_(), random(values).requires_grad_()
    if name == "gla":
        from fla.ops.gla import chunk_gla
        g = (torch.nn.functional.logsigmoid(random(keys)) / 16).requires_grad_()
        operands, whole = (q, k, v, g), lambda: chunk_gla(q, k, v, g)[0]
    else:
        from fla.ops.retention import chunk_retention
        operands, whole = (q, k, v), lambda: chunk_retention(q, k, v)[0]
    o, d_o = whole(), random(values)

    def forward():
        with torch.no_grad():
            return whole()
    return forward, lambda: torch.autograd.grad(o, operands, d_o, retain_graph=True)


def compile_side_by_side(folder):
    """Leaves in Triton's cache what the autotuners will ask for."""
    shares = os.cpu_count() or 1
    others = [subprocess.Popen([sys.executable, __file__, "--fla", folder, "--share", f"{i}/{shares}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in range(shares)]
    for other in others:
        other.wait()  # one that failed has compiled less: the tuner will


def main():
    parser = peers.parser(__doc__)
    parser.add_argument("--fla")
    parser.add_argument("--share", help="I/N: compiles one in N of the configurations, and ends")
    options = parser.parse_args()
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "decay.mlir")
    with open(source) as file:
        text = file.read()
    if options.print:
        print(text)
        return
    if not options.fla:
        parser.error("--fla is missing")
    sys.path.insert(0, options.fla)
    if options.share:
        limit_tuning(*map(int, options.share.split("/")))
        for name in OPS:
            for call in calls_of(name):
                call()
        return
    if not options.samba_run:
        parser.error("--samba-run is missing")

    compile_side_by_side(options.fla)
    limit_tuning(0, 1)
    import torch
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or peers.compile(options.samba_run, text, folder)
        before = peers.time_samba(options.samba_run, bundle, **HOT)
        theirs = {}
        for name in OPS:
            for pass_, call in zip(("", "_backward"), calls_of(name)):
                theirs[name + pass_] = peers.time_torch(torch, call, warm=1, **HOT)
            torch.cuda.empty_cache()
        after = peers.time_samba(options.samba_run, bundle, **HOT)

    lines = []
    for name, (heads, keys, values) in OPS.items():
        for pass_ in ("", "_backward"):
            seconds = sum(timed[0][name + pass_]["seconds"] for timed in (before, after)) / 2
            ratio = theirs[name + pass_] / seconds
            title = f"{name} {'backward' if pass_ else 'forward'}, {heads} heads of {keys} x {values}, {B} x {T} tokens"
            lines.append(f"{title}|at least as fast as flash-linear-attention|{seconds * 1e3:.3f} ms, theirs "
                         f"{theirs[name + pass_] * 1e3:.3f}: {ratio:.2f}|{'yes' if ratio >= 1 else 'NO'}")
    peers.report(lines, before[1], options.rows)


if __name__ == "__main__":
    main()
