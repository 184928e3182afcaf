#!/usr/bin/env python3
"""Compares the matrix products of samba-run with cuBLAS, as PyTorch calls it, on one GPU in one run.

    gemm_vs_cublas.py --samba-run PROGRAM [--rows FILE] [--shapes MxNxK,...] [--bundle FILE]
    gemm_vs_cublas.py --print [--shapes MxNxK,...]    the functions of core ops that are timed

For y = x w^T, x [M, K], w [N, K] in bf16: the product, its two gradients dx = dy w and dw = dy^T x, and x w^T + r with
a float32 residual r, against cuBLAS and the separate kernel that adds. dw is float32 on both sides, as training adds
it up. Samba is timed before and after PyTorch, so that a GPU that grows hot treats both alike. Products of 1 and 16
rows with the weights of a block and the head are compared with the speed of a copy, which PyTorch measures too.

FILE gets a line "what|asked|seen|yes or NO" for each bar of the table; without it they are printed.
"""

import tempfile

import peers

SHAPES = "32768x6144x1536,32768x1536x3072,32768x8192x1536,32768x1536x4096,8192x8192x8192"
TIMING = dict(repeats=3, seconds=0.1)


class Function:
    """The text of a function of core ops, and what it is called in the table."""

    def __init__(self, name, title):
        self.name, self.title = name, title
        self.inputs, self.body, self.results = {}, [], []

    def input(self, name, shape, dtype="bf16"):
        self.inputs[name] = f"tensor<{'x'.join(map(str, shape))}x{dtype}>"
        return name

    def op(self, name, op, operands, shape, dtype, returned=True):
        result = f"tensor<{'x'.join(map(str, shape))}x{dtype}>"
        types = ", ".join(self.inputs[operand] for operand in operands)
        self.body.append(f"  %{name} = samba.{op} {', '.join('%' + o for o in operands)} : ({types}) -> {result}")
        if returned:
            self.results.append((name, result))
        else:
            self.inputs[name] = result  # only its type is asked for
        return name

    def text(self):
        made = {line.split()[0][1:] for line in self.body}
        arguments = ", ".join(f"%{name}: {type}" for name, type in self.inputs.items() if name not in made)
        names, types = zip(*self.results)
        return (f"func.func @{self.name}({arguments}) -> ({', '.join(types)}) {{\n" + "\n".join(self.body) +
                f"\n  return {', '.join('%' + name for name in names)} : {', '.join(types)}\n}}\n")


def products(m, n, k):
    """The forms of one shape: {form: Function}."""
    forms = {form: Function(f"{form}_{m}_{n}_{k}", f"{m} x {n} x {k}, {title}")
             for form, title in (("y", "forward"), ("dx", "gradient of x"), ("dw", "gradient of w"),
                                 ("fused", "forward and residual add"))}
    x, w, y = (1, m, k), (n, k), (1, m, n)
    f = forms["y"]
    f.op("y", "linear", [f.input("x", x), f.input("w", w)], y, "bf16")
    f = forms["dx"]
    f.op("dx", "linear_dx", [f.input("dy", y), f.input("w", w)], x, "bf16")
    f = forms["dw"]
    f.op("dw", "linear_dw", [f.input("x", x), f.input("dy", y)], w, "f32")
    f = forms["fused"]
    f.op("y", "linear", [f.input("x", x), f.input("w", w)], y, "bf16", returned=False)
    f.op("z", "add", [f.input("r", y, "f32"), "y"], y, "f32")
    return forms


def skinny(model, rows, d, inner, feed, vocabulary=32000):
    """All large products of a block of `model` and of its head, on a few rows."""
    function = Function(f"skinny_{model.replace('.', '_')}_{rows}", f"weights of samba-{model}, {rows} row{'s' * (rows > 1)}")
    layers = [("in", 2 * inner, d), ("out", d, inner)]
    for i in (0, 1):
        layers += [(f"up{i}", 2 * feed, d), (f"down{i}", d, feed)]
    layers += [(f"{name}_proj", d, d) for name in "qkvo"] + [("head", vocabulary, d)]
    for name, n, k in layers:
        x = f"x{k}"
        if x not in function.inputs:
            function.input(x, (rows, 1, k))
        function.op(f"y_{name}", "linear", [x, function.input(f"w_{name}", (n, k))], (rows, 1, n), "bf16")
    return function


def torch_products(torch, m, n, k):
    """Seconds of each form."""
    def random(*shape, dtype=torch.bfloat16):
        return torch.randn(shape, device="cuda", dtype=dtype)

    x, w, dy, r = random(m, k), random(n, k), random(m, n), random(m, n, dtype=torch.float32)
    calls = {"y": lambda: x @ w.t(), "dx": lambda: dy @ w,
             "dw": lambda: torch.mm(dy.t(), x, out_dtype=torch.float32), "fused": lambda: r + x @ w.t()}
    return {form: peers.time_torch(torch, call, **TIMING) for form, call in calls.items()}


def copy_bandwidth(torch):
    """Bytes read plus bytes written per second."""
    a = torch.empty(1 << 29, device="cuda", dtype=torch.uint8)
    b = torch.empty_like(a)
    return 2 * a.numel() / peers.time_torch(torch, lambda: b.copy_(a), **TIMING)


def main():
    parser = peers.parser(__doc__)
    parser.add_argument("--shapes", default=SHAPES)
    options = parser.parse_args()
    shapes = [tuple(map(int, shape.split("x"))) for shape in options.shapes.split(",")]
    forms = {shape: products(*shape) for shape in shapes}
    few = [skinny(model, rows, *widths)
           for model, *widths in (("421m", 1536, 3072, 4096), ("1.3b", 2304, 4608, 6144)) for rows in (1, 16)]
    functions = [function for shape in shapes for function in forms[shape].values()] + few
    text = "\n".join(function.text() for function in functions)
    if options.print:
        print(text)
        return
    if not options.samba_run:
        parser.error("--samba-run is missing")

    import torch
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or peers.compile(options.samba_run, text, folder)
        before, device = peers.time_samba(options.samba_run, bundle, **TIMING)
        cublas = {shape: torch_products(torch, *shape) for shape in shapes}
        copy = copy_bandwidth(torch)
        torch.cuda.empty_cache()
        after, _ = peers.time_samba(options.samba_run, bundle, **TIMING)
    ours = {name: (before[name]["seconds"] + after[name]["seconds"]) / 2 for name in before}

    lines = []
    for shape in shapes:
        for form, function in forms[shape].items():
            seconds, flops, peer = ours[function.name], before[function.name]["flops"], cublas[shape][form]
            bar = 1 if form == "fused" else 0.95
            asked = "faster than cuBLAS and a kernel that adds" if form == "fused" else "at least 0.95 of cuBLAS"
            lines.append(f"{function.title}|{asked}|{peer / seconds:.3f}, {flops / seconds / 1e12:.0f} TFLOP/s to "
                         f"{flops / peer / 1e12:.0f}|{'yes' if peer / seconds >= bar else 'NO'}")
    for function in few:
        seconds, moved = ours[function.name], before[function.name]["bytes"]
        share = moved / seconds / copy
        lines.append(f"{function.title}|at least 0.80 of a copy's bandwidth|{share:.2f}, {moved / seconds / 1e9:,.0f} GB/s "
                     f"of {copy / 1e9:,.0f}|{'yes' if share >= 0.8 else 'NO'}")
    peers.report(lines, device, options.rows)


if __name__ == "__main__":
    main()
