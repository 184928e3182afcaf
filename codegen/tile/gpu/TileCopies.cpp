//===- TileCopies.cpp - what goes on beside a kernel's text, and how it is waited for -------------------===//
#include "codegen/tile/gpu/TileBuilder.h"

using namespace mlir;

namespace samba::gpu {

// ---- copies that go on beside the text -------------------------------------------------------------------

void TileBuilder::copyAsync16(Value sharedTo, Value globalFrom, Value valid) {
  Value bytes = valid ? select(valid, integer(16), 0) : Value();
  make<NVVM::CpAsyncOp>(sharedTo, globalFrom, 16, NVVM::LoadCacheModifierKind::CG, bytes);
}
void TileBuilder::copyAsyncCommit() { make<NVVM::CpAsyncCommitGroupOp>(); }
void TileBuilder::copyAsyncWait(int64_t pending) { make<NVVM::CpAsyncWaitGroupOp>(pending); }

static void emitTmaLoad(TileBuilder &k, Value sharedTo, Value map, ValueRange coordinates, Value mbarrier,
                        Value mask) {
  Value to = k.make<LLVM::AddrSpaceCastOp>(k.clusterPtr, sharedTo);
  k.make<NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp>(
      to, map, coordinates, mbarrier, /*im2colOffsets=*/ValueRange(), mask, /*l2CacheHint=*/Value(),
      NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
}

void TileBuilder::tmaLoad(Value sharedTo, Value tensorMap, ValueRange coordinates, Value mbarrier) {
  emitTmaLoad(*this, sharedTo, tensorMap, coordinates, mbarrier, Value());
}
void TileBuilder::tmaLoadMulticast(Value sharedTo, Value tensorMap, ValueRange coordinates, Value mbarrier,
                                   Value mask) {
  emitTmaLoad(*this, sharedTo, tensorMap, coordinates, mbarrier, mask);
}
void TileBuilder::tmaStore(Value tensorMap, Value sharedFrom, ValueRange coordinates) {
  make<NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp>(tensorMap, sharedFrom, coordinates,
                                                   /*l2CacheHint=*/Value(), NVVM::TMAStoreMode::TILE,
                                                   /*predicate=*/Value());
}
void TileBuilder::tmaAdd(Value tensorMap, Value sharedFrom, ValueRange coordinates) {
  make<NVVM::CpAsyncBulkTensorReduceOp>(tensorMap, sharedFrom, NVVM::TMAReduxKind::ADD,
                                        NVVM::TMAStoreMode::TILE, coordinates, /*l2CacheHint=*/Value());
}
void TileBuilder::bulkLoad(Value sharedTo, Value globalFrom, Operand bytes, Value mbarrier) {
  Value to = make<LLVM::AddrSpaceCastOp>(clusterPtr, sharedTo);
  make<NVVM::CpAsyncBulkGlobalToSharedClusterOp>(to, globalFrom, mbarrier, materialize(bytes, i32),
                                                 /*multicastMask=*/Value(), /*l2CacheHint=*/Value());
}
void TileBuilder::bulkStore(Value globalTo, Value sharedFrom, Operand bytes) {
  make<NVVM::CpAsyncBulkSharedCTAToGlobalOp>(globalTo, sharedFrom, materialize(bytes, i32),
                                             /*l2CacheHint=*/Value(), /*byteMask=*/Value());
}
void TileBuilder::bulkAdd(Value globalTo, Value sharedFrom, Operand bytes) {
  ptx({}, "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [$0], [$1], $2;",
      {globalTo, sharedFrom, materialize(bytes, i32)});
}
void TileBuilder::bulkCommit() { make<NVVM::CpAsyncBulkCommitGroupOp>(); }
void TileBuilder::bulkWait(int64_t pending, bool readOnly) {
  make<NVVM::CpAsyncBulkWaitGroupOp>(pending, readOnly ? b.getUnitAttr() : UnitAttr());
}
void TileBuilder::prefetchL2(Value globalFrom, Operand bytes) {
  make<NVVM::CpAsyncBulkPrefetchOp>(globalFrom, materialize(bytes, i32), /*l2CacheHint=*/Value());
}
void TileBuilder::prefetchLine(Value globalFrom) { ptx({}, "prefetch.global.L2 [$0];", {globalFrom}); }
void TileBuilder::prefetchTensorMap(Value tensorMap) { ptx({}, "prefetch.tensormap [$0];", {tensorMap}); }
void TileBuilder::fenceAsyncShared() {
  make<NVVM::FenceProxyOp>(NVVM::ProxyKind::async_shared,
                           NVVM::SharedSpaceAttr::get(b.getContext(), NVVM::SharedSpace::shared_cta));
}

// ---- barriers --------------------------------------------------------------------------------------------

void TileBuilder::barrier() { make<NVVM::Barrier0Op>(); }
void TileBuilder::namedBarrier(Operand id, int64_t threads) {
  make<NVVM::BarrierOp>(TypeRange(), materialize(id, i32), integer(threads), NVVM::BarrierReductionAttr(),
                        Value());
}
void TileBuilder::namedBarrierArrive(Operand id, int64_t threads) {
  make<NVVM::BarrierArriveOp>(materialize(id, i32), integer(threads));
}
void TileBuilder::warpBarrier() { make<NVVM::SyncWarpOp>(integer(-1)); }
void TileBuilder::clusterArrive() { make<NVVM::ClusterArriveOp>(UnitAttr()); }
void TileBuilder::clusterWait() { make<NVVM::ClusterWaitOp>(UnitAttr()); }

void TileBuilder::initBarrier(Value mbarrier, int64_t arrivals) {
  make<NVVM::MBarrierInitOp>(mbarrier, integer(arrivals), Value());
}
void TileBuilder::fenceBarrierInit() { make<NVVM::FenceMbarrierInitOp>(); }

void TileBuilder::waitBarrier(Value mbarrier, Value parity) {
  ptx({},
      "{\n.reg .pred done;\nwait:\nmbarrier.try_wait.parity.shared::cta.b64 done, [$0], $1;\n@!done bra "
      "wait;\n}",
      {mbarrier, parity});
}

/// `text` predicated with the operand after the others, if there is one.
static void predicated(TileBuilder &k, const Twine &text, Values operands, Value predicate) {
  std::string guard;
  if (predicate) {
    guard = "@$" + std::to_string(operands.size()) + " ";
    operands.push_back(predicate);
  }
  k.ptx({}, guard + text.str(), operands);
}

void TileBuilder::arrive(Value mbarrier, Value predicate) {
  predicated(*this, "mbarrier.arrive.shared::cta.b64 _, [$0];", {mbarrier}, predicate);
}

void TileBuilder::arriveRemote(Value mbarrier, Value clusterRank, Value predicate) {
  Value there = make<NVVM::MapaOp>(clusterPtr, mbarrier, clusterRank);
  predicated(*this, "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [$0];", {there}, predicate);
}

void TileBuilder::arriveExpect(Value mbarrier, Operand bytes) {
  make<NVVM::MBarrierArriveExpectTxOp>(Type(), mbarrier, materialize(bytes, i32), NVVM::MemScopeKind::CTA,
                                       /*relaxed=*/false, /*predicate=*/Value());
}

Value TileBuilder::countUp(Value counter) {
  return ptx({i32}, "atom.add.release.gpu.global.u32 $0, [$1], 1;", {counter})[0];
}
void TileBuilder::awaitCount(Value counter, Value count) {
  ptx({},
      "{\n.reg .pred early;\n.reg .b32 seen;\nagain:\nld.acquire.gpu.global.b32 seen, [$0];\nsetp.lt.s32 "
      "early, "
      "seen, $1;\n@early bra again;\nfence.proxy.async.global;\n}",
      {counter, count});
}

void TileBuilder::setMaxRegisters(int64_t registers, bool increase) {
  make<NVVM::SetMaxRegisterOp>(registers, increase ? NVVM::SetMaxRegisterAction::increase
                                                   : NVVM::SetMaxRegisterAction::decrease);
}
void TileBuilder::waitForEarlierLaunches() { make<NVVM::GriddepcontrolOp>(NVVM::GridDepActionKind::wait); }
void TileBuilder::allowLaterLaunches() {
  make<NVVM::GriddepcontrolOp>(NVVM::GridDepActionKind::launch_dependents);
}

} // namespace samba::gpu
