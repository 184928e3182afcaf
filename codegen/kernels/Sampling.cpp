//===- Sampling.cpp - thresholds by bisection, and Philox -----------------------------------------------===//
#include "codegen/kernels/Sampling.h"

#include <limits>

using namespace mlir;

namespace samba {

/// The largest t in [low, high) for which `holds` is true; it is for low, and false from some t on. i64.
static Value bisect(ScalarBuilder &k, Value low, Value high, int64_t steps,
                    llvm::function_ref<Value(Value)> holds) {
  return k.loop(0, steps, 1, {low, high}, [&](Value, ValueRange range) -> Values {
    Value middle = k.add(range[0], k.div(k.sub(range[1], range[0]), 2)), does = holds(middle);
    return {k.select(does, middle, range[0]), k.select(does, range[1], middle)};
  })[0];
}

//===- Floats in their order as integers: the bits of negative ones run backwards -----------------------===//

static Value reversedIfNegative(ScalarBuilder &k, Value word) {
  Value sign = k.make<arith::ShRSIOp>(word, k.constant(k.i32, 31));
  return k.make<arith::XOrIOp>(word, k.make<arith::AndIOp>(sign, k.constant(k.i32, 0x7fffffff)));
}
static Value orderOf(ScalarBuilder &k, Value x) { // + 0: -0 becomes 0
  return k.toInteger(reversedIfNegative(k, k.bits(k.add(x, 0.0), k.i32)));
}
static Value floatOf(ScalarBuilder &k, Value order) {
  return k.bits(reversedIfNegative(k, k.toInteger(order, k.i32)), k.f32);
}

Value largestThreshold(ScalarBuilder &k, Value highest, llvm::function_ref<Value(Value)> holds) {
  Value low = orderOf(k, k.number(-std::numeric_limits<double>::infinity()));
  Value high = k.add(orderOf(k, highest), 1);
  return floatOf(k, bisect(k, low, high, 32, [&](Value order) { return holds(floatOf(k, order)); }));
}

//===- The rules ----------------------------------------------------------------------------------------===//

Value minPThreshold(ScalarBuilder &k, const LogitRow &row, const SamplingRules &rules) {
  return k.min(row.largest, k.add(row.largest, row.log(rules.minP)));
}

Value drawToken(ScalarBuilder &k, const LogitRow &row, const SamplingRules &rules, Value uniform) {
  Value largest = row.largest;
  auto one = [&](Value like) { return k.constant(like.getType(), 1); };
  auto weight = [&](Value logit, Value scale) { return row.exp(k.mul(k.sub(logit, largest), scale)); };
  auto countFrom = [&](Value t) {
    return row.sum([&](Value logit, Value) { return k.select(k.lessEqual(t, logit), one(logit), 0.0); });
  };
  auto massFrom = [&](Value t, Value scale) {
    return row.sum(
        [&](Value logit, Value) { return k.select(k.lessEqual(t, logit), weight(logit, scale), 0.0); });
  };

  Value lowest = k.number(-std::numeric_limits<double>::infinity()), unit = k.number(1);
  Value threshold = k.choose(
      k.less(0.0, rules.topK),
      [&]() -> Values {
        return {largestThreshold(k, largest, [&](Value t) { return k.lessEqual(rules.topK, countFrom(t)); })};
      },
      [&]() -> Values { return {lowest}; })[0];
  threshold = k.choose(
      k.less(rules.topP, 1.0),
      [&]() -> Values {
        Value wanted = k.mul(rules.topP, massFrom(threshold, unit));
        Value byMass = largestThreshold(
            k, largest, [&](Value t) { return k.lessEqual(wanted, massFrom(k.max(t, threshold), unit)); });
        return {k.max(threshold, byMass)};
      },
      [&]() -> Values { return {threshold}; })[0];
  threshold = k.max(threshold, minPThreshold(k, row, rules));

  // The logit v that is drawn, and which of the tokens that have it. Temperature 0: the first with the
  // largest.
  Values drawn = k.choose(
      k.less(0.0, rules.temperature),
      [&]() -> Values {
        Value scale = k.div(1.0, rules.temperature), share = k.mul(uniform, massFrom(threshold, scale));
        Value v = largestThreshold(k, largest, [&](Value t) {
          return k.either(k.lessEqual(t, threshold), k.less(share, massFrom(k.max(t, threshold), scale)));
        });
        Value before = row.sum(
            [&](Value logit, Value) { return k.select(k.less(v, logit), weight(logit, scale), 0.0); });
        Value equals =
            row.sum([&](Value logit, Value) { return k.select(k.equal(v, logit), one(logit), 0.0); });
        Value which = k.div(k.sub(share, before), k.max(weight(v, scale), std::numeric_limits<float>::min()));
        return {v, k.max(0.0, k.min(which, k.sub(equals, 1.0)))};
      },
      [&]() -> Values { return {largest, k.number(0)}; });
  Value v = drawn[0], which = drawn[1];
  int64_t steps = llvm::Log2_64_Ceil(uint64_t(row.size)) + 1;
  Value id = bisect(k, k.index(0), k.index(row.size), steps, [&](Value end) {
    Value bound = k.toInteger(end, k.i32);
    Value before = row.sum([&](Value logit, Value id) {
      return k.select(k.both(k.equal(v, logit), k.less(id, bound)), one(logit), 0.0);
    });
    return k.lessEqual(before, which);
  });
  return k.toInteger(id, k.i32);
}

//===- Philox 4x32-10 -----------------------------------------------------------------------------------===//

Value samplingUniform(ScalarBuilder &k, Value seedLow, Value seedHigh, Value stream, Value index) {
  constexpr int64_t purpose = 2, word = 0xffffffff; // the player's Purpose::Sampling
  auto low = [&](Value x) { return k.both(x, k.index(word)); };
  auto high = [&](Value x) -> Value { return k.make<arith::ShRUIOp>(x, k.index(32)); };
  auto mix = [&](Value x, Value y, Value z) -> Value {
    return k.make<arith::XOrIOp>(k.make<arith::XOrIOp>(x, y), z);
  };
  Values c = {low(index), high(index), low(stream), k.index(purpose)};
  Value key0 = low(seedLow), key1 = low(seedHigh);
  for (int round = 0; round < 10; ++round) {
    Value p0 = k.mul(c[0], k.index(0xD2511F53)), p1 = k.mul(c[2], k.index(0xCD9E8D57));
    c = {mix(high(p1), c[1], key0), low(p1), mix(high(p0), c[3], key1), low(p0)};
    key0 = low(k.add(key0, k.index(0x9E3779B9)));
    key1 = low(k.add(key1, k.index(0xBB67AE85)));
  }
  return k.mul(k.toFloat(k.make<arith::ShRUIOp>(c[0], k.index(8))), 0x1p-24);
}

} // namespace samba
