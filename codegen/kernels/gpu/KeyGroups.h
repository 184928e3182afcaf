//===- KeyGroups.h - gradients of keys, 64 to a warp group ----------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/DkvBlock.h"

namespace samba::gpu {

/// A block whose warp groups have 64 keys each and walk through the queries. A step has P^T of its queries at
/// hand, and takes that of the next.
class KeyGroups : public DkvBlock {
protected:
  KeyGroups(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x, int64_t slots)
      : DkvBlock(k, sizes, x, {/*keys=*/128, /*queries=*/sizes.dim == 64 ? 128 : 64, slots, slots}) {}

  /// Between steps nothing is in flight.
  struct State {
    Values p, dk, dv; ///< pairs of P^T [64, queries] of the next step; [64, dim] f32
  };
  /// Step `number`; `nextTile`: of the step after it, null if there is none.
  virtual State step(State s, Value number, Value nextTile) = 0;
  virtual void beforeSteps(Value /*first*/) {}
  /// Step `number` where no query sees this warp group's keys; q and dO of it are there.
  virtual void passBy(Value number) = 0;
  /// Between the stores of dV and of dK, which takes the place of K.
  virtual void beforeKeysAreOverwritten() {}

  Value rows() { return k.mul(consumer, 64); }
  Values issueS(Value number) { return issueScores(*keyTile, *queryRing, rows(), number); }
  Values issueDP(Value number) { return issueScores(*valueTile, *gradRing, rows(), number); }
  Values probabilitiesOf(Values scores, Value number, Value tile);
  /// The end of the products that add to dK and dV.
  void awaitSums(State &s);

private:
  /// The steps from `begin` up to `end`, at least one, are those whose queries may see this warp group's
  /// keys.
  struct Range {
    Value begin, end;
  };
  Range ownSteps();
  void passBy(Value begin, Value end);
  void consume() final;
  void turnBack(Values &dk);
  static Values save(const State &s);
  State restore(ValueRange values) const;
};

} // namespace samba::gpu
