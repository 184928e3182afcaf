#!/usr/bin/env python3
"""Small random models in folders as their libraries save them, with the logits that these compute from them.

  make_models.py OUT      needs torch, safetensors and transformers

Three are saved by transformers itself. The fourth has the layout of flash-linear-attention's Samba; as that library
needs a GPU, its logits come from modules of transformers and an attention written out here.
"""
import json
import math
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from torch import nn
from transformers import LlamaConfig, MambaConfig, MistralConfig
from transformers.models.llama.modeling_llama import LlamaMLP, LlamaRMSNorm
from transformers.models.mamba.modeling_mamba import MambaMixer

VOCAB = 48
TOKENS = [(7 * t * t + 3 * t + 1) % VOCAB for t in range(16)]

MODELS = {
    # Tied embeddings, float32, one file.
    "mamba": (transformers.MambaForCausalLM, torch.float32, {},
              MambaConfig(vocab_size=VOCAB, hidden_size=16, state_size=8, num_hidden_layers=2, conv_kernel=4, expand=2,
                          use_bias=False)),
    # Grouped heads, embeddings and head apart, another epsilon and another theta, float32, in shards.
    "llama": (transformers.LlamaForCausalLM, torch.float32, {"max_shard_size": "20KB"},
              LlamaConfig(vocab_size=VOCAB, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
                          num_attention_heads=3, num_key_value_heads=1, rms_norm_eps=1e-4,
                          rope_parameters={"rope_type": "default", "rope_theta": 500.0},
                          tie_word_embeddings=False)),
    # A window, heads wider than hidden_size / heads, tied embeddings, bfloat16.
    "mistral": (transformers.MistralForCausalLM, torch.bfloat16, {},
                MistralConfig(vocab_size=VOCAB, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
                              num_attention_heads=4, num_key_value_heads=2, head_dim=8, sliding_window=5,
                              tie_word_embeddings=True)),
}

SAMBA = {"architectures": ["SambaForCausalLM"], "model_type": "samba", "vocab_size": VOCAB, "hidden_size": 16,
         "num_hidden_layers": 2, "state_size": 8, "conv_kernel": 4, "expand": 2, "time_step_rank": 1, "norm_eps": 1e-5,
         "hidden_act": "swish", "hidden_ratio": 4, "use_bias": False, "use_conv_bias": True,
         "tie_word_embeddings": False, "residual_in_fp32": False, "torch_dtype": "float16",
         "attn": {"layers": [1], "num_heads": 2, "num_kv_heads": 1, "qkv_bias": False, "window_size": 4,
                  "rope_theta": 10000.0}}


class Attention(nn.Module):
    """softmax(q k / sqrt(d)) v over the last `window` positions, the token itself included; halves turned."""

    def __init__(self, width, heads, kv_heads, window, theta):
        super().__init__()
        self.heads, self.kv_heads, self.dim, self.window, self.theta = heads, kv_heads, width // heads, window, theta
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, kv_heads * self.dim, bias=False)
        self.v_proj = nn.Linear(width, kv_heads * self.dim, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def turn(self, x):  # [T, heads, dim]
        half = self.dim // 2
        angle = torch.arange(x.shape[0])[:, None] * self.theta ** (-torch.arange(half) / half)
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def forward(self, x):
        tokens = x.shape[1]
        q = self.turn(self.q_proj(x[0]).view(tokens, self.heads, self.dim))
        k = self.turn(self.k_proj(x[0]).view(tokens, self.kv_heads, self.dim))
        v = self.v_proj(x[0]).view(tokens, self.kv_heads, self.dim)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = torch.einsum("ihd,jhd->hij", q, k) / math.sqrt(self.dim)
        distance = torch.arange(tokens)[:, None] - torch.arange(tokens)
        scores = scores.masked_fill((distance < 0) | (distance >= self.window), -math.inf)
        return self.o_proj(torch.einsum("hij,jhd->ihd", scores.softmax(-1), v).reshape(1, tokens, -1))


class Block(nn.Module):
    def __init__(self, index):
        super().__init__()
        width, attn = SAMBA["hidden_size"], SAMBA["attn"]
        self.mixer_norm = LlamaRMSNorm(width, SAMBA["norm_eps"])
        if index in attn["layers"]:
            self.mixer = Attention(width, attn["num_heads"], attn["num_kv_heads"], attn["window_size"],
                                   attn["rope_theta"])
        else:
            self.mixer = MambaMixer(MambaConfig(hidden_size=width, state_size=8, use_bias=False), layer_idx=index)
        self.mlp_norm = LlamaRMSNorm(width, SAMBA["norm_eps"])
        wide = 256 * math.ceil(int(width * SAMBA["hidden_ratio"] * 2 / 3) / 256)
        self.mlp = LlamaMLP(LlamaConfig(hidden_size=width, intermediate_size=wide, num_attention_heads=1))

    def forward(self, x):
        x = x + self.mixer(self.mixer_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Samba(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.embeddings = nn.Embedding(VOCAB, SAMBA["hidden_size"])
        self.backbone.layers = nn.ModuleList(Block(i) for i in range(SAMBA["num_hidden_layers"]))
        self.backbone.norm_f = LlamaRMSNorm(SAMBA["hidden_size"], SAMBA["norm_eps"])
        self.lm_head = nn.Linear(SAMBA["hidden_size"], VOCAB, bias=False)

    def forward(self, tokens):
        x = self.backbone.embeddings(tokens)
        for block in self.backbone.layers:
            x = block(x)
        return self.lm_head(self.backbone.norm_f(x))


def randomize(model):
    """So that every tensor matters: norms are not 1, biases not 0."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2 + (parameter.ndim == 1))


def write_logits(folder, logits):
    rows = [[float(f"{x:.7g}") for x in row] for row in logits.tolist()]
    (folder / "logits.json").write_text(json.dumps({"tokens": TOKENS, "logits": rows}, separators=(",", ":")) + "\n")
    print(folder.name, float(logits.abs().max()), sorted(p.name for p in folder.iterdir()))


@torch.no_grad()
def main(out):
    for name, (kind, dtype, options, config) in MODELS.items():
        model, folder = kind(config), out / name
        randomize(model)
        model.to(dtype).save_pretrained(folder, **options)
        model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        (folder / "generation_config.json").unlink(missing_ok=True)
        write_logits(folder, model(torch.tensor([TOKENS]), use_cache=False).logits[0])

    model, folder = Samba().eval(), out / "samba"
    folder.mkdir()
    randomize(model)
    model.half()
    save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(SAMBA, indent=2) + "\n")
    write_logits(folder, model.float()(torch.tensor([TOKENS]))[0])


main(pathlib.Path(sys.argv[1]))
