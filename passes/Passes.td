// The passes, in the order of the data.
#ifndef SAMBA_PASSES_TD
#define SAMBA_PASSES_TD

include "mlir/Pass/PassBase.td"

def Decompose : Pass<"samba-decompose", "::mlir::ModuleOp"> {
  let summary = "spec to core ops: one function per entry";
  let description = [{
    Replaces the module's `samba.model` by functions of core ops on static tensors, by way of `LayerOpInterface` alone.
    Every layer stands in a pre-norm residual, x + f(norm(x)); a `samba.parallel` adds its branches behind one norm.

    * `@loss` (entry train): tokens, targets [batch, seq] to the mean negative log likelihood, from the zero state; with
      `pack` also documents [batch, seq], where the document of each token begins in its row, and no layer looks past that;
    * `@prefill`, `@decode`: tokens [step-batch, chunk or 1] and the state to logits and the next state;
    * `@eval`: the same to the loss of the chunk and the next state;
    * `@probe`, only if asked for: `@loss` with one more output for every op that has `ProbeOpInterface`, named by its layer.

    Arguments carry what they are: `samba.input`, `samba.param` (with `samba.init` and `samba.decay`), `samba.state`.
    Before: `samba.mlp {d_ff = 64}`. After: `samba.rms_norm`, three `samba.linear`, `samba.silu`, `samba.mul`,
    `samba.add`. It stops where ops stop being layers: nothing is fused or reordered here.
  }];
  let options = [
    ListOption<"entries", "entries", "std::string", "entries to build (train, eval, prefill, decode unless named; probe)">,
    Option<"batch", "batch", "int64_t", "8", "sequences of the train entry">,
    Option<"seq", "seq", "int64_t", "256", "tokens per sequence of the train entry">,
    Option<"stepBatch", "step-batch", "int64_t", "1", "sequences of the other entries">,
    Option<"chunk", "chunk", "int64_t", "64", "tokens per step of prefill and eval">,
    Option<"maxContext", "max-context", "int64_t", "4096", "positions that full attention's state can hold">,
    Option<"checkpoint", "checkpoint", "int64_t", "64", "tokens between kept states of a recurrence">,
    Option<"pack", "pack", "bool", "false", "several documents share a row of the train entry">
  ];
  let dependentDialects = ["::samba::SambaDialect", "::mlir::func::FuncDialect"];
}

def Differentiate : Pass<"samba-differentiate", "::mlir::ModuleOp"> {
  let summary = "@loss to @train, which accumulates gradients, and @update, which takes the optimizer's step";
  let description = [{
    Walks `@loss` backward through `DifferentiableOpInterface`. `@train` takes one more argument for every parameter, its
    gradient so far (`samba.grad`), and returns it with this batch's contribution added, so that micro-batches accumulate.
    `@update` is AdamW over the flat parameter segment: the parameters are laid out one after another, those that decay
    first.

    `recompute` says what the backward pass computes again instead of keeping it from the forward pass:

    * `none`: nothing; the scan also keeps the state after every token;
    * `elementwise`: element-wise ops, norms and short convolutions; the scan recomputes its states from one kept every
      `checkpoint` tokens (the default).

    Before: `func @loss(%tokens, %targets, %w) -> %loss`. After: `func @train(%tokens, %targets, %w, %dw) -> %loss, %dw'`.
    It fails on a parameter that the loss does not depend on.
  }];
  let options = [
    Option<"recompute", "recompute", "std::string", "\"elementwise\"", "none or elementwise">
  ];
  let dependentDialects = ["::samba::SambaDialect", "::mlir::func::FuncDialect"];
}

def AssignPrecision : Pass<"samba-assign-precision", "::mlir::ModuleOp"> {
  let summary = "f32 everywhere to bf16 where it does no harm";
  let description = [{
    Chooses how every tensor is stored on a target of mixed precision, as the ops say through `PrecisionOpInterface`:
    activations become bf16; norms' factors, log sums, losses, gradients of parameters, the recurrent state stay f32; the
    residual stream is what the model's `residual` says. An element-wise op's result is f32 if an operand is. Operands of
    matrix products become bf16: a parameter is replaced by its working weights, a new argument (`samba.weight`) that
    `@update` keeps up to date and the new function `@sync_weights` makes from the parameters; anything else by a
    `samba.convert`.

    Before: `samba.linear %x, %w : (tensor<8x16x64xf32>, tensor<32x64xf32>) -> tensor<8x16x32xf32>`.
    After: `samba.linear %x, %w16 : (tensor<8x16x64xbf16>, tensor<32x64xbf16>) -> tensor<8x16x32xbf16>`.
    Inputs, outputs and parameters keep their types.
  }];
  let dependentDialects = ["::samba::SambaDialect", "::mlir::func::FuncDialect"];
}

def Join : Pass<"samba-join", "::mlir::func::FuncOp"> {
  let summary = "two ops that read the same become one";
  let description = [{
    What a kernel computes together with less work or fewer bytes than apart, as `TwinOpInterface` says, becomes one op at the
    place of the first. For targets that have kernels for such ops.

    Before: `%dx = samba.rms_norm_dx %x, %w, %r, %dy; %dw = samba.rms_norm_dw %x, %r, %dy`.
    After: `%dx, %dw = samba.rms_norm_grad %x, %w, %r, %dy`.
  }];
  let dependentDialects = ["::samba::SambaDialect"];
}

def Fuse : Pass<"samba-fuse", "::mlir::func::FuncOp"> {
  let summary = "groups a root op with the element-wise ops around it";
  let description = [{
    A group becomes one kernel. Element-wise ops join the group that computes their operand, as the epilogue of its root
    op (`FusionRootOpInterface`) or beside other element-wise ops of the same type; those before a root that reads
    each element once join as its prologue. A group never moves an op past a user of its values.

    Before: `%0 = samba.linear %x, %w; %1 = samba.add %0, %r`.
    After: `samba.fused (%a = %x, %b = %w, %c = %r) { samba.linear; samba.add; samba.yield }`.
    An op that stays alone is a kernel by itself.
  }];
  let options = [
    Option<"epilogues", "epilogues", "bool", "true", "fuse element-wise ops behind root ops">,
    Option<"prologues", "prologues", "bool", "true", "fuse element-wise ops before root ops">
  ];
  let dependentDialects = ["::samba::SambaDialect"];
}

def Plan : Pass<"samba-plan", "::mlir::ModuleOp"> {
  let summary = "functions to programs: kernels, launches, and buffers with offsets";
  let description = [{
    Every group or lone op becomes a `samba.kernel` (equal ones share) and a `samba.launch`. Every tensor becomes a buffer:
    parameters, gradients, state, inputs and outputs in their segments, all else in one arena per program, where buffers
    that are never live at the same time share bytes. A result overwrites an operand where the op allows it; channel slices
    are views; a state or gradient is updated where it stands, with a copy where that would clash.

    The verifier of `samba.program` proves that no two live buffers overlap. `samba.parameters`, `samba.state_table` and
    `samba.segments` on the module describe the segments.
  }];
  let options = [
    Option<"reuse", "reuse", "bool", "true", "let buffers share bytes when their lives do not meet">
  ];
  let dependentDialects = ["::samba::SambaDialect"];
}

def CheckStage : Pass<"samba-check-stage", "::mlir::ModuleOp"> {
  let summary = "the exit contract of a stage";
  let description = [{
    Fails on the first op that the stage should have removed, or that it should not yet hold: after `01-core` no layer op;
    after `02-train` a gradient for every parameter; after `03-fused` no element-wise op that a group could not explain;
    after `04-planned` no tensor outside of kernels.
  }];
  let options = [Option<"stage", "stage", "std::string", "\"\"", "the stage's name, such as 01-core">];
}

#endif // SAMBA_PASSES_TD
