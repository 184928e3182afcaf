//===- ChannelCell.cpp - a block of channels, and registers kept in scratch memory ----------------------===//
#include "codegen/kernels/host/ChannelCell.h"

#include "codegen/tile/host/Transpose.h"
#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

Value Records::at(LaneBuilder &k, Operand group, Operand i, int64_t field) const {
  Value record = k.add(k.mul(k.toIndex(group), count), i);
  return k.at(k.at(base, k.mul(record, fields * k.lanes)), field * k.lanes);
}

Matrix Records::matrix(LaneBuilder &k, Operand group, int64_t field) const {
  return {at(k, group, 0, field), fields * k.lanes};
}

int64_t Records::bytes(int64_t channels, int64_t count, int64_t fields) {
  return llvm::alignTo(channels, 16) * count * fields * 4;
}

Value beginsDocument(KernelBuilder &k, Value documents, Value batch, Value t) {
  return k.equal(k.toInteger(k.loadElement(documents, batch, t)), t);
}

static int64_t batchesOf(Value tensor, bool all) { return all ? 1 : shapeOf(tensor)[0]; }

ChannelCell::ChannelCell(KernelBuilder &k, Value tensor, int64_t block, bool allBatches)
    : tokens(shapeOf(tensor)[1]), channels(channelsOf(tensor)), k(k), block(block) {
  batch = k.rem(k.cell, batchesOf(tensor, allBatches));
  blockIndex = k.div(k.cell, batchesOf(tensor, allBatches));
  firstChannel = k.mul(blockIndex, block);
  channelCount = k.min(k.sub(channels, firstChannel), block);
}

int64_t ChannelCell::grid(Value tensor, int64_t block, bool allBatches) {
  return batchesOf(tensor, allBatches) * llvm::divideCeil(channelsOf(tensor), block);
}

void ChannelCell::overGroups(function_ref<void(Value, Value, Value)> body) const {
  bool ragged = channels % k.lanes != 0 || (block < channels && block % k.lanes != 0);
  k.loop(0, k.div(k.add(channelCount, k.lanes - 1), k.lanes), 1, [&](Value group) {
    Value offset = k.mul(group, k.lanes);
    body(group, k.add(firstChannel, offset), ragged ? k.maskBelow(k.sub(channelCount, offset)) : Value());
  });
}

void ChannelCell::read(const Records &records, int64_t field, const Matrix &from, double scale) const {
  overGroups([&](Value group, Value channel, Value) {
    Value rows = k.min(k.sub(k.add(firstChannel, channelCount), channel), k.lanes);
    transposed(k, records.matrix(k, group, field), from.from(k, channel, 0), rows, records.count, scale);
  });
}

void ChannelCell::write(const Records &records, int64_t field, const Matrix &to, double scale) const {
  overGroups([&](Value group, Value channel, Value) {
    Value rows = k.min(k.sub(k.add(firstChannel, channelCount), channel), k.lanes);
    transposed(k, to.from(k, channel, 0), records.matrix(k, group, field), records.count, rows, scale);
  });
}

void ChannelCell::clear(const Records &records) const {
  int64_t registers = records.count * records.fields * llvm::divideCeil(std::min(block, channels), k.lanes);
  k.loop(0, registers * k.lanes, k.lanes, [&](Value i) { k.store(k.splat(0.0), k.at(records.base, i)); });
}

} // namespace samba::host
