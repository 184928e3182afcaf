// From "samba.linear %y, %arg4 : (tensor<8x256x192xf32>, tensor<768x192xf32>)" to m, n and k.
#include "test/bench/StepProducts.h"

#include "runtime/Error.h"

#include <fstream>
#include <regex>
#include <sstream>

using namespace samba;

namespace {

struct Operand {
  int64_t rows = 1, columns = 0;

  /// "8x256x192": 2048 rows of 192.
  explicit Operand(const std::string &shape) {
    std::istringstream text(shape);
    text >> columns;
    int64_t next = 0;
    for (char x = 0; text >> x >> next; columns = next)
      rows *= columns;
  }
};

std::vector<Product> productsOf(const std::string &op, const Operand &first, const Operand &second) {
  Product forward{first.rows, second.rows, first.columns, false, true}; // x w^T
  Product dx{first.rows, second.columns, second.rows, false,
             false}; // dy w; the head's dy has a column per row of w
  if (op == "linear" || op == "linear_cross_entropy")
    return {forward};
  if (op == "linear_dx")
    return {dx};
  if (op == "linear_dw") // dy^T x
    return {{second.columns, first.columns, first.rows, true, false}};
  if (op == "linear_cross_entropy_grad")
    return {dx, {second.rows, first.columns, first.rows, true, false}};
  throw Error("no matrix product is known for 'samba.", op, "'");
}

} // namespace

std::vector<Product> samba::stepProducts(const std::filesystem::path &stage) {
  std::ifstream file(stage);
  if (!file)
    throw Error("cannot read '", stage.string(), "'");
  std::regex pattern(R"(samba\.(linear\w*) .* : \(tensor<([0-9x]+)xf32>, tensor<([0-9x]+)xf32>)");
  std::vector<Product> products;
  std::smatch match;
  for (std::string line; std::getline(file, line);)
    if (std::regex_search(line, match, pattern))
      for (const Product &product : productsOf(match[1], Operand(match[2]), Operand(match[3])))
        products.push_back(product);
  if (products.empty())
    throw Error("'", stage.string(), "' has no samba.linear: expected stage 02-train of a model");
  return products;
}
