//===- NamedValues.cpp - Evaluates an entry's function on values called by name ------------------------===//
#include "test/oracle/NamedValues.h"

using namespace mlir;
using namespace samba::oracle;

static std::string nameIn(DictionaryAttr attributes) {
  for (StringRef mark :
       {"samba.input", "samba.param", "samba.weight", "samba.grad", "samba.state", "samba.output"})
    if (auto name = attributes ? attributes.getAs<StringAttr>(mark) : StringAttr())
      return (mark + " " + name.getValue()).str();
  return "";
}

std::string samba::oracle::argumentName(func::FuncOp func, unsigned index) {
  return nameIn(func.getArgAttrDict(index));
}
std::string samba::oracle::resultName(func::FuncOp func, unsigned index) {
  return nameIn(func.getResultAttrDict(index));
}

FailureOr<NamedValues> samba::oracle::evaluate(func::FuncOp func, const NamedValues &values,
                                               Rounding rounding) {
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto value = values.find(argumentName(func, i));
    if (value == values.end())
      return func.emitError("the oracle has no value for argument ")
             << i << ", '" << argumentName(func, i) << "'";
    inputs.push_back(value->second);
  }
  FailureOr<std::vector<Tensor>> outputs = evaluate(func.front(), inputs, rounding);
  if (failed(outputs))
    return failure();
  NamedValues results;
  for (auto [index, output] : llvm::enumerate(*outputs))
    results[resultName(func, index)] = std::move(output);
  return results;
}
