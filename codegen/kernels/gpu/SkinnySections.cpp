//===- SkinnySections.cpp - what a kernel computes of one x ----------------------------------------===//
#include "codegen/kernels/gpu/SkinnySections.h"

using namespace mlir;

namespace samba::gpu {

/// Section `added`, or a second product of the one whose results meet its.
static void add(SmallVectorImpl<Section> &sections, Section added) {
  for (Section &other : sections)
    if (llvm::any_of(added.outputs, [&](unsigned i) { return llvm::is_contained(other.outputs, i); })) {
      other.products.append(added.products);
      for (unsigned i : added.outputs)
        if (!llvm::is_contained(other.outputs, i))
          other.outputs.push_back(i);
      return;
    }
  sections.push_back(std::move(added));
}

static Section sectionOf(KernelBuilder &k, LinearOp linear, Value y, int64_t begin) {
  Section section;
  section.products = {linear}, section.y = y, section.begin = begin;
  Value result = y;
  for (Operation *user : y.getUsers()) {
    if (auto rotary = dyn_cast<RotaryOp>(user))
      section.rotary = rotary, result = rotary.getY();
    if (auto conv = dyn_cast<CausalConvOp>(user))
      section.conv = conv, result = conv.getY();
    if (auto state = dyn_cast<ConvStateOp>(user))
      section.state = state;
  }
  section.outputs = outputsOf(k, result);
  return section;
}

SmallVector<Section> findSections(KernelBuilder &k, Value x) {
  SmallVector<Section> sections;
  for (auto linear : k.kernel.getBody().getOps<LinearOp>()) {
    if (linear.getX() != x)
      continue;
    SmallVector<Value> results = {linear.getY()};
    for (Operation *user : linear.getY().getUsers())
      if (auto split = dyn_cast<SplitOp>(user))
        results.assign(split.getParts().begin(), split.getParts().end());
    int64_t begin = 0;
    for (Value y : results) {
      add(sections, sectionOf(k, linear, y, begin));
      begin += channelsOf(y);
    }
  }
  if (sections.size() == 1) // then also outputs that hang on inputs alone
    sections[0].outputs = llvm::to_vector(llvm::seq<unsigned>(0, k.kernel.outputs().size()));
  return sections;
}

} // namespace samba::gpu
