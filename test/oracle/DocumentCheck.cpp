//===- DocumentCheck.cpp - A packed row against its documents, each run alone --------------------------===//
#include "test/oracle/ModelUnderTest.h"

using namespace samba;
using namespace samba::oracle;

using Segment = CompiledModel::Segment;

namespace {

/// What a pass of `train` gives: the mean loss and its gradients, and over how many targets they are means.
struct Pass {
  double loss = 0;
  int64_t targets = 0;
  std::map<std::string, Tensor> gradients;
};

Pass run(ModelUnderTest &it, const Tensor &tokens, const Tensor &targets, const Tensor &documents) {
  auto integers = [](const Tensor &tensor) {
    return std::vector<int32_t>(tensor.data.begin(), tensor.data.end());
  };
  for (const std::string &name : it.parameters)
    it.model.write(Segment::grads, name, std::vector<float>(it.parameter(name).elements()));
  it.model.write("train", "tokens", integers(tokens));
  it.model.write("train", "targets", integers(targets));
  it.model.write("train", "documents", integers(documents));
  it.model.run("train");
  Pass pass;
  pass.loss = it.model.read("train", "loss")[0];
  pass.targets = llvm::count_if(targets.data, [](double target) { return target >= 0; });
  for (const std::string &name : it.parameters) {
    std::vector<float> values = it.model.read(Segment::grads, name);
    pass.gradients[name] = Tensor(it.parameter(name).shape);
    pass.gradients[name].data.assign(values.begin(), values.end());
  }
  return pass;
}

/// The first tokens of documents [.., T] in one row, and the end of the row.
std::vector<int64_t> beginsOf(const Tensor &documents, int64_t row) {
  std::vector<int64_t> begins;
  for (int64_t t = 0; t < documents.size(1); ++t)
    if (documents(row, t) == t)
      begins.push_back(t);
  begins.push_back(documents.size(1));
  return begins;
}

/// Document number `which` of every row, moved to the row's beginning; what follows it has no target.
std::pair<Tensor, Tensor> alone(ModelUnderTest &it, size_t which) {
  Tensor tokens(it.tokens().shape), targets(it.targets().shape, -1);
  for (int64_t row = 0; row < tokens.size(0); ++row) {
    std::vector<int64_t> begins = beginsOf(it.documents(), row);
    if (which + 1 >= begins.size()) // this row has fewer
      continue;
    for (int64_t t = begins[which]; t < begins[which + 1]; ++t) {
      tokens(row, t - begins[which]) = it.tokens()(row, t);
      targets(row, t - begins[which]) = it.targets()(row, t);
    }
  }
  return {tokens, targets};
}

} // namespace

void samba::oracle::checkDocuments(ModelUnderTest &it, Report &report) {
  Pass packed = run(it, it.tokens(), it.targets(), it.documents());
  size_t most = 0;
  for (int64_t row = 0; row < it.tokens().size(0); ++row)
    most = std::max(most, beginsOf(it.documents(), row).size() - 1);

  double loss = 0;
  std::map<std::string, Tensor> sums;
  for (size_t which = 0; which < most; ++which) {
    auto [tokens, targets] = alone(it, which);
    Pass pass = run(it, tokens, targets, Tensor(it.tokens().shape));
    double share = packed.targets ? double(pass.targets) / double(packed.targets) : 0;
    loss += share * pass.loss;
    for (const auto &[name, gradient] : pass.gradients) {
      Tensor &sum = sums.try_emplace(name, Tensor(gradient.shape)).first->second;
      for (int64_t i = 0; i < gradient.elements(); ++i)
        sum.data[i] += share * gradient.data[i];
    }
  }
  std::string title = std::to_string(most) + " documents of a row, each alone";
  report.add("loss: " + title, shapeText(it.tokens().shape), Tensor({}, loss), float(packed.loss),
             it.limits.loss);
  Row row{"gradients: " + title, "all parameters", {}, {}, 0, true, ""};
  for (const auto &[name, sum] : sums) {
    Distance error = distance(sum, packed.gradients.at(name).data);
    double limit = it.limits.gradients.at(name);
    row.show(error, limit);
    if (!error.within(limit)) {
      row.ok = false;
      row.note = name + ": " + differenceText(sum, packed.gradients.at(name).data[error.at], error.at);
    }
  }
  report.rows.push_back(std::move(row));
}
