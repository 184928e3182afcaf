//===- FlashSchedules.h - the tiles of FlashForward -----------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Schedule.h"

namespace samba::gpu {

/// Rows of a tile, and how many tiles are under way.
struct FlashSchedule {
  int64_t dim;
  int64_t groups;                     ///< warp groups, of 64 queries each
  int64_t keys, keySlots, querySlots; ///< of a tile; tiles in shared memory
  bool inTurn; ///< whether the warp groups issue their products in turn: while one's run, another has P

  int64_t queries() const { return 64 * groups; }
  /// Whether a warp group takes only the tiles that its own 64 queries see, of those that the block's see. It
  /// keeps V of the last one until K of its next item is there; the slots must hold all that lies between.
  bool ownTiles() const {
    return llvm::divideCeil(64 * (groups - 1), keys) + groups - 2 < uint64_t(keySlots);
  }
  static FlashSchedule of(mlir::Operation *op, int64_t dim, bool overRing);
};

/// What hangs on the window, the length and the heads, how work is dealt to the multiprocessors, WorkList.h
/// reckons. test/bench/README.md has what others take, measured with
///
///   samba-run bench test/bench/attention-schedules.mlir --device cuda
constexpr FlashSchedule flashSchedules[] = {
    // dim, groups, keys, keySlots, querySlots, inTurn
    {64, 3, 128, 4, 2, true}, // not over rings: registers are short, and a chunk of 256 tokens has 4 times 64
    {64, 2, 128, 4, 2, true},
    {128, 2, 128, 2, 2, false},
    {256, 2, 64, 2, 1, false},
};

inline FlashSchedule FlashSchedule::of(mlir::Operation *op, int64_t dim, bool overRing) {
  FlashSchedule schedule = *llvm::find_if(
      flashSchedules, [&](const FlashSchedule &s) { return s.dim == dim && (s.groups == 2 || !overRing); });
  ScheduleOverride replace(op);
  replace("groups", schedule.groups);
  replace("keys", schedule.keys);
  replace("key_slots", schedule.keySlots);
  replace("query_slots", schedule.querySlots);
  replace("in_turn", schedule.inTurn);
  return schedule;
}

} // namespace samba::gpu
