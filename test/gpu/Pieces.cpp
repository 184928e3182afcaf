// samba-pieces: the same model on long sequences at once and in pieces, on any device.
//
//   samba-pieces WHOLE.samba PIECES.samba [--device cpu|cuda]
//
// Entry prefill of WHOLE takes all tokens in one call, that of PIECES several in turn, with the state between
// them. Their logits must agree; and what WHOLE has of these must follow from the logits of the pieces, over
// all targets and over the last few alone, where a wrong offset would show:
//
//   eval, train    the loss  mean (lse(z_t) - z_t[target_t]),  computed here in double
//   train          the gradient g: piece by piece of the batch where PIECES trains on smaller batches;
//   otherwise
//                  along itself,  |g| = (loss(p + e g / |g|) - loss(p - e g / |g|)) / 2 e
//
// Prints a line "row|what|asked|seen|yes or NO" for each; exit 1 if one says NO, 2 if it could not compare.
#include "runtime/Player.h"
#include "runtime/init/Initializer.h"
#include "runtime/init/Philox.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace samba;

namespace {

constexpr uint64_t kSeed = 1;
constexpr int64_t kTail = 64; // targets

/// What a row asks: the furthest that two computations of a number may be apart, relatively. Both have
/// rounded their activations to 8 bits; the losses are means of many of these, the slope is a difference of
/// means.
constexpr double kLogits = 0.1, kLoss = 1e-3, kGradient = 0.02, kSlope = 0.1;

using Numbers = std::vector<float>;

/// A text for every sequence of a batch, as targets and tokens.
struct Text {
  int64_t batch, length;

  int32_t token(int64_t row, int64_t t) const {
    return int32_t(Philox(kSeed, Purpose::Data, uint32_t(row)).below(uint64_t(t), 256));
  }
  /// Tokens [first, first + count) of all rows from `row` on; beyond the end zeros.
  std::vector<int32_t> tokens(int64_t row, int64_t rows, int64_t first, int64_t count) const {
    return slice(row, rows, first, count, [&](int64_t r, int64_t t) { return t < length ? token(r, t) : 0; });
  }
  /// Their successors where they count: those of the last `counted` tokens.
  std::vector<int32_t> targets(int64_t row, int64_t rows, int64_t first, int64_t count,
                               int64_t counted) const {
    return slice(row, rows, first, count, [&](int64_t r, int64_t t) {
      return t < length && t >= length - counted ? token(r, t + 1) : -1;
    });
  }

private:
  template <typename Make>
  static std::vector<int32_t> slice(int64_t row, int64_t rows, int64_t first, int64_t count, Make make) {
    std::vector<int32_t> values;
    for (int64_t r = row; r < row + rows; ++r)
      for (int64_t t = first; t < first + count; ++t)
        values.push_back(make(r, t));
    return values;
  }
};

/// A player with initialized parameters.
struct Model : Player {
  Model(const char *bundle, std::shared_ptr<Device> device)
      : Player(Bundle::load(bundle), std::move(device)) {
    initializeParameters(*this, kSeed);
  }
  const Entry *find(const char *entry) const {
    return bundle().has(entry) ? &bundle().entry(entry) : nullptr;
  }

  Numbers read(Segment segment) {
    Numbers all;
    for (const Parameter &parameter : bundle().parameters) {
      Numbers values(size_t(parameter.elements()));
      readParameter(parameter, 0, values, segment);
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }
  void write(const Numbers &all) {
    auto from = all.begin();
    for (const Parameter &parameter : bundle().parameters) {
      writeParameter(parameter, 0, Numbers(from, from + parameter.elements()));
      from += parameter.elements();
    }
  }

  using Player::read;
  using Player::write;
};

class Comparison {
public:
  Comparison(Model &whole, Model &pieces)
      : whole(whole), pieces(pieces),
        text{whole.bundle().entry("prefill").batch, whole.bundle().entry("prefill").seq},
        vocabulary(whole.bundle().vocabSize) {
    if (vocabulary != 256 || pieces.bundle().entry("prefill").batch != text.batch)
      throw Error("expected two bundles of one model of bytes, with the same --step-batch");
  }

  bool run() {
    Numbers logits = logitsInPieces();
    compareLogits(logits);
    for (int64_t counted : {text.length, std::min(kTail, text.length)})
      compareLosses(logits, counted);
    const Entry *train = pieces.find("train");
    if (whole.find("train") && train && train->batch < text.batch)
      compareGradients();
    else if (whole.find("train"))
      compareSlopes();
    return allAgree;
  }

private:
  /// [batch, length, vocabulary]
  Numbers logitsInPieces() {
    const Entry &entry = pieces.bundle().entry("prefill");
    Numbers all(size_t(text.batch * text.length * vocabulary));
    pieces.zeroState();
    for (int64_t first = 0; first < text.length; first += entry.seq) {
      pieces.write("prefill", "tokens", text.tokens(0, text.batch, first, entry.seq));
      pieces.run("prefill");
      Numbers some = pieces.read("prefill", "logits");
      int64_t count = std::min(entry.seq, text.length - first);
      for (int64_t row = 0; row < text.batch; ++row)
        std::copy_n(some.begin() + row * entry.seq * vocabulary, count * vocabulary,
                    all.begin() + (row * text.length + first) * vocabulary);
    }
    return all;
  }

  void compareLogits(const Numbers &expected) {
    whole.zeroState();
    whole.write("prefill", "tokens", text.tokens(0, text.batch, 0, text.length));
    whole.run("prefill");
    Numbers seen = whole.read("prefill", "logits");
    double worst = 0, squares = 0;
    size_t where = 0;
    for (size_t i = 0; i < seen.size(); ++i) {
      double apart = std::abs(double(seen[i]) - expected[i]);
      if (!(apart <= worst)) // a NaN is furthest
        worst = std::isnan(apart) ? INFINITY : apart, where = i;
      squares += double(expected[i]) * expected[i];
    }
    double deviation = std::sqrt(squares / double(seen.size()));
    row("logits", worst / deviation, kLogits,
        "of their deviation, at token " + std::to_string(int64_t(where) / vocabulary % text.length));
  }

  /// The mean over the last `counted` targets of every row.
  double lossOf(const Numbers &logits, int64_t counted) const {
    double sum = 0;
    for (int64_t r = 0; r < text.batch; ++r)
      for (int64_t t = text.length - counted; t < text.length; ++t) {
        const float *z = &logits[size_t((r * text.length + t) * vocabulary)];
        double highest = *std::max_element(z, z + vocabulary), total = 0;
        for (int64_t v = 0; v < vocabulary; ++v)
          total += std::exp(z[v] - highest);
        sum += highest + std::log(total) - z[text.token(r, t + 1)];
      }
    return sum / double(text.batch * counted);
  }

  double lossAtOnce(const char *entry, int64_t counted) {
    whole.zeroState();
    writeText(whole, entry, 0, counted);
    whole.run(entry);
    return whole.scalar(entry, "loss");
  }

  /// The inputs of an entry that takes whole sequences, from row `row` on.
  void writeText(Model &model, const char *entry, int64_t row, int64_t counted) {
    int64_t rows = model.bundle().entry(entry).batch;
    model.write(entry, "tokens", text.tokens(row, rows, 0, text.length));
    model.write(entry, "targets", text.targets(row, rows, 0, text.length, counted));
  }

  void compareLosses(const Numbers &logits, int64_t counted) {
    double expected = lossOf(logits, counted);
    for (const char *entry : {"eval", "train"})
      if (whole.find(entry)) {
        double seen = lossAtOnce(entry, counted);
        row(std::string("loss of ") + entry + " over " + targetsText(counted), std::abs(seen / expected - 1),
            kLoss, "at " + std::to_string(expected));
      }
  }

  /// Batches of one piece after the other add up their gradients.
  void compareGradients() {
    int64_t rows = pieces.find("train")->batch;
    whole.zero(Segment::Grads);
    lossAtOnce("train", text.length);
    Numbers seen = whole.read(Segment::Grads);
    pieces.zero(Segment::Grads);
    for (int64_t row = 0; row < text.batch; row += rows) {
      writeText(pieces, "train", row, text.length);
      pieces.run("train");
    }
    Numbers sum = pieces.read(Segment::Grads);
    double scale = double(rows) / double(text.batch), worst = 0; // of means
    std::string name;
    size_t at = 0;
    for (const Parameter &parameter : whole.bundle().parameters) {
      double apart = 0, size = 0;
      for (size_t end = at + size_t(parameter.elements()); at < end; ++at) {
        double expected = scale * sum[at];
        apart += (seen[at] - expected) * (seen[at] - expected);
        size += expected * expected;
      }
      double relative = std::sqrt(apart / size);
      if (!(relative <= worst))
        worst = std::isnan(relative) ? INFINITY : relative, name = parameter.name;
    }
    row("gradients of a batch of " + std::to_string(text.batch) + ", one of " + std::to_string(rows) +
            " at a time",
        worst, kGradient, "in '" + name + "'");
  }

  void compareSlopes() {
    for (int64_t counted : {text.length, std::min(kTail, text.length)}) {
      whole.zero(Segment::Grads);
      lossAtOnce("train", counted);
      Numbers gradient = whole.read(Segment::Grads), parameters = whole.read(Segment::Params);
      double squares = 0;
      for (float g : gradient)
        squares += double(g) * g;
      double size = std::sqrt(squares), step = 0.004 / size; // moves the loss by 0.004 each way
      auto lossAt = [&](double distance) {
        Numbers moved = parameters;
        for (size_t i = 0; i < moved.size(); ++i)
          moved[i] += float(distance / size * gradient[i]);
        pieces.write(moved);
        return lossOf(logitsInPieces(), counted);
      };
      double slope = (lossAt(step) - lossAt(-step)) / (2 * step);
      pieces.write(parameters);
      row("gradient of the loss over " + targetsText(counted) + ", along itself", std::abs(size / slope - 1),
          kSlope, "at slope " + std::to_string(slope));
    }
  }

  std::string targetsText(int64_t counted) const {
    return counted == text.length ? "all targets" : "the last " + std::to_string(counted) + " targets";
  }

  void row(const std::string &what, double apart, double limit, const std::string &where) {
    bool agrees = apart <= limit;
    allAgree = allAgree && agrees;
    std::printf("row|%s, %lld tokens%s: %s|%lld at a time, within %g|%.1e %s|%s\n",
                whole.bundle().modelName.c_str(), static_cast<long long>(text.length),
                text.batch > 1 ? " in each sequence" : "", what.c_str(),
                static_cast<long long>(pieces.bundle().entry("prefill").seq), limit, apart, where.c_str(),
                agrees ? "yes" : "NO");
    std::fflush(stdout);
  }

  Model &whole, &pieces;
  Text text;
  int64_t vocabulary;
  bool allAgree = true;
};

} // namespace

int main(int argc, char **argv) {
  try {
    bool hasDevice = argc == 5 && std::string(argv[3]) == "--device";
    if (argc != 3 && !hasDevice)
      throw Error("usage: samba-pieces WHOLE.samba PIECES.samba [--device cpu|cuda]");
    std::shared_ptr<Device> device = makeDevice(hasDevice ? argv[4] : "cpu");
    Model whole(argv[1], device), pieces(argv[2], device);
    return Comparison(whole, pieces).run() ? 0 : 1;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "samba-pieces: %s\n", error.what());
    return 2;
  }
}
