//===- StepCheck.cpp - decode, prefill and eval of a compiled model against the full forward pass ------===//
#include "test/oracle/ModelUnderTest.h"
#include "llvm/Support/FormatVariadic.h"
#include <set>

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {

/// Feeds the tokens to the stateful entries and gathers logits [B, T, V] as they come.
class Steps {
public:
  explicit Steps(ModelUnderTest &it) : it(it), batch(it.tokens().size(0)), vocab(it.logits().size(2)) {
    it.model.zeroState();
  }

  /// Runs `entry` on the next `count` tokens of every sequence.
  void run(const std::string &entry, int64_t count) {
    it.model.write(entry, "tokens", slice(it.tokens(), count));
    it.model.run(entry);
    std::vector<float> chunk = it.model.read(entry, "logits"); // [B, count, V]
    logits.resize(it.logits().elements(), NAN);
    for (int64_t b = 0; b < batch; ++b)
      std::copy_n(chunk.begin() + b * count * vocab, count * vocab,
                  logits.begin() + (b * it.tokens().size(1) + position) * vocab);
    position += count;
  }

  /// The loss of the next `count` tokens.
  float loss(int64_t count) {
    it.model.write("eval", "tokens", slice(it.tokens(), count));
    it.model.write("eval", "targets", slice(it.targets(), count));
    it.model.run("eval");
    position += count;
    return it.model.read("eval", "loss")[0];
  }

  /// The reference's logits, and these, of all tokens so far.
  std::pair<Tensor, std::vector<float>> soFar() {
    Tensor reference({batch, position, vocab});
    std::vector<float> got;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t t = 0; t < position; ++t)
        for (int64_t v = 0; v < vocab; ++v) {
          reference(b, t, v) = it.logits()(b, t, v);
          got.push_back(logits[(b * it.tokens().size(1) + t) * vocab + v]);
        }
    return {reference, got};
  }

  int64_t position = 0;

private:
  std::vector<int32_t> slice(const Tensor &tokens, int64_t count) {
    std::vector<int32_t> values;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t t = position; t < position + count; ++t)
        values.push_back(int32_t(tokens(b, t)));
    return values;
  }

  ModelUnderTest &it;
  int64_t batch, vocab;
  std::vector<float> logits;
};

/// Where prefill begins: at the first tokens and around every window of the model.
std::set<int64_t> splitsOf(ModelUnderTest &it, int64_t last) {
  std::set<int64_t> splits{0, 1};
  it.module->walk([&](AttentionStepOp op) {
    int64_t window = op.getWindow();
    splits.insert({window - 1, window, window + 1});
  });
  splits.erase(splits.upper_bound(last), splits.end());
  return splits;
}

void addLogits(Steps &steps, const llvm::Twine &title, double limit, Report &report) {
  auto [reference, got] = steps.soFar();
  report.add(title.str(), shapeText(reference.shape), reference, got, limit);
}

using States = std::vector<std::pair<std::string, std::vector<float>>>;

/// Takes the distance of every state tensor into a row.
void addStates(const States &expected, const States &states, double limit, Row &row) {
  for (auto [reference, got] : llvm::zip(expected, states)) {
    Tensor tensor = Tensor::of({reference.second.begin(), reference.second.end()});
    Distance error = distance(tensor, got.second);
    row.show(error, limit);
    if (!error.within(limit)) {
      row.ok = false;
      row.note = "state '" + reference.first + "': " + differenceText(tensor, got.second[error.at], error.at);
    }
  }
}

/// -log softmax(logits)[target], averaged over the targets >= 0 of tokens [begin, end) of all sequences.
double meanLoss(ModelUnderTest &it, int64_t begin, int64_t end) {
  const Tensor &logits = it.logits();
  double sum = 0;
  int64_t count = 0;
  for (int64_t b = 0; b < logits.size(0); ++b)
    for (int64_t t = begin; t < end; ++t) {
      int64_t target = int64_t(it.targets()(b, t));
      if (target < 0)
        continue;
      double denominator = 0;
      for (int64_t v = 0; v < logits.size(2); ++v)
        denominator += std::exp(logits(b, t, v) - logits(b, t, target));
      sum += std::log(denominator);
      ++count;
    }
  return count ? sum / double(count) : 0;
}

int64_t chunkOf(ModelUnderTest &it, StringRef entry) {
  auto func = it.module->lookupSymbol<func::FuncOp>(entry);
  return cast<RankedTensorType>(func.getArgument(0).getType()).getDimSize(1);
}

} // namespace

void samba::oracle::checkSteps(ModelUnderTest &it, Report &report) {
  int64_t tokens = it.tokens().size(1), chunk = chunkOf(it, "prefill");

  Steps decode(it);
  while (decode.position < tokens)
    decode.run("decode", 1);
  addLogits(decode, "decode", it.limits.decode, report);
  auto decodedState = it.model.state();

  Steps prefill(it);
  while (prefill.position + chunk <= tokens)
    prefill.run("prefill", chunk);
  addLogits(prefill, "prefill", it.limits.logits, report);

  Steps eval(it);
  int64_t evalChunk = chunkOf(it, "eval");
  while (eval.position + evalChunk <= tokens) {
    int64_t begin = eval.position;
    float loss = eval.loss(evalChunk);
    report.add(llvm::formatv("eval from token {0}", begin), shapeText({it.tokens().size(0), evalChunk}),
               Tensor({}, meanLoss(it, begin, eval.position)), loss, it.limits.loss);
  }

  // step(k) and step(n - k) equal step(n): the same logits, and the same state at the end.
  for (int64_t split : splitsOf(it, tokens - chunk)) {
    Steps steps(it);
    while (steps.position < split)
      steps.run("decode", 1);
    steps.run("prefill", chunk);
    while (steps.position < tokens)
      steps.run("decode", 1);
    std::string title =
        llvm::formatv("decode {0}, prefill {1}, decode {2}", split, chunk, tokens - split - chunk);
    addLogits(steps, title, it.limits.decode, report);
    addStates(decodedState, it.model.state(), it.limits.state, report.rows.back());
  }
}
