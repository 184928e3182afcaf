//===- Transpose.h - matrices turned on the way between memory and lanes --------------------------------===//
//
// A kernel whose lanes run over rows of a matrix in memory (states [D, N] with lanes over D, keys [T,
// head_dim] with lanes over T) turns it into scratch memory once, L x L elements at a time, and works on
// whole registers from there.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/tile/host/Gemm.h"

namespace samba::host {

/// Emits to [columns, rows] = scale from^T, from [rows, columns]; column strides are 1. Reads and writes
/// nothing else. rows, columns: i64, may be 0.
void transposed(LaneBuilder &k, const Matrix &to, const Matrix &from, Operand rows, Operand columns,
                double scale = 1);

} // namespace samba::host
