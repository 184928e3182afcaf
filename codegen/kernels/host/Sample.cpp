//===- Sample.cpp - the next token from the logits ------------------------------------------------------===//
//
// A cell draws for one row. The row is read about a hundred times, V floats each: little beside the product
// that made it. See Sampling.h.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/Sampling.h"
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

struct SampleKernel : HostKernelOpInterface::ExternalModel<SampleKernel, SampleOp> {
  Schedule schedule(Operation *op) const { return {rowsOf(cast<SampleOp>(op).getLogits()), 0}; }

  void emit(Operation *op, KernelBuilder &k) const {
    auto sample = cast<SampleOp>(op);
    Value logits = sample.getLogits(), row = k.cell;
    int64_t V = channelsOf(logits);
    auto over = [&](double neutral, auto combine, LogitRow::Term term) {
      return k.overLanes(V, {k.splat(neutral)}, [&](Value column, Value mask, ValueRange carried) -> Values {
        Value ids = k.add(k.toInteger(column, k.i32), k.iota(k.i32));
        Value value = term(k.loadLanes(logits, row, column, mask), ids);
        return {combine(carried[0], mask ? k.select(mask, value, neutral) : value)};
      })[0];
    };
    auto add = [&](Value a, Value b) { return k.add(a, b); };
    LogitRow all;
    all.size = V;
    all.largest = k.maximum(
        over(-INFINITY, [&](Value a, Value b) { return k.max(a, b); }, [](Value l, Value) { return l; }));
    all.sum = [&](LogitRow::Term term) { return k.sum(over(0, add, term)); };
    all.exp = [&](Value x) { return k.exp(x); };
    all.log = [&](Value x) { return k.log(x); };
    Value finite = k.equal(all.sum([&](Value logit, Value) { return k.mul(logit, 0.0); }), 0.0);

    auto rule = [&](int64_t i) { return k.loadElement(sample.getSampling(), 0, i); };
    auto half = [&](int64_t i) { return k.toInteger(k.loadElement(sample.getSeed(), 0, i)); };
    Value token = k.choose(
        finite,
        [&]() -> Values {
          Value uniform =
              samplingUniform(k, half(0), half(1), row, k.loadElement(sample.getPosition(), 0, row));
          return {drawToken(k, all, {rule(0), rule(1), rule(2), rule(3)}, uniform)};
        },
        [&]() -> Values { return {k.constant(k.i32, -1)}; })[0];
    k.storeElement(sample.getNext(), row, 0, k.select(finite, token, 0));
    k.storeElement(sample.getDrawn(), row, 0, token);
  }
};

} // namespace

void attachSample(MLIRContext &context) { SampleOp::attachInterface<SampleKernel>(context); }

} // namespace samba::host
