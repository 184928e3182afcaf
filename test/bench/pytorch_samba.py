#!/usr/bin/env python3
"""samba-tiny in plain PyTorch, eager: a peer to compare speed with, and an independent implementation to compare
numbers with. Its parameters have the names and shapes of models/samba-tiny.mlir; its scan is a loop over time.

  pytorch_samba.py --data FILE [--batch 8] [--seq 256] [--steps 3] [--threads 2] [--scan index|unbind]
      trains and prints the tokens/s of the fastest step
  pytorch_samba.py --data FILE --check SAMBA_RUN [--steps 5]
      lets SAMBA_RUN train, and compares the loss of its evaluation and of its training steps
"""
import argparse
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import time

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError:
    print("skipped: PyTorch is absent (Debian: python3-torch)")
    sys.exit(0)

VOCAB, WIDTH, REPEATS = 256, 192, 2
D_INNER, D_STATE, D_CONV, DT_RANK = 2 * WIDTH, 16, 4, WIDTH // 16
HEADS, WINDOW, THETA = 3, 128, 10000.0
D_FF = 512


def linear(inputs, outputs, bias=False, divide_by=1.0):
    layer = nn.Linear(inputs, outputs, bias=bias)
    with torch.no_grad():
        layer.weight /= divide_by
    return layer


OUTPUT_SCALE = math.sqrt(2 * 2 * REPEATS)  # of the projections back to the residual stream


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Conv1d(nn.Module):
    """Depthwise and causal; weight[c, -1] meets the present."""

    def __init__(self):
        super().__init__()
        bound = D_CONV**-0.5
        self.weight = nn.Parameter(torch.empty(D_INNER, D_CONV).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(D_INNER).uniform_(-bound, bound))

    def forward(self, x):  # [B, T, C]
        x = F.pad(x.transpose(1, 2), (D_CONV - 1, 0))
        return F.conv1d(x, self.weight.unsqueeze(1), self.bias, groups=D_INNER).transpose(1, 2)


def selective_scan(u, dt, a, b, c, d, scan):
    """h_t = exp(dt_t a) h_{t-1} + dt_t u_t b_t, y_t = <c_t, h_t> + d u_t, one t after another. "index" takes step t
    as x[:, t], as mamba's selective_scan_ref does: the backward pass then fills a gradient as large as all of x for
    every t. "unbind" cuts x into its steps once, which spares that."""
    decay = torch.exp(torch.einsum("btc,cn->btcn", dt, a))
    driven = torch.einsum("btc,btn,btc->btcn", dt, b, u)
    length = u.shape[1]
    if scan == "unbind":
        steps = zip(decay.unbind(1), driven.unbind(1), c.unbind(1))
    else:
        steps = ((decay[:, t], driven[:, t], c[:, t]) for t in range(length))
    h = u.new_zeros(u.shape[0], D_INNER, D_STATE)
    outputs = []
    for decay_t, driven_t, c_t in steps:
        h = decay_t * h + driven_t
        outputs.append(torch.einsum("bcn,bn->bc", h, c_t))
    return torch.stack(outputs, 1) + u * d


class Mamba(nn.Module):
    def __init__(self, scan):
        super().__init__()
        self.scan = scan
        self.in_proj = linear(WIDTH, 2 * D_INNER)
        self.conv1d = Conv1d()
        self.x_proj = linear(D_INNER, DT_RANK + 2 * D_STATE)
        self.dt_proj = linear(DT_RANK, D_INNER, bias=True)
        dt = torch.exp(torch.rand(D_INNER) * math.log(0.1 / 0.001) + math.log(0.001)).clamp(min=1e-4)
        self.dt_proj.bias = nn.Parameter(dt + torch.log(-torch.expm1(-dt)))
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, D_STATE + 1)).repeat(D_INNER, 1))
        self.D = nn.Parameter(torch.ones(D_INNER))
        self.out_proj = linear(D_INNER, WIDTH, divide_by=OUTPUT_SCALE)

    def forward(self, x):
        u, z = self.in_proj(x).chunk(2, -1)
        u = F.silu(self.conv1d(u))
        dt, b, c = self.x_proj(u).split([DT_RANK, D_STATE, D_STATE], -1)
        dt = F.softplus(self.dt_proj(dt))
        y = selective_scan(u, dt, -torch.exp(self.A_log), b, c, self.D, self.scan)
        return self.out_proj(y * F.silu(z))


def rotate(x):
    """Rotary positions on [B, H, T, hd]: element i and i + hd/2 turn together."""
    half = x.shape[-1] // 2
    frequency = THETA ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(x.shape[2], dtype=torch.float64)[:, None] * frequency
    cos, sin = angle.cos().float(), angle.sin().float()
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (linear(WIDTH, WIDTH) for _ in range(3))
        self.o_proj = linear(WIDTH, WIDTH, divide_by=OUTPUT_SCALE)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            project(x).view(batch, length, HEADS, -1).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        age = torch.arange(length)[:, None] - torch.arange(length)
        mask = torch.zeros(length, length).masked_fill((age < 0) | (age >= WINDOW), -math.inf)
        scores = rotate(q) @ rotate(k).transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, WIDTH))


class SwiGLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_proj, self.up_proj = linear(WIDTH, D_FF), linear(WIDTH, D_FF)
        self.down_proj = linear(D_FF, WIDTH, divide_by=OUTPUT_SCALE)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, name, inner):
        super().__init__()
        self.norm = RMSNorm()
        self.add_module(name, inner)
        self.inner = [inner]  # a list, so that it is not registered twice

    def forward(self, x):
        return x + self.inner[0](self.norm(x))


class Backbone(nn.Module):
    def __init__(self, scan):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        nn.init.normal_(self.embedding.weight, std=0.02)
        stack = [("mixer", lambda: Mamba(scan)), ("mlp", SwiGLU), ("mixer", Attention), ("mlp", SwiGLU)]
        self.layers = nn.ModuleList(Layer(name, kind()) for name, kind in stack * REPEATS)
        self.norm_f = RMSNorm()


class Samba(nn.Module):
    def __init__(self, scan):
        super().__init__()
        self.backbone = Backbone(scan)

    def forward(self, tokens, targets):
        x = self.backbone.embedding(tokens)
        for layer in self.backbone.layers:
            x = layer(x)
        logits = self.backbone.norm_f(x) @ self.backbone.embedding.weight.T
        return F.cross_entropy(logits.view(-1, VOCAB), targets.reshape(-1))


class Training:
    """AdamW over all parameters, after clipping the norm of the gradient to 1."""

    def __init__(self, model, rate):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)

    def step(self, tokens, targets, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss = self.model(tokens, targets)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item(), norm.item()


def batch_of(text, batch, seq, first=0):
    """Windows of the text one behind the other, and their targets."""
    if len(text) <= first + batch * seq:
        sys.exit(f"error: the text has {len(text)} bytes: expected more than {first + batch * seq}")
    ids = torch.frombuffer(bytearray(text[first : first + batch * seq + 1]), dtype=torch.uint8).long()
    return ids[:-1].view(batch, seq), ids[1:].view(batch, seq)


def load_weights(model, path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    model.load_state_dict(
        {
            name: torch.frombuffer(data, dtype=torch.float32, offset=tensor["data_offsets"][0], count=math.prod(tensor["shape"]))
            .view(tensor["shape"])
            .clone()
            for name, tensor in header.items()
        }
    )


def measure_speed(text, batch, seq, steps, scan):
    training = Training(Samba(scan), 4e-4)
    tokens, targets = batch_of(text, batch, seq)
    seconds = []
    for step in range(steps):
        start = time.perf_counter()
        loss, _ = training.step(tokens, targets, 4e-4)
        seconds.append(time.perf_counter() - start)
        print(f"step {step + 1}: {seconds[-1]:.1f} s, loss {loss:.4f}", file=sys.stderr)
    count = sum(p.numel() for p in training.model.parameters())
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "parameters": count,
                "threads": torch.get_num_threads(),
                "scan": scan,
                "tokens_per_s": batch * seq / min(seconds),
            }
        )
    )


def check(text, samba_run, seq, steps):
    """A text of seq + 1 bytes has one window only, so that both sides train on the same batch."""
    spec = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../models/samba-tiny.mlir")
    worst = 0.0

    def samba(*words):
        done = subprocess.run([samba_run, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"error: samba-run {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def compare(what, ours, theirs):
        nonlocal worst
        difference = abs(ours - theirs) / abs(theirs)
        worst = max(worst, difference)
        print(f"| {what:<24} | {ours:12.7f} | {theirs:12.7f} | {difference:8.1e} |")

    with tempfile.TemporaryDirectory() as folder:

        def write(name, content):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            return path

        def newest(run):
            checkpoints = os.path.join(folder, run, "checkpoints")
            return os.path.join(checkpoints, sorted(os.listdir(checkpoints))[-1], "model.safetensors")

        book, windows = write("book.txt", text), write("windows.txt", text[: 4 * seq + 1])
        window = write("window.txt", text[: seq + 1])
        samba("train", spec, "--data", book, "--out", os.path.join(folder, "first"), "--steps", "40", "--seq", str(seq),
              "--lr", "2e-3", "--eval-every", "0")  # fmt: skip
        weights = newest("first")
        second = os.path.join(folder, "second")
        samba("train", spec, "--data", window, "--out", second, "--weights", weights, "--steps", str(steps), "--seq",
              str(seq), "--batch", "2", "--lr", "1e-3", "--warmup", "2", "--eval-every", "0")  # fmt: skip
        evaluation = samba("eval", os.path.join(folder, "first"), "--data", windows, "--context", str(seq), "--json")
        with open(os.path.join(second, "metrics.jsonl")) as file:
            metrics = [json.loads(line) for line in file]

        model = Samba("unbind")
        load_weights(model, weights)
        print("| what                     | samba        | pytorch      | relative |")
        print("| :----------------------- | -----------: | -----------: | -------: |")
        with torch.no_grad():
            compare("loss of evaluation", json.loads(evaluation)[0]["loss"], model(*batch_of(text, 4, seq)).item())
        training = Training(model, 1e-3)
        tokens, targets = (x.repeat(2, 1) for x in batch_of(text, 1, seq))
        for line in metrics:
            loss, norm = training.step(tokens, targets, line["lr"])
            compare(f"loss of step {line['step']}", line["loss"], loss)
            compare(f"gradient norm of step {line['step']}", line["grad_norm"], norm)
    print(f"worst relative difference {worst:.1e}")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seq", type=int, default=256)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scan", choices=["index", "unbind"], default="index")
    parser.add_argument("--check", metavar="SAMBA_RUN")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    with open(options.data, "rb") as file:
        text = file.read()
    if options.check:
        sys.exit(check(text, options.check, options.seq, options.steps or 5) > 1e-4)
    measure_speed(text, options.batch, options.seq, options.steps or 3, options.scan)


if __name__ == "__main__":
    main()
