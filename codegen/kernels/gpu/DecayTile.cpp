//===- DecayTile.cpp - pairs of tokens of a chunk, by levels --------------------------------------------===//
#include "codegen/kernels/gpu/DecayTile.h"

using namespace mlir;

namespace samba::gpu {

// ---- what is kept of the chunks -----------------------------------------------------------------------

bool DecayChunks::fits(KernelBuilder &k, Value q, Value keys, Value v, int64_t heads, ValueRange read,
                       ValueRange written) {
  constexpr int64_t fewTokens = 32; // token by token is no slower
  int64_t keyDim = channelsOf(q) / heads, valueDim = channelsOf(v) / heads;
  auto isBf16 = [&](Value x) { return k.elementOf(x) == k.bf16; };
  return shapeOf(q)[1] >= fewTokens && keyDim % 64 == 0 && keyDim <= 256 && valueDim % 64 == 0 && isBf16(q) &&
         isBf16(keys) && llvm::all_of(read, [&](Value x) { return isBf16(x) && k.isTmaReady(x); }) &&
         llvm::all_of(written, [&](Value x) { return isBf16(x) && k.isPlainOutput(x) && k.isTmaReady(x); });
}

void DecayChunks::reserve(KernelBuilder &k, bool exactState) {
  const int64_t all = count();
  readKeys = k.reserveScratch(all * tokens * keys * 2);
  writtenKeys = k.reserveScratch(all * tokens * keys * 2);
  if (exactState)
    rest = k.reserveScratch(all * tokens * keys * 2);
  ends = k.reserveScratch(all * keys * 4);
  scores = k.reserveScratch(all * tokens * tokens * 2);
}

Value DecayChunks::scratchMap(KernelBuilder &k, int64_t place, int64_t batch, int64_t dim) const {
  TensorMap map;
  map.sizes = {dim, heads, chunks * tokens, batch};
  map.strides = {2 * dim, 2 * heads * dim, 2 * heads * dim * chunks * tokens};
  map.box = {64, 1, tokens, 1};
  return k.scratchTensorMap(place, map);
}

Value DecayChunks::scoresMap(KernelBuilder &k) const {
  TensorMap map;
  map.sizes = {tokens, count() * tokens};
  map.strides = {2 * tokens};
  map.box = {64, tokens};
  return k.scratchTensorMap(scores, map);
}

// ---- tokens -------------------------------------------------------------------------------------------

DecayTokens::DecayTokens(KernelBuilder &k, const DecayChunks &chunks)
    : chunks(chunks), chunk(k.blockId(0)), head(k.blockId(1)), batch(k.blockId(2)),
      number(chunks.number(k, batch, head, chunk)), thread(k.threadId()), myGroup(k.warpId()),
      channel(k.bitAnd(k.threadId(), slice - 1)), k(k), totals(k.reserveShared(groups * slice * 4)),
      firstToken(k.add(k.mul(chunk, DecayChunks::tokens), k.mul(myGroup, group))) {}

void DecayTokens::askAgain() {
  chunk = k.madeHere(k.blockId(0)), head = k.madeHere(k.blockId(1)), batch = k.madeHere(k.blockId(2));
  number = chunks.number(k, batch, head, chunk);
  thread = k.threadIdAgain();
  myGroup = k.shiftRight(thread, llvm::Log2_64(slice)), channel = k.bitAnd(thread, slice - 1);
  firstToken = k.add(k.mul(chunk, DecayChunks::tokens), k.mul(myGroup, group));
}

Value DecayTokens::rowOf(Value firstToken, int64_t i) const {
  Value token = k.add(firstToken, i);
  if (chunks.T % DecayChunks::tokens)
    token = k.min(token, chunks.T - 1);
  return k.add(k.mul(batch, chunks.T), token);
}
Value DecayTokens::exists(Value firstToken, int64_t i) const {
  return chunks.T % DecayChunks::tokens ? k.less(k.add(firstToken, i), chunks.T) : Value();
}
Value DecayTokens::columnOf(Value firstChannel) const {
  return k.add(k.add(k.mul(head, chunks.keys), firstChannel), channel);
}

void DecayTokens::pause(int64_t i) const {
  if (i && i % 4 == 0)
    k.warpBarrier();
}

Values DecayTokens::load(Value tensor, Value firstChannel) const {
  Values numbers;
  Value first = k.madeHere(firstToken), column = columnOf(firstChannel);
  for (int64_t i = 0; i < group; ++i) {
    if (chunks.T % DecayChunks::tokens)
      pause(i);
    Value number = k.load(tensor, rowOf(first, i), column), there = exists(first, i);
    numbers.push_back(there ? k.select(there, number, 0.0) : number);
  }
  return numbers;
}
void DecayTokens::overTokens(function_ref<void(Value i, Value row)> body) const {
  Value first = k.madeHere(firstToken), row = k.add(k.mul(batch, chunks.T), first);
  Value count = k.integer(group);
  if (chunks.T % DecayChunks::tokens)
    count = k.max(k.min(k.sub(chunks.T, first), group), 0);
  k.loop(0, count, 1, [&](Value i) { body(i, k.add(row, i)); });
  k.keepRolled();
}

Value DecayTokens::scratchPlace(int64_t place, Value firstChannel, int64_t which) const {
  const int64_t rows = chunks.chunks * DecayChunks::tokens;
  Value row = k.add(k.mul(k.add(batch, which * chunks.B), rows), k.madeHere(firstToken));
  Value index = k.add(k.mul(k.extend(row), chunks.heads * chunks.keys), k.extend(columnOf(firstChannel)));
  return k.at(k.scratch(place), k.mul(index, 2));
}
void DecayTokens::storeScratch(Value place, int64_t i, Value number) const {
  k.storeScalar(number, k.at(place, i * scratchStride()), k.bf16);
}

// ---- the sums of g ------------------------------------------------------------------------------------

DecayTokens::Sums DecayTokens::sums(Value firstChannel) const {
  // Below, nothing is left of a bf16; and what follows keeps its digits.
  constexpr double strongest = -100;
  Sums sums;
  if (chunks.g) {
    sums.inGroup = load(chunks.g, firstChannel);
    for (Value &g : sums.inGroup)
      g = k.mul(k.max(g, strongest), M_LOG2E);
  } else {
    SmallVector<int32_t> table;
    for (double log : *chunks.logDecays)
      table.push_back(llvm::bit_cast<int32_t>(float(std::max(log, strongest) * M_LOG2E)));
    Value ofHead = k.loadScalar(k.at(k.constants(table), k.shiftLeft(head, 2)), k.f32);
    Value first = k.madeHere(firstToken);
    for (int64_t i = 0; i < group; ++i) {
      Value there = exists(first, i);
      sums.inGroup.push_back(there ? k.select(there, ofHead, 0.0) : ofHead);
    }
  }
  for (int64_t i = 1; i < group; ++i)
    sums.inGroup[i] = k.add(sums.inGroup[i], sums.inGroup[i - 1]);
  Value mine = k.at(k.sharedMemory(totals), k.shiftLeft(channel, 2));
  k.storeScalar(sums.inGroup.back(), k.at(mine, k.mul(myGroup, slice * 4)), k.f32);
  k.barrier();
  sums.before = sums.after = k.number(0);
  for (int64_t other = 0; other < groups; ++other) {
    Value total = k.loadScalar(k.at(mine, other * slice * 4), k.f32);
    sums.before = k.add(sums.before, k.select(k.less(other, myGroup), total, 0.0));
    sums.after = k.add(sums.after, k.select(k.less(myGroup, other), total, 0.0));
  }
  sums.neighbour = k.loadScalar(k.at(mine, k.mul(k.bitXor(myGroup, k.integer(1)), slice * 4)), k.f32);
  return sums;
}

Value DecayTokens::decayTo(const Sums &sums, int64_t i, Value further) const {
  return further ? k.add(sums.inGroup[i], further) : sums.inGroup[i];
}
Value DecayTokens::decayFrom(const Sums &sums, int64_t i, Value further) const {
  Value sum = k.sub(sums.inGroup.back(), sums.inGroup[i]);
  return further ? k.add(sum, further) : sum;
}

// ---- levels -------------------------------------------------------------------------------------------

Value DecayTokens::isUpper(int64_t h) const { return k.equal(k.bitAnd(myGroup, h / group), h / group); }

Value DecayTokens::decay(const Sums &sums, int64_t h, int64_t i) const {
  if (h < group) {
    Value last = sums.inGroup[i / (2 * h) * (2 * h) + h - 1], mine = sums.inGroup[i];
    return k.exp2(isUpper(h, i) ? k.sub(mine, last) : k.sub(last, mine));
  }
  Value to = decayTo(sums, i), from = decayFrom(sums, i), upper = isUpper(h);
  Value sum = k.select(upper, to, from);
  if (h == 2 * group) { // the upper half's second group and the lower half's first are one further off
    Value isInner = k.equal(upper, k.equal(k.bitAnd(myGroup, 1), 0));
    sum = k.add(sum, k.select(isInner, 0.0, sums.neighbour));
  }
  return k.exp2(sum);
}

Value DecayTokens::lowerToken(int64_t h, Value n) const {
  int64_t bits = llvm::Log2_64(h);
  return k.add(k.shiftLeft(k.shiftRight(n, bits), bits + 1), k.bitAnd(n, h - 1));
}

// ---- tiles --------------------------------------------------------------------------------------------

Value DecayTokens::place(Value tile, int64_t rowBytes, int64_t elementBytes, int64_t i) const {
  Value first = k.add(k.mul(myGroup, group * rowBytes), k.mul(channel, elementBytes));
  return k.at(tile, k.add(first, i * rowBytes));
}

void DecayTokens::storeOperands(Value tile, const Sums &sums, int64_t h, QAndKey ofToken) const {
  for (int64_t i = 0; i < group; ++i) {
    auto [q, key] = ofToken(i);
    Value x = h < group ? (isUpper(h, i) ? q : key) : k.select(isUpper(h), q, key);
    k.storeScalar(k.mul(x, decay(sums, h, i)), place(tile, bf16Bytes, 2, i), k.bf16);
  }
}

} // namespace samba::gpu
