//===- SambaDialect.cpp - Registers the ops of the dialect ----------------------------------------------===//
#include "dialect/Samba.h"

#include "dialect/SambaDialect.cpp.inc"
#include "dialect/SambaInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialect/SambaOps.cpp.inc"

void samba::SambaDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialect/SambaOps.cpp.inc"
      >();
}
