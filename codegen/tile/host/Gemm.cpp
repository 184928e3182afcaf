//===- Gemm.cpp - the blocked, packing matrix product of the host target --------------------------------===//
//
// Goto's five loops (Goto and van de Geijn 2008): C is cut into NC columns, the depth into blocks of about
// KC, A into MC rows. A block of B and one of A are packed into panels NR columns and MR rows wide, each a
// run of k-slices, so that the microkernel in the middle reads both as streams and keeps MR x NR sums in
// registers. The blocks stay in the second-level cache (A: MC KC floats, 390 kB; B: KC NC floats, 790 kB),
// one panel of B in the first.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/tile/host/Gemm.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t MC = 252, NC = 512, KC = 384; // MC: a multiple of every MR; NC: of every NR
constexpr int64_t kUnroll = 4;                  // k-slices per round; panels are padded to it with zeros
constexpr int64_t panelGap = 16;                // floats between panels
constexpr int64_t slack = 16 * 128; // gaps, and what a transposing store may write past the last panel

int64_t panelRows(const LaneBuilder &k) { return k.isAvx512() ? 12 : 6; }
int64_t panelColumns(const LaneBuilder &k) { return 2 * k.lanes; }

// Scratch: panels of B, panels of A, one tile of sums for the ragged edges.
constexpr int64_t packedB = 0, packedA = packedB + NC * KC + slack, edgeTile = packedA + MC * KC + slack,
                  scratchFloats = edgeTile + 14 * 32;

Value roundUp(LaneBuilder &k, Value x, int64_t multiple) {
  return k.mul(k.div(k.add(x, multiple - 1), multiple), multiple);
}

/// Where the panel that begins at row (or column) `first` of a block stands.
Value panelOffset(LaneBuilder &k, Value first, int64_t width, Value padded) {
  return k.add(k.mul(first, padded), k.mul(k.div(first, width), panelGap));
}

/// Packs a matrix into panels of `width`, its "across" dimension running over the panels: to[p][kk][i] =
/// alpha from[p width + i, kk], `padded` slices per panel. Entries past `across` are arbitrary, past `depth`
/// zero. Here a slice of all panels lies contiguous in memory. A store may reach into the next slice, which
/// is written afterwards, or into the gap after the panel.
void packSlices(LaneBuilder &k, int64_t width, Value from, Value strideK, Value across, Value depth,
                Value scale, Value padded, Value to) {
  auto slice = [&](Value kk, bool zero) {
    auto panel = [&](Value first, bool full) {
      Value place = k.at(k.at(to, panelOffset(k, first, width, padded)), k.mul(kk, width));
      for (int64_t i = 0; i < width; i += k.lanes) {
        Value left = k.sub(k.min(k.sub(across, first), width), i);
        Value mask = full && i + k.lanes <= width ? Value() : k.maskBelow(full ? k.index(width - i) : left);
        Value source = k.at(from, k.add(k.add(k.mul(kk, strideK), first), i));
        k.store(zero ? k.splat(0.0) : k.mul(k.load(source, mask), scale), k.at(place, i));
      }
    };
    Value whole = k.mul(k.div(across, width), width);
    k.loop(0, whole, width, [&](Value first) { panel(first, true); });
    k.when(k.less(whole, across), [&] { panel(whole, false); });
  };
  k.loop(0, depth, 1, [&](Value kk) { slice(kk, false); });
  k.loop(depth, padded, 1, [&](Value kk) { slice(kk, true); });
}

/// The same where rows are contiguous along k: squares of lanes are transposed. Rows past the end repeat the
/// last. The last squares' stores may reach into the next panel, which is written afterwards.
void packRows(LaneBuilder &k, int64_t width, Value from, Value strideAcross, Value across, Value depth,
              Value scale, Value padded, Value to) {
  k.loop(0, across, width, [&](Value first) {
    Value panel = k.at(to, panelOffset(k, first, width, padded)), last = k.sub(k.sub(across, first), 1);
    Values rows;
    for (int64_t i = 0; i < width; ++i)
      rows.push_back(k.at(from, k.mul(k.add(first, k.min(last, i)), strideAcross)));
    k.overLanes(depth, [&](Value kk, Value mask) {
      for (int64_t i = 0; i < width; i += k.lanes) {
        Values square;
        for (int64_t j = i; j < i + k.lanes; ++j)
          square.push_back(j < width ? k.mul(k.load(k.at(rows[j], kk), mask), scale) : k.splat(0.0));
        for (auto [j, slice] : llvm::enumerate(k.transpose(square)))
          k.store(slice, k.at(panel, k.add(k.mul(k.add(kk, int64_t(j)), width), i)));
      }
    });
  });
}

void pack(LaneBuilder &k, int64_t width, Value from, Value strideAcross, Value strideK, Value across,
          Value depth, Value alpha, Value to) {
  Value padded = roundUp(k, depth, kUnroll), scale = k.splat(alpha);
  k.choose(
      k.equal(strideAcross, 1),
      [&]() -> Values {
        return packSlices(k, width, from, strideK, across, depth, scale, padded, to), Values();
      },
      [&]() -> Values {
        return packRows(k, width, from, strideAcross, across, depth, scale, padded, to), Values();
      });
}

/// C [rows, vectors L] (+)= A's panel times B's panel: rows x vectors sums in registers.
void microkernel(LaneBuilder &k, int64_t rows, int64_t vectors, Value a, Value b, Value padded, Value c,
                 Value stride, Value accumulate) {
  const int64_t mr = panelRows(k), nr = panelColumns(k);
  Values sums =
      k.loop(0, padded, kUnroll, Values(rows * vectors, k.splat(0.0)), [&](Value kk, ValueRange carried) {
        Values acc(carried);
        for (int64_t u = 0; u < kUnroll; ++u) {
          Values bs;
          for (int64_t v = 0; v < vectors; ++v)
            bs.push_back(k.load(k.at(k.at(b, k.mul(kk, nr)), u * nr + v * k.lanes)));
          for (int64_t r = 0; r < rows; ++r) {
            Value x = k.splat(k.loadScalar(k.at(k.at(a, k.mul(kk, mr)), u * mr + r)));
            for (int64_t v = 0; v < vectors; ++v)
              acc[r * vectors + v] = k.fma(x, bs[v], acc[r * vectors + v]);
          }
        }
        return acc;
      });
  auto write = [&](bool add) {
    for (int64_t r = 0; r < rows; ++r) {
      Value row = k.at(c, k.mul(stride, r));
      for (int64_t v = 0; v < vectors; ++v) {
        Value place = k.at(row, v * k.lanes), sum = sums[r * vectors + v];
        k.store(add ? k.add(k.load(place), sum) : sum, place);
      }
    }
  };
  k.choose(
      accumulate, [&]() -> Values { return write(true), Values(); },
      [&]() -> Values { return write(false), Values(); });
}

void callMicrokernel(LaneBuilder &k, int64_t rows, int64_t vectors, ValueRange arguments) {
  std::string name = ("gemm_tile_" + llvm::Twine(rows) + "x" + llvm::Twine(vectors * k.lanes)).str();
  k.call(name, arguments, [&](LaneBuilder &inner, ValueRange x) {
    microkernel(inner, rows, vectors, x[0], x[1], x[2], x[3], x[4], x[5]);
  });
}

/// One MR x NR tile of C at `c`; ragged ones go through a tile of their own.
void tile(LaneBuilder &k, Value a, Value b, Value padded, Value c, Value stride, Value rows, Value columns,
          Value accumulate, Value edge) {
  const int64_t mr = panelRows(k), nr = panelColumns(k);
  Value full = k.both(k.lessEqual(mr, rows), k.lessEqual(nr, columns));
  k.choose(
      full,
      [&]() -> Values { return callMicrokernel(k, mr, 2, {a, b, padded, c, stride, accumulate}), Values(); },
      [&]() -> Values {
        Value none = k.constant(k.i1, 0), edgeStride = k.index(nr);
        auto half = [&](int64_t r, int64_t v) {
          return [&k, r, v, arguments = Values{a, b, padded, edge, edgeStride, none}]() -> Values {
            return callMicrokernel(k, r, v, arguments), Values();
          };
        };
        Value narrow = k.lessEqual(columns, k.lanes);
        k.choose(
            k.lessEqual(rows, mr / 2),
            [&]() -> Values { return k.choose(narrow, half(mr / 2, 1), half(mr / 2, 2)); },
            [&]() -> Values { return k.choose(narrow, half(mr, 1), half(mr, 2)); });
        Value upper = k.maskBelow(columns), lower = k.maskBelow(k.sub(columns, k.lanes));
        k.loop(0, k.min(rows, mr), 1, [&](Value r) {
          for (auto [v, mask] : llvm::enumerate(Values{upper, lower})) {
            Value from = k.load(k.at(edge, k.add(k.mul(r, nr), int64_t(v) * k.lanes)));
            Value place = k.at(c, k.add(k.mul(r, stride), int64_t(v) * k.lanes));
            Value old = k.load(place, k.both(mask, k.splat(accumulate)));
            k.store(k.add(from, old), place, mask);
          }
        });
        return {};
      });
}

void blockedProduct(LaneBuilder &k, const Matrix &c, const Matrix &a, const Matrix &b, Value m, Value n,
                    Value depth, Value alpha, Value accumulate, Value scratch) {
  const int64_t mr = panelRows(k), nr = panelColumns(k);
  Value panelsB = k.at(scratch, packedB), panelsA = k.at(scratch, packedA), edge = k.at(scratch, edgeTile);
  auto packPanels = [&](int64_t width, ValueRange arguments) {
    k.call(("gemm_pack_" + llvm::Twine(width)).str(), arguments, [&](LaneBuilder &inner, ValueRange x) {
      pack(inner, width, x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
    });
  };
  // The depth in equal blocks; at least one, so that an empty sum still writes zeros.
  Value blocks = k.max(k.div(k.add(depth, KC - 1), KC), 1);
  Value blockDepth = k.max(roundUp(k, k.div(k.add(depth, k.sub(blocks, 1)), blocks), kUnroll), kUnroll);
  k.loop(0, n, NC, [&](Value jc) {
    Value columns = k.min(k.sub(n, jc), NC);
    k.loop(0, blocks, 1, [&](Value block) {
      Value pc = k.mul(block, blockDepth), kb = k.min(k.sub(depth, pc), blockDepth),
            padded = roundUp(k, kb, kUnroll);
      Value adds = k.either(accumulate, k.less(0, block));
      packPanels(nr, {b.from(k, pc, jc).pointer, k.toIndex(b.columnStride), k.toIndex(b.rowStride), columns,
                      kb, k.number(1), panelsB});
      k.loop(0, m, MC, [&](Value ic) {
        Value rows = k.min(k.sub(m, ic), MC);
        packPanels(mr, {a.from(k, ic, pc).pointer, k.toIndex(a.rowStride), k.toIndex(a.columnStride), rows,
                        kb, alpha, panelsA});
        k.loop(0, columns, nr, [&](Value jr) {
          k.loop(0, rows, mr, [&](Value ir) {
            tile(k, k.at(panelsA, panelOffset(k, ir, mr, padded)),
                 k.at(panelsB, panelOffset(k, jr, nr, padded)), padded,
                 c.from(k, k.add(ic, ir), k.add(jc, jr)).pointer, k.toIndex(c.rowStride), k.sub(rows, ir),
                 k.sub(columns, jr), adds, edge);
          });
        });
      });
    });
  });
}

} // namespace

Matrix Matrix::from(LaneBuilder &k, Operand i, Operand j) const {
  Value offset = k.add(k.mul(k.toIndex(i), rowStride), k.mul(k.toIndex(j), columnStride));
  return {k.at(pointer, offset), rowStride, columnStride};
}

int64_t gemmScratchBytes() { return llvm::alignTo(scratchFloats * 4, 64); }

void gemm(LaneBuilder &k, const Matrix &c, const Matrix &a, const Matrix &b, Operand m, Operand n,
          Operand depth, Value scratch, GemmOptions options) {
  Values arguments;
  for (const Matrix *matrix : {&c, &a, &b})
    arguments.append({matrix->pointer, k.toIndex(matrix->rowStride), k.toIndex(matrix->columnStride)});
  arguments.append({k.toIndex(m), k.toIndex(n), k.toIndex(depth), k.number(options.alpha),
                    options.accumulateIf ? options.accumulateIf : k.constant(k.i1, options.accumulate),
                    scratch});
  k.call("gemm", arguments, [](LaneBuilder &inner, ValueRange x) {
    blockedProduct(inner, {x[0], x[1], x[2]}, {x[3], x[4], x[5]}, {x[6], x[7], x[8]}, x[9], x[10], x[11],
                   x[12], x[13], x[14]);
  });
}

GemmTiling::GemmTiling(int64_t m, int64_t n, int64_t depth) : m(m), n(n) {
  // Tiles of 2 MC x NC, halved along the longer side while there are few cells and each has work to share.
  constexpr int64_t enoughCells = 16, leastWork = 4 << 20;
  rows = std::min<int64_t>(2 * MC, llvm::alignTo(m, 12));
  columns = std::min<int64_t>(NC, llvm::alignTo(n, 32));
  auto cells = [&] { return llvm::divideCeil(m, rows) * llvm::divideCeil(n, columns); };
  while (int64_t(cells()) < enoughCells && rows * columns * depth > 2 * leastWork) {
    if (rows >= columns && rows > 24)
      rows = llvm::alignTo(rows / 2, 12);
    else if (columns > 32)
      columns = llvm::alignTo(columns / 2, 32);
    else
      break;
  }
  // Equal tiles: 2048 rows are nine times 228 rather than eight times 252 and 32.
  rowTiles = llvm::divideCeil(m, rows);
  columnTiles = llvm::divideCeil(n, columns);
  rows = llvm::alignTo(llvm::divideCeil(m, rowTiles), 12);
  columns = llvm::alignTo(llvm::divideCeil(n, columnTiles), 32);
  rowTiles = llvm::divideCeil(m, rows);
  columnTiles = llvm::divideCeil(n, columns);
}

} // namespace samba::host
