#!/usr/bin/env python3
"""Compares the attention of samba-run with PyTorch's FlexAttention and cuDNN on one GPU in one run.

    attention_vs_flex.py --samba-run PROGRAM [--rows FILE] [--shapes NAME,...] [--bundle FILE]
    attention_vs_flex.py --print [--shapes NAME,...]    the functions of core ops that are timed

Forward, and backward with delta, of windowed attention in bf16: FlexAttention with a block mask of the same window;
where the window is the sequence, cuDNN's causal kernel instead. Both are timed twice: hot, back to back after a second
of work, and cooled, bursts of about 2 ms with 30 ms of idleness before each. Samba is timed before and after PyTorch.
TFLOP/s count visible pairs: forward 4 B H D sum_i min(i + 1, W), backward 2.5 times that.

FILE gets a line "what|asked|seen|yes or NO" for each bar of the table; without it they are printed.
"""

import tempfile

import peers

HOT, COOLED = dict(repeats=3, seconds=0.1, idle=0), dict(repeats=9, seconds=0.002, idle=0.03)


class Shape:
    """`bars`: (how many times as fast as the peer in forward, in backward)."""

    def __init__(self, name, B, T, heads, key_heads, dim, window, bars):
        self.name, self.B, self.T, self.heads, self.key_heads = name, B, T, heads, key_heads
        self.dim, self.window, self.bars = dim, window, bars

    def title(self):
        return (f"attention, {self.heads}/{self.key_heads} heads of {self.dim}, {self.B} x {self.T} tokens, "
                f"{'causal' if self.is_causal() else f'window {self.window}'}")

    def is_causal(self):
        return self.window >= self.T

    def flops(self):
        """Of the forward pass."""
        w = min(self.window, self.T)
        return 4 * self.B * self.heads * self.dim * (w * (w + 1) // 2 + (self.T - w) * w)

    def functions(self):
        def tensor(*sizes, dtype="bf16"):
            return f"tensor<{'x'.join(map(str, sizes))}x{dtype}>"

        q = tensor(self.B, self.T, self.heads * self.dim)
        k = tensor(self.B, self.T, self.key_heads * self.dim)
        row = tensor(self.B, self.heads, self.T, dtype="f32")
        heads = f"{{n_heads = {self.heads}, n_kv_heads = {self.key_heads}, window = {self.window}}}"
        operands, types = "%q, %k, %v, %lse, %delta, %do", f"({q}, {k}, {k}, {row}, {row}, {q})"
        return f"""func.func @forward_{self.name}(%q: {q}, %k: {k}, %v: {k}) -> ({q}, {row}) {{
  %o, %lse = samba.windowed_attention %q, %k, %v {heads} : ({q}, {k}, {k}) -> ({q}, {row})
  return %o, %lse : {q}, {row}
}}
func.func @backward_{self.name}(%q: {q}, %k: {k}, %v: {k}, %o: {q}, %lse: {row}, %do: {q}) -> ({q}, {k}, {k}) {{
  %delta = samba.attention_delta %o, %do {{n_heads = {self.heads}}} : ({q}, {q}) -> {row}
  %dq = samba.attention_dq {operands} {heads} : {types} -> {q}
  %dk, %dv = samba.attention_dkv {operands} {heads} : {types} -> ({k}, {k})
  return %dq, %dk, %dv : {q}, {k}, {k}
}}
"""


SHAPES = [
    Shape("d128", 8, 4096, 12, 12, 128, 2048, (1.7, 1.5)),
    Shape("d128_long", 1, 32768, 12, 12, 128, 2048, (1.7, 1.5)),
    Shape("d128_mqa", 1, 4096, 12, 1, 128, 2048, (1, 1.5)),
    Shape("d64", 8, 4096, 24, 24, 64, 2048, (1.3, 1.3)),
    Shape("d64_long", 1, 32768, 24, 24, 64, 2048, (1.3, 1.3)),
    Shape("d256", 8, 4096, 11, 1, 256, 2048, (1.3, 1.3)),
    Shape("causal", 8, 4096, 12, 12, 128, 4096, (0.95, 0.95)),
    Shape("causal_long", 2, 16384, 12, 12, 128, 16384, (0.95, 0.95)),
]


def peer_of(torch, shape):
    """(name, call of the forward pass, call of the backward pass)"""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    def random(heads):
        return torch.randn((shape.B, shape.T, heads, shape.dim), device="cuda",
                           dtype=torch.bfloat16).requires_grad_().transpose(1, 2)

    q, k, v = random(shape.heads), random(shape.key_heads), random(shape.key_heads)
    grad = torch.randn_like(q)
    if shape.is_causal():
        def forward():
            with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        name = "cuDNN"
    else:
        window = shape.window
        mask = create_block_mask(lambda b, h, i, j: (j <= i) & (j > i - window), None, None, shape.T, shape.T,
                                 device="cuda")
        torch._dynamo.reset()  # it gives up, and runs unfused, after eight shapes and modes
        compiled = torch.compile(flex_attention, dynamic=False)

        def forward():
            return compiled(q, k, v, block_mask=mask, enable_gqa=shape.heads != shape.key_heads)
        name = "FlexAttention"
    o = forward()

    def forward_only():
        with torch.no_grad():
            return forward()
    return name, forward_only, lambda: torch.autograd.grad(o, (q, k, v), grad, retain_graph=True)


def main():
    parser = peers.parser(__doc__)
    parser.add_argument("--shapes", default=",".join(shape.name for shape in SHAPES))
    options = parser.parse_args()
    names = options.shapes.split(",")
    unknown = set(names) - {shape.name for shape in SHAPES}
    if unknown:
        parser.error(f"unknown shape '{sorted(unknown)[0]}'; expected {', '.join(shape.name for shape in SHAPES)}")
    shapes = [shape for shape in SHAPES if shape.name in names]
    text = "\n".join(shape.functions() for shape in shapes)
    if options.print:
        print(text)
        return
    if not options.samba_run:
        parser.error("--samba-run is missing")

    import torch
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or peers.compile(options.samba_run, text, folder)
        ways = {"hot": HOT, "cooled": COOLED}
        before = {way: peers.time_samba(options.samba_run, bundle, **how) for way, how in ways.items()}
        others = {}
        for shape in shapes:
            try:
                name, forward, backward = peer_of(torch, shape)
                others[shape.name] = (name, {way: [peers.time_torch(torch, call, warm=0 if how["idle"] else 1, **how)
                                                   for call in (forward, backward)] for way, how in ways.items()})
            except Exception as error:  # a peer that does not run here is said, not hidden
                others[shape.name] = (str(error).strip().splitlines()[0][:100], None)
            torch.cuda.empty_cache()
        after = {way: peers.time_samba(options.samba_run, bundle, **how) for way, how in ways.items()}

    device = before["hot"][1]
    lines = []
    for shape in shapes:
        name, theirs = others[shape.name]
        for i, pass_ in enumerate(("forward", "backward")):
            flops = shape.flops() * (1, 2.5)[i]
            seen, ratios = [], []
            for way in ways:
                seconds = sum(timed[way][0][f"{pass_}_{shape.name}"]["seconds"] for timed in (before, after)) / 2
                text = f"{way} {seconds * 1e3:.3f} ms, {flops / seconds / 1e12:.0f} TFLOP/s"
                if theirs:
                    peer = theirs[way][i]
                    ratios.append(peer / seconds)
                    text += f", {name} {flops / peer / 1e12:.0f}: {peer / seconds:.2f}"
                seen.append(text)
            if not theirs:
                seen.append(f"no peer: {name}")
            ok = "-" if not ratios else "yes" if min(ratios) >= shape.bars[i] else "NO"
            lines.append(f"{pass_} {shape.title()}|at least {shape.bars[i]} of {name if theirs else 'the peer'}|"
                         f"{'; '.join(seen)}|{ok}")
    peers.report(lines, device, options.rows)


if __name__ == "__main__":
    main()
