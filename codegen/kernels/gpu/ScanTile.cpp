//===- ScanTile.cpp - what the kernels of the selective scan stage in shared memory ---------------------===//
#include "codegen/kernels/gpu/ScanTile.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

//===- Cutting ------------------------------------------------------------------------------------------===//

/// Of a multiprocessor that has so many warps, each with as many tokens.
static double timeOf(const ScanCosts &costs, int64_t width, double warps, double tokens) {
  double resident = std::min(warps, double(costs.warpsPerSm)), speed = resident / (resident + 5);
  return warps * (tokens + double(costs.tile)) / speed * (1 + costs.blockTraffic / double(width));
}

ScanCut chooseScanCut(int64_t batches, int64_t tokens, int64_t channels, ArrayRef<int64_t> widths,
                      const ScanCosts &costs) {
  constexpr int64_t mostSpans = 64, leastTiles = 8;
  const int64_t tiles = llvm::divideCeil(tokens, costs.tile);
  ScanCut best{};
  double bestTime = INFINITY;
  auto consider = [&](double time, const ScanCut &cut) {
    if (time < 0.99 * bestTime)
      bestTime = time, best = cut;
  };
  for (int64_t width : widths) {
    const int64_t blocks = batches * llvm::divideCeil(channels, width);
    const double blockWarps = double(width) / double(costs.warpChannels);
    for (int64_t wanted = 1; wanted <= mostSpans; wanted *= 2) {
      int64_t spanTiles = llvm::divideCeil(tiles, wanted), spans = llvm::divideCeil(tiles, spanTiles);
      if (spans > 1 && spanTiles < leastTiles)
        break;
      double warps = double(llvm::divideCeil(blocks * spans, multiprocessors)) * blockWarps;
      double time = timeOf(costs, width, warps, double(spanTiles * costs.tile));
      if (spans > 1)
        time = time * costs.spanFactor + costs.launches;
      consider(time, {width, spans, spanTiles * costs.tile});
    }
    // The same number to every multiprocessor, and what is left over cut into as many spans as there are
    // multiprocessors.
    const int64_t perSm = costs.warpsPerSm * costs.warpChannels / width,
                  rest = costs.mayCutRest ? leftOver(blocks, blocks / batches, perSm) : 0;
    if (!rest)
      continue;
    const int64_t spanTiles = std::max<int64_t>(llvm::divideCeil(tiles, multiprocessors / rest), leastTiles),
                  spans = llvm::divideCeil(tiles, spanTiles), whole = blocks - rest;
    const double rounds =
        double(whole / multiprocessors) + double(spanTiles) / double(tiles) * costs.spanFactor;
    if (spans > 1)
      consider(timeOf(costs, width, rounds * blockWarps, double(tokens)) + costs.launches,
               {width, spans, spanTiles * costs.tile, whole});
  }
  return best;
}

int64_t leftOver(int64_t blocks, int64_t across, int64_t perSm) {
  const int64_t rounds = blocks / multiprocessors, rest = blocks % multiprocessors;
  return rounds == 0 || rounds >= perSm || rest > across || 2 * rest > multiprocessors ? 0 : rest;
}

int64_t evenPerSm(int64_t blocks, int64_t most) {
  return std::min<int64_t>(most, llvm::divideCeil(blocks, multiprocessors));
}

void emitBeside(KernelBuilder &k, Shape first, function_ref<void()> emitFirst, Shape second,
                function_ref<void()> emitSecond) {
  for (Shape *shape : {&first, &second})
    shape->waitsItself = shape->runsBeside = true;
  k.begin(first);
  k.waitForEarlierLaunches(); // so that the second, which begins from here on, need not
  k.allowLaterLaunches();
  emitFirst();
  k.end();
  k.begin(second);
  k.allowLaterLaunches();
  emitSecond();
  k.waitForEarlierLaunches();
  k.end();
}

void emitScan(KernelBuilder &k, const ScanCut &cut, int64_t batches, int64_t across, int64_t threads,
              int64_t perSm, function_ref<void(const ScanPlace &place)> body) {
  if (!cut.whole) {
    k.begin({.grid = {across, batches, cut.spans},
             .threads = threads,
             .blocksPerSm = perSm,
             .mostPerSm = evenPerSm(across * batches * cut.spans, perSm)});
    body({k.blockId(0), k.blockId(1), cut.spans > 1 ? k.blockId(2) : Value()});
    k.end();
    return;
  }
  emitBeside(
      k,
      {.grid = {cut.whole, 1, 1},
       .threads = threads,
       .blocksPerSm = perSm,
       .mostPerSm = cut.whole / multiprocessors},
      [&] { body({k.rem(k.blockId(), across), k.div(k.blockId(), across), {}}); },
      {.grid = {batches * across - cut.whole, 1, cut.spans}, .threads = threads, .blocksPerSm = perSm},
      [&] { body({k.add(k.blockId(0), cut.whole % across), k.integer(batches - 1), k.blockId(2)}); });
}

ScanLayout::ScanLayout(int64_t dState, int64_t threads, int64_t leastLanes) : threads(threads) {
  const int64_t padded = llvm::PowerOf2Ceil(dState);
  states = dState > 128 ? 16 : std::min<int64_t>({8, padded, std::max<int64_t>(1, padded / leastLanes)});
  lanes = padded / states;
  channels = threads / lanes;
  tokens = lanes == 1 ? 8 : 16;
  vector = tokens / lanes;
}

//===- Tiles --------------------------------------------------------------------------------------------===//

static Value placeIn(KernelBuilder &k, int64_t begin, Operand copy, int64_t copyBytes, Operand token,
                     int64_t tokenBytes) {
  auto scaled = [&](Operand i, int64_t bytes) -> Operand {
    return i.isNumber() ? Operand(i.asInteger() * bytes) : Operand(k.mul(i, bytes));
  };
  return k.at(k.at(k.sharedMemory(begin), scaled(copy, copyBytes)), scaled(token, tokenBytes));
}

PairTile::PairTile(KernelBuilder &k, int64_t tokens, int64_t channels, int64_t copies)
    : tokenBytes(8 * channels + (channels == 32 ? 32 : 16)), k(k), copyBytes(tokens * tokenBytes),
      begin(k.reserveShared(copies * copyBytes)) {}

Value PairTile::at(Operand copy, Operand token, Value channel) const {
  Value piece = k.shiftRight(channel, 1), permuted = k.bitXor(piece, k.bitAnd(k.shiftRight(piece, 3), 3));
  Value offset = k.add(k.shiftLeft(permuted, 4), k.shiftLeft(k.bitAnd(channel, 1), 3));
  return k.at(placeIn(k, begin, copy, copyBytes, token, tokenBytes), offset);
}

void PairTile::store(Operand copy, Value token, Value channel, ValueRange first, ValueRange second) const {
  const int64_t atOnce = std::min<int64_t>(2, first.size());
  for (int64_t i = 0; i < int64_t(first.size()); i += atOnce) {
    Values pairs;
    for (int64_t j = i; j < i + atOnce; ++j)
      pairs.append({first[j], second[j]});
    k.store(pairs, at(copy, token, k.add(channel, i)), k.f32);
  }
}

std::pair<Values, Values> PairTile::load(Operand copy, Value token, Value channel, int64_t n) const {
  const int64_t atOnce = std::min<int64_t>(2, n);
  std::pair<Values, Values> result;
  for (int64_t i = 0; i < n; i += atOnce) {
    Values pairs = k.load(at(copy, token, k.add(channel, i)), k.f32, 2 * atOnce);
    for (int64_t j = 0; j < atOnce; ++j) {
      result.first.push_back(pairs[2 * j]);
      result.second.push_back(pairs[2 * j + 1]);
    }
  }
  return result;
}

StateTile::StateTile(KernelBuilder &k, int64_t tokens, int64_t columns, int64_t copies)
    : tokenBytes(4 * columns), k(k), copyBytes(tokens * tokenBytes),
      begin(k.reserveShared(copies * copyBytes)) {}

Value StateTile::at(Operand copy, Operand token, Value column) const {
  return k.at(placeIn(k, begin, copy, copyBytes, token, tokenBytes), k.shiftLeft(column, 2));
}

//===- Documents ----------------------------------------------------------------------------------------===//

Values endlessWhere(KernelBuilder &k, Value begins, Values dt) {
  constexpr double endless = 3e38;
  if (begins)
    for (Value &step : dt)
      step = k.select(begins, endless, step);
  return dt;
}

Values ratesOf(KernelBuilder &k, ValueRange A, Value documents) {
  constexpr double slowest = -1e-30;
  return llvm::map_to_vector<8>(A, [&](Value a) -> Value {
    Value rate = k.mul(a, M_LOG2E); // exp2(dt rate) = exp(dt A)
    return documents ? k.min(rate, slowest) : rate;
  });
}

//===- Global memory ------------------------------------------------------------------------------------===//

int64_t widthDividing(int64_t n, int64_t most) {
  while (n % most)
    most /= 2;
  return most;
}

/// `column` for n elements: where those are many accesses their addresses are not kept through loops.
static Value columnOf(KernelBuilder &k, Value column, int64_t n, int64_t width) {
  return n / width > 2 ? k.madeHere(column) : column;
}

Values loadBelow(KernelBuilder &k, Value tensor, Value row, Value column, int64_t n, int64_t width,
                 Value end) {
  Values values;
  column = columnOf(k, column, n, width);
  for (int64_t i = 0; i < n; i += width) {
    Value first = k.add(column, i);
    if (!end) {
      values.append(k.load(tensor, row, first, width));
      continue;
    }
    Value inside = k.less(first, end);
    for (Value value : k.load(tensor, row, k.min(first, channelsOf(tensor) - width), width))
      values.push_back(k.select(inside, value, 0.0));
  }
  return values;
}

void storeBelow(KernelBuilder &k, Value result, Value row, Value column, ValueRange values, int64_t width,
                Value end, Value valid) {
  SmallVector<KernelBuilder::Place> places;
  SmallVector<Values> vectors;
  column = columnOf(k, column, values.size(), width);
  for (int64_t i = 0; i < int64_t(values.size()); i += width) {
    Value first = k.add(column, i), inside = valid;
    if (end) {
      inside = k.less(first, end);
      inside = valid ? k.both(valid, inside) : inside;
      first = k.min(first, channelsOf(result) - width);
    }
    places.push_back({row, first, inside});
    vectors.emplace_back(values.slice(i, width));
  }
  k.store(result, places, vectors);
}

} // namespace samba::gpu
