// A bundle for the GPU, written by hand, whose images the mock of the driver takes.
#pragma once

#include "TinyModel.h"

namespace samba::test {

inline constexpr const char *kImages[] = {"mock scale:am sum:aa", "mock big:aa"};
inline constexpr int64_t kSecondImage = 32;

/// Two entries: `small` plays kernel 0 (two functions) twice, `large` plays kernel 1, which needs more
/// scratch memory.
inline nlohmann::json gpuManifest() {
  using nlohmann::json;
  auto port = [](const char *name, json shape, int64_t offset) {
    return json{{"name", name}, {"shape", shape}, {"dtype", "f32"}, {"segment", "io"}, {"offset", offset}};
  };
  auto launch = [](int kernel, const char *label) {
    return json{
        {"kernel", kernel}, {"grid", 1},      {"args", {{"io", 0, 4096, "bf16"}, {"io", 4096, 256, "f32"}}},
        {"outputs", {1}},   {"label", label}, {"flops", 1},
        {"bytes", 1}};
  };
  auto entry = [&](json launches) {
    return json{{"arena_bytes", 0},
                {"inputs", {port("x", {1024}, 0)}},
                {"outputs", {port("y", {64}, 4096)}},
                {"launches", launches}};
  };
  auto function = [](const char *name, json grid, int shared, int cluster, json params) {
    return json{{"function", name},   {"grid", grid},    {"threads", 128},  {"shared_bytes", shared},
                {"cluster", cluster}, {"carveout", 100}, {"params", params}};
  };
  json map = {{"dtype", "bf16"}, {"sizes", {64, 16}}, {"strides", {128}}, {"box", {64, 8}}, {"swizzle", 128}};
  json y = {{"arg", 1}, {"offset", 0}}, scratch = {{"scratch", 16}};
  json kernels = {
      {{"name", "norm"},
       {"scratch_bytes", 1024},
       {"image", {0, std::string_view(kImages[0]).size() + 1}},
       {"launches",
        {function("scale", {4, 1, 1}, 65536, 2, {y, {{"arg", 0}, {"offset", 2048}, {"map", map}}}),
         function("sum", {1, 2, 1}, 0, 1, {scratch, y})}}},
      {{"name", "big"},
       {"scratch_bytes", 4096},
       {"image", {kSecondImage, std::string_view(kImages[1]).size() + 1}},
       {"launches", {function("big", {1, 1, 1}, 0, 1, {scratch, y})}}}};
  return {{"format", "samba-bundle"},
          {"version", 2},
          {"target", "sm_90a"},
          {"compiler", "by hand"},
          {"model", {{"name", "mocked"}, {"vocab_size", 2}, {"max_context", nullptr}}},
          {"digest", "0123"},
          {"spec", ""},
          {"info", json::object()},
          {"kernels_file", "kernels.cubin"},
          {"segments",
           {{"params", 0},
            {"grads", 0},
            {"moment1", 0},
            {"moment2", 0},
            {"weights", 0},
            {"state", 0},
            {"io", 4352}}},
          {"kernels", kernels},
          {"parameters", json::array()},
          {"state", json::array()},
          {"entries",
           {{"small", entry({launch(0, "first"), launch(0, "second")})},
            {"large", entry({launch(1, "large")})}}}};
}

/// Writes a bundle with this manifest and those images.
inline void writeGpuBundle(const std::filesystem::path &folder, const nlohmann::json &manifest) {
  std::string file = kImages[0];
  file.resize(kSecondImage);
  writeFile(folder / std::string(manifest.at("kernels_file")), file + kImages[1] + '\0');
  writeBundle(folder, manifest);
}

} // namespace samba::test
