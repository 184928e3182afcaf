// The manifest of the tests' model, and small helpers.
#include "TinyModel.h"
#include "runtime/Error.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace samba::test {

namespace fs = std::filesystem;
using nlohmann::json;

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "samba-test-XXXXXX").string();
  folder = mkdtemp(name.data());
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

json tinyManifest() {
  constexpr int64_t V = 256, B = 2, T = 8, weight = V * V * 4, bias = V * 4, all = weight + bias;
  auto arg = [](const char *segment, int64_t offset, int64_t bytes, const char *dtype = "f32") {
    return json{segment, offset, bytes, dtype};
  };
  auto port = [](const char *name, json shape, const char *dtype, int64_t offset) {
    return json{{"name", name}, {"shape", shape}, {"dtype", dtype}, {"segment", "io"}, {"offset", offset}};
  };
  auto launch = [](int kernel, int64_t grid, json args, json outputs, const char *label) {
    return json{{"kernel", kernel}, {"grid", grid}, {"args", args}, {"outputs", outputs},
                {"label", label},   {"flops", 100}, {"bytes", 200}};
  };
  json W = arg("params", 0, weight), b = arg("params", weight, bias);
  json memory = arg("state", 0, B * V * 4), position = arg("state", B * V * 4, B * 8, "i64");
  auto tokens = [&](int64_t count) { return arg("io", 0, B * count * 4, "i32"); };
  auto targets = [&](int64_t count) { return arg("io", 64, B * count * 4, "i32"); };
  json loss = arg("io", 128, 4), gradNorm = arg("io", 192, 4), hyper = arg("io", 256, 36);
  json losses = arg("arena", 0, B * 8), scale = arg("arena", 64, 4),
       dlogits = arg("arena", 128, B * T * V * 4);

  json train = {
      {"batch", B},
      {"seq", T},
      {"arena_bytes", 128 + B * T * V * 4},
      {"inputs", {port("tokens", {B, T}, "i32", 0), port("targets", {B, T}, "i32", 64)}},
      {"outputs", {port("loss", json::array(), "f32", 128)}},
      {"launches",
       {launch(0, B, {W, b, tokens(T), targets(T), dlogits, losses}, {4, 5}, "tiny: forward"),
        launch(1, 1, {losses, loss, scale}, {1, 2}, "tiny: loss"),
        launch(2, V / 16,
               {dlogits, tokens(T), targets(T), scale, arg("grads", 0, weight), arg("grads", weight, bias)},
               {4, 5}, "tiny: backward")}}};
  json update = {
      {"arena_bytes", 64},
      {"inputs", {port("hyper", {9}, "f32", 256)}},
      {"outputs", {port("grad_norm", json::array(), "f32", 192)}},
      {"launches",
       {launch(3, 1, {arg("grads", 0, all), hyper, gradNorm, arg("arena", 0, 4)}, {2, 3}, "tiny: norm"),
        launch(4, (all / 4 + 4095) / 4096,
               {arg("params", 0, all), arg("grads", 0, all), arg("moment1", 0, all), arg("moment2", 0, all),
                hyper, arg("arena", 0, 4)},
               {0, 1, 2, 3}, "tiny: adamw")}}};
  json eval = {
      {"batch", B},
      {"seq", 4},
      {"arena_bytes", 128},
      {"inputs", {port("tokens", {B, 4}, "i32", 0), port("targets", {B, 4}, "i32", 64)}},
      {"outputs", {port("loss", json::array(), "f32", 128)}},
      {"launches",
       {launch(7, B, {W, b, tokens(4), memory, position, targets(4), losses}, {3, 4, 6}, "tiny: score"),
        launch(1, 1, {losses, loss, scale}, {1, 2}, "tiny: loss")}}};
  auto steps = [&](int64_t count, int kernel) {
    return json{
        {"batch", B},
        {"seq", count},
        {"arena_bytes", 0},
        {"inputs", {port("tokens", {B, count}, "i32", 0)}},
        {"outputs", {port("logits", {B, count, V}, "f32", 320)}},
        {"launches",
         {launch(kernel, B, {W, b, tokens(count), memory, position, arg("io", 320, B * count * V * 4)},
                 {3, 4, 5}, "tiny: step")}}};
  };
  json kernels = json::array();
  for (const char *name :
       {"forward", "mean_loss", "backward", "grad_norm", "adamw", "step1", "step4", "score4"})
    kernels.push_back({{"name", name}, {"scratch_bytes", V * 4}});
  return {{"format", "samba-bundle"},
          {"version", 2},
          {"target", "host"},
          {"compiler", "by hand"},
          {"model", {{"name", "tiny"}, {"vocab_size", V}, {"max_context", nullptr}}},
          {"digest", "0123"},
          {"spec", "no spec"},
          {"info", {{"parameters", V * V + V}}},
          {"kernels_file", "kernels.so"},
          {"segments",
           {{"params", all},
            {"grads", all},
            {"moment1", all},
            {"moment2", all},
            {"weights", 0},
            {"state", B * V * 4 + 64},
            {"io", 320 + B * 4 * V * 4}}},
          {"kernels", kernels},
          {"parameters",
           {{{"name", "embedding.weight"},
             {"shape", {V, V}},
             {"dtype", "f32"},
             {"offset", 0},
             {"weight_decay", true},
             {"trainable", true},
             {"init", {{"kind", "normal"}, {"std", 0.02}}}},
            {{"name", "head.bias"},
             {"shape", {V}},
             {"dtype", "f32"},
             {"offset", weight},
             {"weight_decay", true},
             {"trainable", true},
             {"init", {{"kind", "constant"}, {"value", 0}}}}}},
          {"state",
           {{{"name", "memory"}, {"shape", {B, V}}, {"dtype", "f32"}, {"offset", 0}},
            {{"name", "position"}, {"shape", {B}}, {"dtype", "i64"}, {"offset", B * V * 4}}}},
          {"entries",
           {{"train", train},
            {"update", update},
            {"eval", eval},
            {"prefill", steps(4, 6)},
            {"decode", steps(1, 5)}}}};
}

void writeBundle(const fs::path &folder, const json &manifest) {
  fs::create_directories(folder);
  writeFile(folder / "manifest.json", manifest.dump());
  fs::copy_file(SAMBA_TINY_KERNELS, folder / "kernels.so", fs::copy_options::skip_existing);
}

std::unique_ptr<Player> tinyPlayer(const fs::path &folder) {
  writeBundle(folder, tinyManifest());
  return std::make_unique<Player>(Bundle::load(folder), makeDevice("cpu"));
}

static int32_t periodic(int64_t i) { return int32_t(3 * i % 7 + 65); }

void PeriodicBatches::fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = periodic(index + int64_t(i));
    targets[i] = periodic(index + int64_t(i) + 1);
  }
}

void PeriodicSequences::fill(int64_t index, std::span<int32_t> text) {
  for (size_t i = 0; i < text.size(); ++i)
    text[i] = periodic(index + int64_t(i));
}

std::vector<float> values(Player &player, size_t parameter, Segment segment) {
  const Parameter &which = player.bundle().parameters.at(parameter);
  std::vector<float> all(size_t(which.elements()));
  player.readParameter(which, 0, all, segment);
  return all;
}

std::string messageOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error.what();
  }
  ADD_FAILURE() << "expected an Error";
  return "";
}

std::string fileText(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void writeFile(const fs::path &file, const std::string &text) {
  std::ofstream(file, std::ios::binary) << text;
}

} // namespace samba::test
