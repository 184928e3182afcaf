//===- LaneMath.cpp - exp, log, sigmoid and their kin on lanes ------------------------------------------===//
//
// Each function is range reduction, a minimax polynomial (Remez, in double, relative error) and
// reconstruction. Coefficients stand lowest power first.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/tile/host/LaneBuilder.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

/// Applies a function that exists on lanes only to a scalar too.
Value LaneBuilder::onLanes(Value x, function_ref<Value(Value)> function) {
  if (isa<VectorType>(x.getType()))
    return function(x);
  return extract(function(splat(x)), 0);
}

Value LaneBuilder::intrinsic(StringRef name, Type result, ValueRange arguments) {
  return make<LLVM::CallIntrinsicOp>(result, b.getStringAttr(name), arguments).getResults();
}

Value LaneBuilder::horner(Value x, ArrayRef<double> coefficients) {
  Value result = constant(x.getType(), coefficients.back());
  for (double c : llvm::reverse(coefficients.drop_back()))
    result = fma(result, x, c);
  return result;
}

Value LaneBuilder::floor(Value x) { return make<LLVM::FFloorOp>(x.getType(), x); }

/// x * 2^power for integral powers: vscalefps, or a multiplication by the power's bit pattern (power in
/// [-127, 128]: the ends are 0 and infinity).
Value LaneBuilder::scaleByPowerOf2(Value x, Value power) {
  if (isAvx512())
    return intrinsic("llvm.x86.avx512.mask.scalef.ps.512", lanesOf(f32),
                     {x, power, x, constant(b.getI16Type(), -1), constant(i32, 4)});
  Value biased = add(toInteger(power, i32), 127);
  Value exponent = make<arith::ShLIOp>(biased, constant(lanesOf(i32), 23));
  return mul(x, bits(exponent, f32));
}

// 2^f on [0, 1] with the constant exactly 1; relative errors 8.2e-8 and 2.0e-9. exp2 takes the short one: the
// selective scan computes one 2^f for every 8 floating-point operations.
static constexpr double exp2Coefficients[] = {1,
                                              0.6931513118048813,
                                              0.2401644501528564,
                                              0.05579991310971216,
                                              0.009017030315845692,
                                              0.0018671300724588241};
static constexpr double exp2LongCoefficients[] = {1,
                                                  0.6931470444433281,
                                                  0.24022930555219593,
                                                  0.055485280618797934,
                                                  0.009675451566600787,
                                                  0.0012467846449226942,
                                                  0.0002161291494307368};

Value LaneBuilder::exp2(Value scalarOrLanes) {
  return onLanes(scalarOrLanes, [&](Value x) {
    if (isAvx512()) { // vreduceps: x - floor(x), 0 for infinities; vscalefps takes the floor itself
      Value fraction = intrinsic("llvm.x86.avx512.mask.reduce.ps.512", lanesOf(f32),
                                 {x, constant(i32, 1), x, constant(b.getI16Type(), -1), constant(i32, 4)});
      return scaleByPowerOf2(horner(fraction, exp2Coefficients), x);
    }
    x = clamp(x, -127, 128);
    Value whole = floor(x);
    return scaleByPowerOf2(horner(sub(x, whole), exp2Coefficients), whole);
  });
}

Value LaneBuilder::exp(Value scalarOrLanes) {
  // x = n ln 2 + r with ln 2 in two parts, so that r is exact to f32; e^r = 2^(r / ln 2), the scale folded
  // into the coefficients.
  constexpr double ln2High = 0.693359375, ln2Low = M_LN2 - ln2High;
  SmallVector<double> coefficients;
  for (auto [i, c] : llvm::enumerate(exp2LongCoefficients))
    coefficients.push_back(c / std::pow(M_LN2, double(i)));
  return onLanes(scalarOrLanes, [&](Value x) {
    x = clamp(x, (isAvx512() ? -160 : -126.99) * M_LN2, 128 * M_LN2 + 1e-5); // the low end gives 0
    Value n = floor(mul(x, 1 / M_LN2));
    Value r = fma(n, -ln2Low, fma(n, -ln2High, x));
    return scaleByPowerOf2(horner(r, coefficients), n);
  });
}

/// (atanh(s) / s - 1) / s^2 as a polynomial in s^2, s in [0, 1/3]; relative error of atanh 4.5e-9.
Value LaneBuilder::atanhTail(Value square) {
  return horner(square, {0.3333320656642801, 0.20010849527016814, 0.13999570566774164, 0.14012229320050576});
}

Value LaneBuilder::log(Value scalarOrLanes) {
  return onLanes(scalarOrLanes, [&](Value x) {
    // x = 2^e m, m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1)
    constexpr int64_t sqrtHalf = 0x3f3504f3;
    Value pattern = bits(x, i32);
    Value e = make<arith::ShRSIOp>(sub(pattern, sqrtHalf), constant(lanesOf(i32), 23));
    Value power = make<arith::ShLIOp>(e, constant(lanesOf(i32), 23));
    Value m = bits(sub(pattern, power), f32);
    Value f = sub(m, 1);
    Value s = div(f, add(m, 1)), square = mul(s, s);
    // log m = f - s (f - 2 s^2 P): the leading term f is exact
    Value logM = sub(f, mul(s, sub(f, mul(mul(square, 2), atanhTail(square)))));
    Value result = fma(toFloat(e), M_LN2, logM);
    result = select(less(x, INFINITY), result, x);
    result = select(less(0, x), result, select(equal(x, 0), -INFINITY, constant(lanesOf(f32), NAN)));
    return result;
  });
}

Value LaneBuilder::sigmoid(Value x) { return div(1, add(exp(neg(x)), 1)); }

Value LaneBuilder::silu(Value x) { return div(x, add(exp(neg(x)), 1)); }

Value LaneBuilder::softplus(Value x) {
  // max(x, 0) + log1p(u), u = e^-|x|; log1p(u) = 2 atanh(s), s = u / (2 + u)
  Value u = exp(neg(abs(x)));
  Value s = div(u, add(u, 2)), square = mul(s, s);
  Value log1p = mul(s, fma(mul(square, 2), atanhTail(square), 2));
  return add(max(0, x), log1p);
}

Value LaneBuilder::sqrt(Value x) { return make<LLVM::SqrtOp>(x.getType(), x); }
Value LaneBuilder::rsqrt(Value x) { return div(1, sqrt(x)); }

std::pair<Value, Value> LaneBuilder::sinCos(Value angle) {
  // angle = n pi/2 + r, |r| <= pi/4, in f64 with pi/2 in two parts; the rest is f32.
  constexpr double halfPiHigh = 1.5707963267948966, halfPiLow = 6.123233995736766e-17;
  Value n = make<LLVM::RoundEvenOp>(angle.getType(), mul(angle, 2 / M_PI));
  Value r = toFloat(fma(n, -halfPiLow, fma(n, -halfPiHigh, angle)), f32);
  Value quadrant = toInteger(n, i32);
  Value z = mul(r, r);
  Value sine =
      fma(mul(z, r), horner(z, {-0.16666654940198283, 0.008332177916320658, -0.00019517266838353973}), r);
  Value cosine = horner(z, {1, -0.5, 0.041666646860525514, -0.001388736721298519, 2.4438415545977537e-05});
  // An odd quadrant swaps them; bit 1 of n is the sine's sign, bit 1 of n + 1 the cosine's.
  auto bit1AsSign = [&](Value q) {
    Value bit = both(q, constant(q.getType(), 2));
    return Value(make<arith::ShLIOp>(bit, constant(q.getType(), 30)));
  };
  auto withSign = [&](Value x, Value sign) { return bits(make<arith::XOrIOp>(bits(x, i32), sign), f32); };
  Value even = equal(both(quadrant, constant(quadrant.getType(), 1)), 0);
  return {withSign(select(even, sine, cosine), bit1AsSign(quadrant)),
          withSign(select(even, cosine, sine), bit1AsSign(add(quadrant, 1)))};
}

} // namespace samba::host
