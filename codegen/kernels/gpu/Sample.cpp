//===- Sample.cpp - the next token from the logits ------------------------------------------------------===//
//
// A block draws for one row, without sorting it. Each thread keeps the largest of its logits; the k-th
// largest of those, found by bisection with one counting barrier a step, is a bound below the k-th largest of
// all (without top-k, min-p's threshold is such a bound). The few logits from the bound up go to shared
// memory, in a fixed order, and every thread looks at all of them for one:
//
//     kept_i = #{l_j > l_i} < k,  sum of e^{l_j - max} over l_j > l_i < p Z,  l_i >= max + log min_p
//     drawn: the last i, largest logits first, for which the weight before it is at most u W
//
// Three passes over the row, 4 V bytes each, from the second on out of L1: about 5 us for 32,000 tokens.
// Where more than a thread's logit each remain (a huge k, or neither top-k nor min-p), bisection goes over
// the whole row: Sampling.h.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/Sampling.h"
#include "codegen/kernels/gpu/Kernels.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t threads = 1024, warps = threads / 32, mostInFlight = 8;
constexpr int64_t mostTokens = 1 << 24; // ids are compared as f32

class SampleRow {
public:
  SampleRow(SampleOp op, KernelBuilder &k)
      : op(op), k(k), V(channelsOf(op.getLogits())), width(k.vectorWidth(op.getLogits(), 4)) {}

  void emit() {
    k.begin({{rowsOf(op.getLogits()), 1, 1}, threads});
    thread = k.threadId();
    row = k.blockId();
    scratch = k.sharedMemory(k.reserveShared(128));
    logits = k.sharedMemory(k.reserveShared(threads * 4));
    ids = k.sharedMemory(k.reserveShared(threads * 4));
    weights = k.sharedMemory(k.reserveShared(threads * 4));
    auto rule = [&](int64_t i) { return k.loadScalar(k.at(k.pointer(op.getSampling()), 4 * i), k.f32); };
    rules = {rule(0), rule(1), rule(2), rule(3)};

    Values mine = overRow({k.number(-INFINITY), k.integer(V), k.number(0)},
                          [&](Value logit, Value id, Value valid, ValueRange so) -> Values {
                            Value better = k.both(valid, k.less(so[0], logit));
                            return {k.select(better, logit, so[0]), k.select(better, id, so[1]),
                                    k.add(so[2], k.select(valid, k.mul(logit, 0.0), 0.0))};
                          });
    largestOfThread = mine[0];
    all.size = V;
    all.largest = k.maxBlock(largestOfThread, threads, scratch);
    all.sum = [&](LogitRow::Term term) { return sumOverRow(term); };
    all.exp = [&](Value x) { return k.exp(x); };
    all.log = [&](Value x) { return k.log(x); };
    Value id = k.toFloat(k.select(k.equal(largestOfThread, all.largest), mine[1], V));
    Value first = k.toInteger(k.neg(k.maxBlock(k.neg(id), threads, scratch)), k.i32);
    Value finite = k.equal(k.sumBlock(mine[2], threads, scratch), 0.0);
    k.choose(
        k.select(finite, k.lessEqual(rules.temperature, 0.0), 1),
        [&]() -> Values {
          k.when(k.equal(thread, 0), [&] { write(k.select(finite, first, 0), k.select(finite, first, -1)); });
          return {};
        },
        [&]() -> Values {
          draw();
          return {};
        });
    k.end();
  }

private:
  /// body(logit, id, whether it is there, carried) for this thread's part of the row.
  Values overRow(ValueRange initial,
                 llvm::function_ref<Values(Value logit, Value id, Value valid, ValueRange)> body) {
    const int64_t step = threads * width;
    const int64_t inFlight = std::min<int64_t>(mostInFlight, llvm::divideCeil(V, step));
    return k.loop(k.mul(thread, width), V, step * inFlight, initial, [&](Value begin, ValueRange carried) {
      Values columns;
      SmallVector<Values> vectors;
      for (int64_t i = 0; i < inFlight; ++i) {
        columns.push_back(k.add(begin, i * step));
        vectors.push_back(k.load(op.getLogits(), row, k.min(columns.back(), V - width), width));
      }
      Values now(carried);
      for (auto [column, vector] : llvm::zip(columns, vectors)) {
        Value valid = k.less(column, V);
        for (auto [i, logit] : llvm::enumerate(vector))
          now = body(logit, k.add(column, int64_t(i)), valid, now);
      }
      return now;
    });
  }

  Value sumOverRow(LogitRow::Term term) {
    Value mine = overRow({k.number(0)}, [&](Value logit, Value id, Value valid, ValueRange so) -> Values {
      return {k.add(so[0], k.select(valid, term(logit, id), 0.0))};
    })[0];
    return k.sumBlock(mine, threads, scratch);
  }

  void write(Value next, Value drawn) {
    auto store = [&](Value result, Value token) {
      k.storeScalar(token, k.at(k.pointer(result), k.mul(k.extend(row), 4)), k.i32);
    };
    store(op.getNext(), next);
    store(op.getDrawn(), drawn);
  }

  Value uniform() {
    auto half = [&](int64_t i) { return k.toInteger(k.loadInteger(op.getSeed(), i)); };
    return samplingUniform(k, half(0), half(1), k.extend(row), k.loadInteger(op.getPosition(), row));
  }

  /// From which on logits are worth a look: nothing below it may be drawn.
  Value lowerBound() {
    return k.choose(
        k.both(k.less(0.0, rules.topK), k.lessEqual(rules.topK, double(threads))),
        [&]() -> Values {
          return {largestThreshold(k, all.largest, [&](Value t) {
            Value threadsFrom = k.countInBlock(k.lessEqual(t, largestOfThread));
            return k.lessEqual(rules.topK, k.toFloat(threadsFrom));
          })};
        },
        [&]() -> Values { return {minPThreshold(k, all, rules)}; })[0];
  }

  /// The sum of `count` (i32) over the threads before this one, and over all of them.
  std::pair<Value, Value> scan(Value count) {
    Value lane = k.laneId(), warp = k.warpId(), upTo = count;
    for (int64_t distance = 1; distance < 32; distance *= 2) {
      Value other = k.shuffle(upTo, k.bitAnd(k.sub(lane, distance), 31));
      upTo = k.add(upTo, k.select(k.lessEqual(distance, lane), other, 0));
    }
    k.when(k.equal(lane, 31), [&] { k.storeScalar(upTo, k.at(scratch, k.mul(warp, 4)), k.i32); });
    k.barrier();
    static_assert(warps == 32);
    Value ofWarp = k.loadScalar(k.at(scratch, k.mul(lane, 4)), k.i32);
    Value before = k.sumLanes(k.select(k.less(lane, warp), ofWarp, 0)), total = k.sumLanes(ofWarp);
    k.barrier();
    return {k.add(before, k.sub(upTo, count)), total};
  }

  void draw() {
    Value bound = lowerBound();
    Value count = overRow({k.integer(0)}, [&](Value logit, Value, Value valid, ValueRange so) -> Values {
      return {k.add(so[0], k.select(k.both(valid, k.lessEqual(bound, logit)), k.integer(1), 0))};
    })[0];
    auto [before, total] = scan(count);
    k.choose(
        k.both(k.lessEqual(total, threads), k.lessEqual(rules.topK, double(threads))),
        [&, before = before, total = total]() -> Values {
          gather(bound, before);
          drawFromList(total);
          return {};
        },
        [&]() -> Values {
          Value token = drawToken(k, all, rules, uniform());
          k.when(k.equal(thread, 0), [&] { write(token, token); });
          return {};
        });
  }

  /// The logits from `bound` up and their ids, this thread's from place `before` of the list on.
  void gather(Value bound, Value before) {
    overRow({before}, [&](Value logit, Value id, Value valid, ValueRange so) -> Values {
      Value isIn = k.both(valid, k.lessEqual(bound, logit));
      k.when(isIn, [&] {
        Value place = k.mul(so[0], 4);
        k.storeScalar(logit, k.at(logits, place), k.f32);
        k.storeScalar(id, k.at(ids, place), k.i32);
      });
      return {k.add(so[0], k.select(isIn, k.integer(1), 0))};
    });
    k.barrier();
  }

  /// Thread i has element i of the list.
  void drawFromList(Value n) {
    auto element = [&](Value list, Value i, Type type) {
      return k.loadScalar(k.at(list, k.mul(i, 4)), type);
    };
    Value isIn = k.less(thread, n), i = k.min(thread, k.sub(n, 1));
    Value logit = element(logits, i, k.f32), id = element(ids, i, k.i32);
    Value over = k.sub(logit, all.largest), share = k.exp(over); // of the largest's probability
    auto publish = [&](Value weight) {
      k.when(isIn, [&] { k.storeScalar(weight, k.at(weights, k.mul(thread, 4)), k.f32); });
    };
    auto ofAll = [&](llvm::function_ref<Value(Value other, Value otherId)> comesBefore) {
      return k.loop(0, n, 1, {k.number(0), k.number(0)}, [&](Value j, ValueRange so) -> Values {
        Value before = comesBefore(element(logits, j, k.f32), element(ids, j, k.i32));
        return {k.add(so[0], k.select(before, k.number(1), 0.0)),
                k.add(so[1], k.select(before, element(weights, j, k.f32), 0.0))};
      });
    };

    publish(share);
    k.barrier();
    Values larger = ofAll([&](Value other, Value) { return k.less(logit, other); }); // how many, their mass
    Value byCount = k.both(isIn, k.either(k.lessEqual(rules.topK, 0.0), k.less(larger[0], rules.topK)));
    Value mass = k.choose(
        k.less(0.0, rules.topK),
        [&]() -> Values { return {k.sumBlock(k.select(byCount, share, 0.0), threads, scratch)}; },
        [&]() -> Values {
          return {sumOverRow([&](Value l, Value) { return k.exp(k.sub(l, all.largest)); })};
        })[0]; // and its barriers: the list of weights may be written again
    Value byMass = k.either(k.lessEqual(1.0, rules.topP), k.less(larger[1], k.mul(rules.topP, mass)));
    Value byShare = k.lessEqual(minPThreshold(k, all, rules), logit);
    Value kept = k.both(byCount, k.either(k.both(byMass, byShare), k.equal(logit, all.largest)));

    Value weight = k.select(kept, k.exp(k.div(over, rules.temperature)), 0.0);
    publish(weight);
    Value wanted = k.mul(uniform(), k.sumBlock(weight, threads, scratch));
    Values earlier = ofAll([&](Value other, Value otherId) {
      return k.either(k.less(logit, other), k.both(k.equal(logit, other), k.less(otherId, id)));
    }); // rank, weight before
    Value reached = k.both(k.less(0.0, weight), k.lessEqual(earlier[1], wanted));
    Value last = k.maxBlock(k.select(reached, earlier[0], -1.0), threads, scratch);
    k.when(k.both(reached, k.equal(earlier[0], last)), [&] { write(id, id); });
  }

  SampleOp op;
  KernelBuilder &k;
  const int64_t V, width;
  Value thread, row, scratch;
  Value logits, ids, weights; ///< the list, in shared memory
  Value largestOfThread;
  SamplingRules rules;
  LogitRow all;
};

struct SampleKernel : GpuKernelOpInterface::ExternalModel<SampleKernel, SampleOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto sample = cast<SampleOp>(op);
    if (channelsOf(sample.getLogits()) > mostTokens)
      return sample.emitOpError("expected a vocabulary of at most ")
             << mostTokens << " tokens, got " << channelsOf(sample.getLogits());
    SampleRow(sample, k).emit();
    return success();
  }
};

} // namespace

void attachSample(MLIRContext &context) { SampleOp::attachInterface<SampleKernel>(context); }

} // namespace samba::gpu
