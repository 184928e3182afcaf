//===- Schedule.h - schedules that a spec of core ops may override
//---------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace samba::gpu {

/// The attribute `samba.schedule` of an op, a dictionary of integers: for tuning and for tests.
class ScheduleOverride {
public:
  explicit ScheduleOverride(mlir::Operation *op)
      : wanted(op->getAttrOfType<mlir::DictionaryAttr>("samba.schedule")) {}

  /// Replaces `field` if the attribute names it.
  template <class Field> void operator()(llvm::StringRef name, Field &field) const {
    if (auto value = wanted ? wanted.getAs<mlir::IntegerAttr>(name) : mlir::IntegerAttr())
      field = static_cast<Field>(value.getInt());
  }

private:
  mlir::DictionaryAttr wanted;
};

} // namespace samba::gpu
