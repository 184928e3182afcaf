//===- Layer.cpp - Initializers and what layers share of the model --------------------------------------===//
#include "dialect/Layer.h"
#include "mlir/IR/BuiltinAttributes.h"
#include <cmath>

using namespace mlir;

namespace samba {

Initializer Initializer::linear(int64_t fanIn, double scale) {
  return uniform(1.0 / (std::sqrt(double(fanIn)) * scale));
}

DictionaryAttr Initializer::toAttribute(MLIRContext *context) const {
  Builder b(context);
  NamedAttrList attrs;
  auto set = [&](StringRef name, double value) { attrs.set(name, b.getF64FloatAttr(value)); };
  auto setKind = [&](StringRef name) { attrs.set("kind", b.getStringAttr(name)); };
  switch (kind) {
  case Kind::constant:
    setKind("constant"), set("value", a);
    break;
  case Kind::normal:
    setKind("normal"), set("std", a);
    break;
  case Kind::uniform:
    setKind("uniform"), set("bound", a);
    break;
  case Kind::logRange:
    setKind("log_range");
    break;
  case Kind::inverseSoftplusLogUniform:
    setKind("inverse_softplus_log_uniform"), set("low", a), set("high", this->b), set("floor", c);
    break;
  }
  return attrs.getDictionary(context);
}

Initializer ModelConfig::linear(int64_t fanIn) const {
  return normalInit ? Initializer::normal(std::sqrt(0.4 / double(dModel))) : Initializer::linear(fanIn);
}

Initializer ModelConfig::output(int64_t fanIn) const {
  // A block of the reference code is two layers, a mixer and its MLP: 1 / (sqrt(d) blocks).
  return normalInit ? Initializer::normal(2 / (std::sqrt(double(dModel)) * double(nLayers)))
                    : Initializer::linear(fanIn, std::sqrt(double(nLayers)));
}

Initializer ModelConfig::embedding() const { return normalInit ? linear(dModel) : Initializer::normal(0.02); }

} // namespace samba
