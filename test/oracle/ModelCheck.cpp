//===- ModelCheck.cpp - Loss, gradients and update of a compiled model ---------------------------------===//
#include "test/oracle/ModelCheck.h"
#include "test/oracle/ModelUnderTest.h"
#include "test/oracle/Semantics.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

using Segment = CompiledModel::Segment;

/// "mixer.A_log" of "backbone.layers.3.mixer.A_log": what parameters of repeated layers share.
static std::string kindOf(StringRef parameter) {
  parameter.consume_front("backbone.");
  if (parameter.consume_front("layers."))
    parameter = parameter.split('.').second;
  return parameter.str();
}

static LogicalResult checkLoss(ModelUnderTest &it, Report &report) {
  it.model.write("train", "tokens", it.tokenValues());
  it.model.write("train", "targets", it.targetValues());
  if (it.isPacked()) {
    const std::vector<double> &documents = it.documents().data;
    it.model.write("train", "documents", std::vector<int32_t>(documents.begin(), documents.end()));
  }
  it.model.run("train");
  report.add("loss", shapeText(it.tokens().shape), it.forward.at("samba.output loss"),
             it.model.read("train", "loss"), it.limits.loss);
  return success();
}

/// The directional derivative of the loss along a random direction in all parameters, against the oracle's
/// gradients.
static LogicalResult checkAgainstDifferences(ModelUnderTest &it, Random &random, Report &report) {
  constexpr double step = 1e-5;
  NamedValues ahead = it.values, behind = it.values;
  double product = 0, squares = 0;
  for (const std::string &name : it.parameters) {
    const Tensor &gradient = it.gradient(name);
    Tensor &up = ahead.at("samba.param " + name), &down = behind.at("samba.param " + name);
    for (int64_t i = 0; i < gradient.elements(); ++i) {
      double direction = random.normal() * 0.1;
      up.data[i] += step * direction;
      down.data[i] -= step * direction;
      product += gradient.data[i] * direction;
      squares += 0.01 * gradient.data[i] * gradient.data[i];
    }
  }
  FailureOr<NamedValues> high = evaluate(it.loss(), ahead), low = evaluate(it.loss(), behind);
  if (failed(high) || failed(low))
    return failure();
  double difference = (high->at("samba.output loss")() - low->at("samba.output loss")()) / (2 * step);
  double error = std::abs(difference - product) / std::sqrt(squares);
  report.rows.push_back({"gradient of the loss",
                         "all parameters",
                         {},
                         error,
                         limit::differences,
                         error <= limit::differences,
                         ""});
  return success();
}

static LogicalResult checkGradients(ModelUnderTest &it, Random &random, Report &report) {
  if (failed(checkAgainstDifferences(it, random, report)))
    return failure();

  // Micro-batch 1 has just run; the second adds the same once more. One row shows the worst of a kind.
  std::map<std::string, Row> rows;
  auto compare = [&](const std::string &name, double times) {
    Tensor reference = it.gradient(name);
    double limit = it.limits.gradients.at(name);
    for (double &value : reference.data)
      value *= times;
    std::vector<float> got = it.model.read(Segment::grads, name);
    Distance error = distance(reference, got);
    Row row{"gradient of " + kindOf(name),
            shapeText(reference.shape),
            {},
            error.relative,
            limit,
            error.within(limit),
            ""};
    if (!row.ok)
      row.note = name + (times > 1 ? ", second micro-batch: " : ": ") +
                 differenceText(reference, got[error.at], error.at);
    auto [known, isNew] = rows.try_emplace(row.op, row);
    if (!isNew && !(*row.gradient * known->second.limit <= *known->second.gradient * limit))
      known->second = row;
  };
  for (int times : {1, 2}) {
    for (const std::string &name : it.parameters)
      compare(name, times);
    if (times == 1)
      it.model.run("train");
  }
  for (auto &[op, row] : rows)
    report.rows.push_back(std::move(row));
  return success();
}

/// The first step of AdamW, clipped, from the gradients that stand there, written out per parameter.
static void checkUpdate(ModelUnderTest &it, Report &report) {
  double lr = 0.01, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weightDecay = 0.1, scale = 0.5;
  double squares = 0;
  std::map<std::string, std::vector<float>> gradients;
  for (const std::string &name : it.parameters) {
    gradients[name] = it.model.read(Segment::grads, name);
    for (double g : gradients[name])
      squares += g * g;
  }
  double norm = scale * std::sqrt(squares), clip = norm / 2;
  std::vector<float> hyper;
  for (double value : {lr, beta1, beta2, eps, weightDecay, clip, scale, 1 - beta1, 1 - beta2})
    hyper.push_back(float(value));
  it.model.write("update", "hyper", hyper);
  it.model.run("update");

  Tensor referenceNorm({}, norm);
  report.add("update: norm", "scalar", referenceNorm, it.model.read("update", "grad_norm"), limit::wholeLoss);
  std::map<Segment, std::pair<Tensor, std::vector<float>>> segments;
  auto append = [&](Segment segment, const std::string &name, auto reference) {
    auto &[expected, got] = segments[segment];
    std::vector<float> values = it.model.read(segment, name);
    got.insert(got.end(), values.begin(), values.end());
    for (size_t i = 0; i < values.size(); ++i)
      expected.data.push_back(reference(i));
  };
  for (const std::string &name : it.parameters) {
    auto clipped = [&](size_t i) { return gradients[name][i] * scale * 0.5; };
    double decay = it.decays.at(name) ? weightDecay : 0;
    append(Segment::moment1, name, [&](size_t i) { return (1 - beta1) * clipped(i); });
    append(Segment::moment2, name, [&](size_t i) { return (1 - beta2) * clipped(i) * clipped(i); });
    append(Segment::grads, name, [&](size_t) { return 0.0; });
    // What is added to the parameter: lr times the sign of the gradient, and the decay.
    const Tensor &before = it.parameter(name);
    append(Segment::params, name, [&](size_t i) {
      return before.data[i] - lr * (decay * before.data[i] + clipped(i) / (std::abs(clipped(i)) + eps));
    });
  }
  std::pair<Segment, const char *> titles[] = {{Segment::params, "update: parameters"},
                                               {Segment::moment1, "update: first moments"},
                                               {Segment::moment2, "update: second moments"},
                                               {Segment::grads, "update: gradients back to 0"}};
  for (auto [segment, title] : titles) {
    auto &[expected, got] = segments[segment];
    expected.shape = {int64_t(expected.data.size())};
    report.add(title, shapeText(expected.shape), expected, got, limit::wholeUpdate);
  }
  for (const std::string &name : it.parameters) { // as they were: the steps follow
    const Tensor &before = it.parameter(name);
    it.model.write(Segment::params, name, std::vector<float>(before.data.begin(), before.data.end()));
  }
}

LogicalResult samba::oracle::checkModel(ModuleOp core, ModuleOp train, CompiledModel &model, uint64_t seed,
                                        Report &report) {
  Random random(seed);
  ModelUnderTest it(core, train, model);
  if (failed(it.prepare(random)) || failed(checkLoss(it, report)) ||
      failed(checkGradients(it, random, report)))
    return failure();
  if (it.isPacked())
    checkDocuments(it, report);
  checkUpdate(it, report);
  if (it.isPacked() && failed(it.joinDocuments()))
    return failure();
  checkSteps(it, report);
  return success();
}
