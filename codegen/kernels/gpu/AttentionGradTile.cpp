//===- AttentionGradTile.cpp - what the kernels of dk and dv share ---------------------------------===//
#include "codegen/kernels/gpu/AttentionGradTile.h"
#include "codegen/kernels/gpu/Rotary.h"

using namespace mlir;

namespace samba::gpu {

// ---- lse and delta -------------------------------------------------------------------------------------

QueryStatistics::QueryStatistics(KernelBuilder &k, const AttentionSizes &sizes,
                                 const AttentionGradOperands &x, int64_t queries)
    : queries(queries), bytes(2 * queries * 4), tiles(llvm::divideCeil(sizes.T, queries)), k(k),
      heads(sizes.queryHeads), place(k.reserveScratch(sizes.B * heads * tiles * bytes)),
      counters(k.reserveScratch((1 + sizes.B * heads * tiles) * 4)) {
  constexpr int64_t threads = 256;
  const int64_t perHead = tiles * queries, total = sizes.B * heads * perHead;
  k.begin({{int64_t(llvm::divideCeil(total, threads)), 1, 1}, threads});
  Value i = k.add(k.mul(k.blockId(), threads), k.threadId());
  k.when(k.less(i, total), [&] {
    Value row = k.div(i, perHead), query = k.rem(i, perHead), existing = k.min(query, sizes.T - 1);
    Value lse = k.mul(k.load(x.lse, row, existing), -M_LOG2E), delta = k.load(x.delta, row, existing);
    Value isThere = k.less(query, sizes.T);
    Value to = k.at(k.scratch(place), k.mul(k.extend(k.div(i, queries)), bytes));
    to = k.at(to, k.shiftLeft(k.extend(k.rem(i, queries)), 2));
    k.storeScalar(k.select(isThere, lse, -INFINITY), to, k.f32);
    k.storeScalar(k.select(isThere, delta, 0.0), k.at(to, 4 * queries), k.f32);
    k.when(k.equal(k.rem(i, queries), 0),
           [&] { k.storeScalar(k.integer(0), counter(k.div(i, queries)), k.i32); });
    k.when(k.equal(i, 0), [&] { k.storeScalar(k.integer(0), counterOfBlocks(), k.i32); });
  });
  k.end();
}

Value QueryStatistics::number(Value batch, Value head, Value tile) const {
  return k.add(k.mul(k.add(k.mul(batch, heads), head), tiles), tile);
}
Value QueryStatistics::tile(Value batch, Value head, Value tile) const {
  return k.at(k.scratch(place), k.mul(k.extend(number(batch, head, tile)), bytes));
}
Value QueryStatistics::counter(Value number) const {
  return k.at(k.scratch(counters), k.mul(k.add(k.extend(number), 1), 4));
}

/// Where the numbers of this thread's columns begin. Who we are is asked again, which costs less than a
/// register kept through the loop of steps.
static Value ofMyColumns(KernelBuilder &k, Value statistics) {
  return k.at(statistics, k.shiftLeft(k.bitAnd(k.threadIdAgain(), 3), 3));
}
/// One f32 for each of a thread's columns in registers 4 n to 4 n + 3.
static Values perColumn(KernelBuilder &k, Value ofMyColumns, int64_t n) {
  return k.load(k.at(ofMyColumns, 32 * n), k.f32, 2);
}

Values probabilities(KernelBuilder &k, Values scores, Value statistics, double scale2) {
  Values shift;
  Value shifts = ofMyColumns(k, statistics);
  for (auto [i, s] : llvm::enumerate(scores)) {
    if (i % 4 == 0)
      shift = perColumn(k, shifts, i / 4);
    s = k.exp2(k.fma(s, scale2, shift[i % 2]));
  }
  return k.packPairs(scores);
}

Values scoreGradients(KernelBuilder &k, ValueRange p, Values products, Value statistics) {
  const int64_t queries = 2 * products.size();
  Values delta;
  Value deltas = ofMyColumns(k, k.at(statistics, 4 * queries));
  for (size_t i = 0; i < products.size(); i += 2) {
    if (i % 4 == 0)
      delta = perColumn(k, deltas, i / 4);
    auto [low, high] = k.unpackPair(p[i / 2]);
    products[i] = k.mul(low, k.sub(products[i], delta[0]));
    products[i + 1] = k.mul(high, k.sub(products[i + 1], delta[1]));
  }
  return k.packPairs(products);
}

// ---- the queries that see a block of keys --------------------------------------------------------------

/// A token searches for the first one behind it whose document begins elsewhere.
DocumentEnds::DocumentEnds(KernelBuilder &k, const AttentionSizes &sizes) : k(k), T(sizes.T) {
  if (!sizes.documents)
    return;
  begin = k.reserveScratch(sizes.B * T * 4);
  constexpr int64_t threads = 256;
  const int64_t total = sizes.B * T;
  k.begin({{int64_t(llvm::divideCeil(total, threads)), 1, 1}, threads});
  Value i = k.add(k.mul(k.blockId(), threads), k.threadId());
  k.when(k.less(i, total), [&] {
    Value batch = k.div(i, T), token = k.rem(i, T), mine = documentOf(k, sizes, batch, token);
    Values range = k.loop(0, int64_t(llvm::Log2_64_Ceil(T)), 1, {token, k.integer(T)},
                          [&](Value, ValueRange c) -> Values {
                            Value middle = k.div(k.add(c[0], c[1]), 2);
                            Value isMine = k.equal(documentOf(k, sizes, batch, middle), mine);
                            return {k.select(isMine, middle, c[0]), k.select(isMine, c[1], middle)};
                          });
    k.storeScalar(range[1], place(batch, token), k.i32);
  });
  k.end();
}

Value DocumentEnds::place(Value batch, Value token) const {
  return k.at(k.scratch(begin), k.shiftLeft(k.extend(k.add(k.mul(batch, T), token)), 2));
}
Value DocumentEnds::of(Value batch, Value token) const {
  return k.loadScalar(place(batch, k.min(k.madeHere(token), T - 1)), k.i32); // an address would be kept
}

QueryWalk::QueryWalk(KernelBuilder &k, const AttentionSizes &sizes, const DocumentEnds &ends, int64_t keys,
                     int64_t queries, Value batch, Value firstKey)
    : k(k), sizes(sizes), ends(ends), keys(keys), queries(queries), batch(batch), firstKey(firstKey) {
  low = k.div(firstKey, queries);
  Value lastQuery = k.integer(sizes.T - 1);
  if (!sizes.seesAll())
    lastQuery = k.min(k.add(firstKey, keys - 2 + sizes.window), lastQuery);
  if (sizes.documents)
    lastQuery = k.min(k.sub(k.uniform(ends.of(batch, k.add(firstKey, keys - 1))), 1), lastQuery);
  high = k.div(lastQuery, queries);
}

Values QueryWalk::hideAlways(Values scores, Value tile, const std::array<Value, 2> &key) const {
  Visible visible;
  Value firstQuery = k.mul(tile, queries);
  for (int64_t r = 0; r < 2; ++r) {
    visible.begin[r] = k.sub(key[r], firstQuery);
    visible.end[r] = k.add(visible.begin[r], sizes.window);
    if (sizes.documents)
      visible.end[r] = k.min(visible.end[r], k.sub(ends.of(batch, key[r]), firstQuery));
  }
  return hide(k, std::move(scores), visible);
}

Values QueryWalk::hideUnseen(Values scores, Value tile, const std::array<Value, 2> &key) const {
  Value firstQuery = k.mul(tile, queries);
  Value isPartial = k.less(firstQuery, k.add(firstKey, keys - 1)); // a query before a key
  if (!sizes.seesAll())                                            // or out of its window
    isPartial = k.either(isPartial, k.lessEqual(k.add(firstKey, sizes.window - queries + 1), firstQuery));
  if (sizes.documents) // or behind the first key's document
    isPartial = k.either(isPartial, k.less(k.uniform(ends.of(batch, firstKey)), k.add(firstQuery, queries)));
  return k.choose(isPartial, [&] { return hideAlways(scores, tile, key); }, [&] { return scores; });
}

// ---- parts of a group ----------------------------------------------------------------------------------

/// So many that every multiprocessor gets two blocks, if there are so many heads, and all of the same size.
static int64_t partsOf(const AttentionSizes &sizes, int64_t blocks) {
  int64_t parts = std::min<int64_t>(sizes.group(), llvm::divideCeil(2 * multiprocessors, blocks));
  while (sizes.group() % parts)
    ++parts;
  return parts;
}

GroupParts::GroupParts(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x,
                       int64_t blocks, int64_t paddedTokens)
    : count(partsOf(sizes, blocks)), k(k), sizes(sizes), x(x), rows(paddedTokens) {
  if (count > 1)
    place = k.reserveScratch(2 * count * sizes.B * sizes.keyHeads * rows * sizes.dim * 4);
}

Value GroupParts::firstHead(Value keyHead, Value part) const {
  return k.add(k.mul(keyHead, sizes.group()), k.div(k.mul(part, sizes.group()), count));
}

Value GroupParts::address(Value which, Value batch, Value keyHead, Value part, Value key,
                          Value column) const {
  Value sequence = k.add(k.mul(k.add(k.mul(which, count), part), sizes.B), batch);
  Value head = k.add(k.mul(sequence, sizes.keyHeads), keyHead);
  Value element =
      k.add(k.mul(k.add(k.mul(k.extend(head), rows), k.extend(key)), sizes.dim), k.extend(column));
  return k.at(k.scratch(place), k.shiftLeft(element, 2));
}

void GroupParts::store(Which which, Value batch, Value keyHead, Value part, Value key,
                       ValueRange sums) const {
  Value row = k.add(key, k.fragmentRow(0));
  Value first = address(k.integer(which), batch, keyHead, part, row, fragmentColumn(k));
  for (size_t i = 0; i < sums.size(); i += 2) {
    int64_t offset = 8 * rowOf(i) * sizes.dim + TileBuilder::fragmentColumn(i);
    k.store(sums.slice(i, 2), k.at(first, 4 * offset), k.f32);
  }
}

void GroupParts::emitSum() const {
  if (count == 1)
    return;
  constexpr int64_t threads = 256, width = 4; // of either half of a head
  const int64_t vectors = sizes.dim / 2 / width, perHead = sizes.T * vectors;
  k.begin({{int64_t(llvm::divideCeil(perHead, threads)), sizes.B * sizes.keyHeads, 2}, threads});
  Value i = k.add(k.mul(k.blockId(), threads), k.threadId()), sequence = k.blockId(1), which = k.blockId(2);
  k.when(k.less(i, perHead), [&] {
    Value token = k.div(i, vectors), vector = k.rem(i, vectors), column = k.mul(vector, width);
    Value batch = k.div(sequence, sizes.keyHeads), head = k.rem(sequence, sizes.keyHeads);
    std::array<Values, 2> sums;
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t part = 0; part < count; ++part) {
        Values terms =
            k.load(address(which, batch, head, k.integer(part), token, k.add(column, half * sizes.dim / 2)),
                   k.f32, width);
        for (auto [j, term] : llvm::enumerate(terms))
          if (part == 0)
            sums[half].push_back(term);
          else
            sums[half][j] = k.add(sums[half][j], term);
      }
    Value row = k.add(k.mul(batch, sizes.T), token);
    column = k.add(k.mul(head, sizes.dim), column);
    for (auto [number, result, rotary] : {std::tuple(dk, x.dk, x.turnDk), std::tuple(dv, x.dv, RotaryOp())})
      k.when(k.equal(which, number), [&, result = result, rotary = rotary, halves = sums]() mutable {
        if (rotary)
          turnPairs(k, halves[0], halves[1], rotaryAngles(k, rotary, row, vector, width));
        for (int64_t half = 0; half < 2; ++half)
          k.store(result, k.extend(row), k.add(column, half * sizes.dim / 2), halves[half]);
      });
  });
  k.end();
}

} // namespace samba::gpu
