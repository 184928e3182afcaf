//===- Cluster.h - blocks that read each other's shared memory ------------------------------------------===//
#pragma once

#include "codegen/tile/gpu/TileBuilder.h"

namespace samba::gpu {

/// The same place in the shared memory of block `rank` of the cluster: pointer of the cluster's shared
/// memory. What it holds is there after a clusterBarrier, and until the next that its owner passes.
inline Value inBlock(TileBuilder &k, Value shared, int64_t rank) {
  return k.make<mlir::NVVM::MapaOp>(k.clusterPtr, shared, k.integer(rank));
}

} // namespace samba::gpu
