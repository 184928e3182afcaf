//===- SkinnyResults.cpp - who has which columns of a product of few rows, and what becomes of them -----===//
#include "codegen/kernels/gpu/SkinnyResults.h"

#include "codegen/kernels/gpu/Rotary.h"
#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

SkinnyResults::SkinnyResults(KernelBuilder &k, SmallVector<Section> found, int64_t rows, int64_t width)
    : sections(std::move(found)), k(k), rows(rows), width(width) {
  int64_t first = 0;
  for (Section &section : sections) {
    int64_t columns = width / int64_t(section.products.size());
    section.firstBlock = first, section.blocks = llvm::divideCeil(section.columns(), columns);
    first += section.blocks;
  }
}

int64_t SkinnyResults::halfHead(const Section &section) {
  return int64_t(RotaryOp(section.rotary).getHeadDim()) / 2;
}

Value SkinnyResults::isHere(const Section &section) {
  return k.both(k.lessEqual(section.firstBlock, block), k.less(block, section.firstBlock + section.blocks));
}

void SkinnyResults::whereHere(function_ref<void(const Section &)> body) {
  for (const Section &section : sections)
    if (sections.size() == 1)
      body(section);
    else
      k.when(isHere(section), [&] { body(section); });
}

Value SkinnyResults::channelOf(const Section &section, int64_t column) {
  Value inSection = k.sub(block, section.firstBlock);
  int64_t each = perKind(section), kind = column / each, inKind = column % each;
  if (!section.rotary)
    return k.add(k.mul(inSection, each), inKind);
  int64_t half = halfHead(section), perHalf = half / each;
  Value head = k.div(inSection, perHalf), inHalf = k.rem(inSection, perHalf);
  return k.add(k.mul(head, 2 * half), k.add(k.mul(inHalf, each), inKind + kind * half));
}

void SkinnyResults::awaitWeights() {
  auto isMade = [&](LinearOp product) { return !k.isGiven(product.getW()); };
  if (llvm::any_of(sections, [&](const Section &section) { return llvm::any_of(section.products, isMade); }))
    k.waitForEarlierLaunches();
}

void SkinnyResults::prefetchInputs() {
  Value thread = k.threadId(), isFirst = k.equal(thread, 0);
  auto bytesOf = [&](Value tensor, int64_t elements) {
    return elements * k.elementOf(tensor).getIntOrFloatBitWidth() / 8;
  };
  for (const Section &section : sections) {
    CausalConvOp conv = section.conv;
    if (!conv)
      continue;
    Value column = channelOf(section, 0), w = conv.getW(), state = conv.getState();
    int64_t taps = channelsOf(w);
    k.when(k.both(isHere(section), k.less(thread, rows * (taps - 1))),
           [&] { k.prefetchL2(k.address(state, thread, column), bytesOf(state, width)); });
    k.when(k.both(isHere(section), isFirst), [&] {
      k.prefetchL2(k.address(w, column, 0), bytesOf(w, width * taps));
      for (BlockArgument input : k.kernel.getBody().getArguments())
        if (shapeOf(input).size() == 1 && channelsOf(input) == section.columns())
          k.prefetchL2(k.address(input, 0, column), bytesOf(input, width));
    });
  }
}

void SkinnyResults::loadEarly(Value thread, int64_t threads) {
  const Section &section = sections[0];
  int64_t n = vectorOf(section), perRow = perKind(section) / n;
  if (sections.size() > 1 || rows * perRow > threads || section.rotary || section.conv)
    return;
  Value i = k.min(thread, rows * perRow - 1);
  Value column = k.add(channelOf(section, 0), k.mul(k.rem(i, perRow), n));
  early = loadInputs(k, section.outputs, k.div(i, perRow), k.min(column, section.columns() - n), n);
}

void SkinnyResults::store(Value thread, int64_t threads, Total total) {
  whereHere([&](const Section &section) { storeSection(section, thread, threads, total); });
}

void SkinnyResults::storeSection(const Section &section, Value thread, int64_t threads, Total total) {
  int64_t n = vectorOf(section), perRow = perKind(section) / n;
  k.loop(thread, rows * perRow, threads, [&](Value i) {
    Value row = k.div(i, perRow), column = k.mul(k.rem(i, perRow), n);
    Values first = total(row, column, n);
    Value to = k.add(channelOf(section, 0), column);
    auto second = [&] { return total(row, k.add(column, perKind(section)), n); };
    if (section.rotary)
      return storeTurned(section, row, to, first, second());
    if (section.conv)
      return storeConvolved(section, row, to, first);
    Known known = early;
    known[section.y] = first;
    if (section.products.size() == 2)
      known[LinearOp(section.products[1]).getY()] = second();
    auto store = [&] { storeOutputs(k, section.outputs, row, to, n, known); };
    if (section.columns() % perKind(section))
      k.when(k.less(to, section.columns()), store);
    else
      store();
  });
}

/// y_i = x_i cos - x_j sin, y_j = x_j cos + x_i sin, j half a head after i.
void SkinnyResults::storeTurned(const Section &section, Value row, Value to, Values low, Values high) {
  RotaryOp rotary = section.rotary;
  int64_t half = halfHead(section);
  Value pair = k.rem(to, 2 * half);
  SmallVector<std::pair<Value, Value>> angles;
  for (int64_t i = 0; i < int64_t(low.size()); ++i)
    angles.push_back(rotaryAngle(k, rotary, row, k.add(pair, i)));
  turnPairs(k, low, high, angles);
  Known known;
  known[rotary.getY()] = low;
  storeOutputs(k, section.outputs, row, to, low.size(), known);
  known[rotary.getY()] = high;
  storeOutputs(k, section.outputs, row, k.add(to, half), high.size(), known);
}

/// y = sum_i w[i] state[i] + w[K-1] x, i < K-1; next = state[1], .. state[K-2], x.
void SkinnyResults::storeConvolved(const Section &section, Value row, Value column, Values x) {
  CausalConvOp conv = section.conv;
  int64_t kept = channelsOf(conv.getW()) - 1, width = int64_t(x.size());
  SmallVector<Values> window, taps; // [row of the state, then x][width]; [width][K]
  Value firstRow = k.mul(row, kept);
  for (int64_t i = 0; i < kept; ++i)
    window.push_back(k.load(conv.getState(), k.add(firstRow, i), column, width));
  window.push_back(x);
  int64_t access = k.vectorWidth(conv.getW(), 4);
  for (int64_t c = 0; c < width; ++c)
    for (int64_t i = 0; i <= kept; i += access)
      (i ? taps.back() : taps.emplace_back()).append(k.load(conv.getW(), k.add(column, c), i, access));
  Values sums(width, k.number(0));
  for (int64_t i = 0; i <= kept; ++i)
    for (int64_t c = 0; c < width; ++c)
      sums[c] = k.fma(taps[c][i], window[i][c], sums[c]);
  Known known;
  known[conv.getY()] = sums;
  storeOutputs(k, section.outputs, row, column, width, known);
  if (ConvStateOp state = section.state)
    for (int64_t i = 0; i < kept; ++i)
      k.store(state.getNext(), k.add(firstRow, i), column, window[i + 1]);
}

} // namespace samba::gpu
