//===- ScanCell.cpp - a selective-scan cell's channels and its scratch memory
//----------------------------===//
#include "codegen/kernels/host/ScanCell.h"

#include "codegen/tile/host/Transpose.h"
#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

Value ScanRecords::at(LaneBuilder &k, Operand group, Operand i, int64_t field) const {
  Value record = k.add(k.mul(k.toIndex(group), count), i);
  return k.at(k.at(base, k.mul(record, fields * k.lanes)), field * k.lanes);
}

Matrix ScanRecords::matrix(LaneBuilder &k, Operand group, int64_t field) const {
  return {at(k, group, 0, field), fields * k.lanes};
}

int64_t ScanRecords::bytes(int64_t channels, int64_t count, int64_t fields) {
  return llvm::alignTo(channels, 16) * count * fields * 4;
}

ScanCell::ScanCell(KernelBuilder &k, Value u, int64_t block)
    : tokens(shapeOf(u)[1]), channels(shapeOf(u)[2]), k(k), block(block) {
  int64_t blocks = llvm::divideCeil(channels, block);
  batch = k.rem(k.cell, shapeOf(u)[0]);
  blockIndex = k.div(k.cell, shapeOf(u)[0]);
  firstChannel = k.mul(blockIndex, block);
  channelCount = blocks == 1 ? k.index(channels) : k.min(k.sub(channels, firstChannel), block);
}

int64_t ScanCell::grid(Value u, int64_t block) {
  return shapeOf(u)[0] * llvm::divideCeil(shapeOf(u)[2], block);
}

void ScanCell::overGroups(function_ref<void(Value, Value, Value)> body) const {
  bool ragged = channels % k.lanes != 0 || (block < channels && block % k.lanes != 0);
  k.loop(0, k.div(k.add(channelCount, k.lanes - 1), k.lanes), 1, [&](Value group) {
    Value offset = k.mul(group, k.lanes);
    body(group, k.add(firstChannel, offset), ragged ? k.maskBelow(k.sub(channelCount, offset)) : Value());
  });
}

void ScanCell::readStates(const ScanRecords &states, int64_t field, const Matrix &from, double scale) const {
  overGroups([&](Value group, Value channel, Value) {
    Value rows = k.min(k.sub(k.add(firstChannel, channelCount), channel), k.lanes);
    transposed(k, states.matrix(k, group, field), from.from(k, channel, 0), rows, states.count, scale);
  });
}

void ScanCell::writeStates(const ScanRecords &states, int64_t field, const Matrix &to, double scale) const {
  overGroups([&](Value group, Value channel, Value) {
    Value rows = k.min(k.sub(k.add(firstChannel, channelCount), channel), k.lanes);
    transposed(k, to.from(k, channel, 0), states.matrix(k, group, field), states.count, rows, scale);
  });
}

void ScanCell::clear(const ScanRecords &records) const {
  int64_t registers = records.count * records.fields * llvm::divideCeil(std::min(block, channels), k.lanes);
  k.loop(0, registers * k.lanes, k.lanes, [&](Value i) { k.store(k.splat(0.0), k.at(records.base, i)); });
}

} // namespace samba::host
