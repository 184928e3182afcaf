//===- Mamba.cpp - The Mamba layer ----------------------------------------------------------------------===//
//
//   [h | z] = x W_in;  out = (S6(h) * silu(z)) W_out
//
// Samba paper, section 2.1; parameter names are mamba-ssm's.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/S6.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;
using namespace samba;

static S6 s6Of(MambaOp op, const ModelConfig &model) {
  return S6(op, integerOr(op.getExpandAttr(), 2) * model.dModel, (model.dModel + 15) / 16);
}

LogicalResult MambaOp::verify() {
  return success(succeeded(checkKnown(*this)) && succeeded(S6::verify(*this)) &&
                 succeeded(checkInteger(*this, "expand", 1, 16)));
}

SmallVector<ParameterSpec> MambaOp::parameters(const ModelConfig &model) {
  S6 s6 = s6Of(*this, model);
  SmallVector<ParameterSpec> all = {
      {"mixer.in_proj.weight", {2 * s6.channels, model.dModel}, model.linear(model.dModel)}};
  llvm::append_range(all, s6.parameters(model));
  all.push_back({"mixer.out_proj.weight", {model.dModel, s6.channels}, model.output(s6.channels)});
  return all;
}

SmallVector<StateSpec> MambaOp::state(const ModelConfig &model) {
  return s6Of(*this, model).state(model.batch);
}

bool MambaOp::keepsDocumentsApart() { return true; }

void MambaOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in, LayerOutputs &out) {
  S6 s6 = s6Of(*this, model);
  Value xz = LinearOp::create(b, in.loc, in.x, in.parameters.front()); // [B, T, 2 d_inner]
  auto parts = SplitOp::create(b, in.loc, xz, ArrayRef<int64_t>{s6.channels, s6.channels});
  Value y = s6.apply(b, in, model, parts.getResult(0), ValueRange(in.parameters).drop_front(), out.state);
  Value gated = MulOp::create(b, in.loc, y, SiluOp::create(b, in.loc, parts.getResult(1)));
  out.y = LinearOp::create(b, in.loc, gated, in.parameters.back()); // [B, T, d_model]
}
