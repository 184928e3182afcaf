//===- Samba.h - The dialect, its interfaces and its ops ------------------------------------------------===//
#pragma once

#include "dialect/Layer.h"
#include "dialect/Storage.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/SambaDialect.h.inc"
#include "dialect/SambaInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialect/SambaOps.h.inc"
