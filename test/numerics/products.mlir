// RUN: samba-run verify %s
// Matrix products of sizes that tensor cores take, cut in the ways that a schedule of the GPU can name. Tiles hang over
// the edges; with more than 132 of them a block takes several.

func.func @tiles_256(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 256, staged_columns = 128, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @tiles_192(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 192, staged_columns = 64, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @tiles_128(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, slots = 2, staged_columns = 128, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @tiles_64(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 64, group_rows = 1, staged_columns = 64, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @pairs(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, cluster = 2, staged_columns = 128, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @pairs_256(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 256, cluster = 2, staged_columns = 128, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @two_blocks(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {columns = 128, blocks_per_sm = 2, slots = 2, staged_columns = 64, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

// An epilogue: by the consumers, and by storers, which have 3 warps for 64 rows.
func.func @residual_256(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>, %r: tensor<1x200x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 256, storers = 1, staged_columns = 256, slots = 3}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  %z = samba.add %r, %y : (tensor<1x200x264xf32>, tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  return %z : tensor<1x200x264xf32>
}

func.func @residual_64(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>, %r: tensor<1x200x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 64, storers = 1, staged_columns = 64, slots = 3}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  %z = samba.add %r, %y : (tensor<1x200x264xf32>, tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  return %z : tensor<1x200x264xf32>
}

func.func @residual_two_blocks(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>, %r: tensor<1x200x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear %x, %w {samba.schedule = {columns = 128, blocks_per_sm = 2, slots = 2, staged_columns = 64, storers = 0}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  %z = samba.add %r, %y : (tensor<1x200x264xf32>, tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  return %z : tensor<1x200x264xf32>
}

func.func @gated_128(%x: tensor<1x200x104xf32>, %w: tensor<264x104xf32>, %r: tensor<1x200x264xf32>) -> (tensor<1x200x264xf32>, tensor<1x200x264xf32>) {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, storers = 1, staged_columns = 128, slots = 3}} : (tensor<1x200x104xf32>, tensor<264x104xf32>) -> tensor<1x200x264xf32>
  %s = samba.silu %r : (tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  %z = samba.mul %s, %y : (tensor<1x200x264xf32>, tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  return %y, %z : tensor<1x200x264xf32>, tensor<1x200x264xf32>
}

// The other two forms read operands against the way they lie in memory.
func.func @dx_256(%dy: tensor<1x200x104xf32>, %w: tensor<104x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear_dx %dy, %w {samba.schedule = {blocks_per_sm = 1, columns = 256, staged_columns = 128, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<104x264xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @dx_pairs(%dy: tensor<1x200x104xf32>, %w: tensor<104x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear_dx %dy, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, cluster = 2, staged_columns = 128, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<104x264xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @dx_64(%dy: tensor<1x200x104xf32>, %w: tensor<104x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear_dx %dy, %w {samba.schedule = {blocks_per_sm = 1, columns = 64, staged_columns = 64, slots = 3, storers = 0}} : (tensor<1x200x104xf32>, tensor<104x264xf32>) -> tensor<1x200x264xf32>
  return %y : tensor<1x200x264xf32>
}

func.func @dx_residual(%dy: tensor<1x200x104xf32>, %w: tensor<104x264xf32>, %r: tensor<1x200x264xf32>) -> tensor<1x200x264xf32> {
  %y = samba.linear_dx %dy, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, storers = 1, staged_columns = 128, slots = 3}} : (tensor<1x200x104xf32>, tensor<104x264xf32>) -> tensor<1x200x264xf32>
  %z = samba.add %r, %y : (tensor<1x200x264xf32>, tensor<1x200x264xf32>) -> tensor<1x200x264xf32>
  return %z : tensor<1x200x264xf32>
}

func.func @dw_256(%x: tensor<1x300x136xf32>, %dy: tensor<1x300x264xf32>) -> tensor<264x136xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 256, slots = 4, splits = 1}} : (tensor<1x300x136xf32>, tensor<1x300x264xf32>) -> tensor<264x136xf32>
  return %y : tensor<264x136xf32>
}

func.func @dw_split(%x: tensor<1x300x136xf32>, %dy: tensor<1x300x264xf32>) -> tensor<264x136xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 64, splits = 3, whole_tiles = 0}} : (tensor<1x300x136xf32>, tensor<1x300x264xf32>) -> tensor<264x136xf32>
  return %y : tensor<264x136xf32>
}

func.func @dw_partly_split(%x: tensor<1x300x136xf32>, %dy: tensor<1x300x264xf32>, %r: tensor<264x136xf32>) -> tensor<264x136xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 64, splits = 5, whole_tiles = 4}} : (tensor<1x300x136xf32>, tensor<1x300x264xf32>) -> tensor<264x136xf32>
  %z = samba.add %r, %y : (tensor<264x136xf32>, tensor<264x136xf32>) -> tensor<264x136xf32>
  return %z : tensor<264x136xf32>
}

func.func @dw_192(%x: tensor<1x300x136xf32>, %dy: tensor<1x300x264xf32>) -> tensor<264x136xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 192, slots = 4, splits = 2, whole_tiles = 1}} : (tensor<1x300x136xf32>, tensor<1x300x264xf32>) -> tensor<264x136xf32>
  return %y : tensor<264x136xf32>
}

func.func @dw_pairs(%x: tensor<1x300x136xf32>, %dy: tensor<1x300x264xf32>, %r: tensor<264x136xf32>) -> tensor<264x136xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 128, cluster = 2, splits = 2, whole_tiles = 1}} : (tensor<1x300x136xf32>, tensor<1x300x264xf32>) -> tensor<264x136xf32>
  %z = samba.add %r, %y : (tensor<264x136xf32>, tensor<264x136xf32>) -> tensor<264x136xf32>
  return %z : tensor<264x136xf32>
}

// Several tiles for a block.
func.func @many(%x: tensor<1x1792x72xf32>, %w: tensor<640x72xf32>) -> tensor<1x1792x640xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 64, staged_columns = 64, slots = 3, storers = 0}} : (tensor<1x1792x72xf32>, tensor<640x72xf32>) -> tensor<1x1792x640xf32>
  return %y : tensor<1x1792x640xf32>
}

func.func @many_stored(%x: tensor<1x1792x72xf32>, %w: tensor<1280x72xf32>, %r: tensor<1x1792x1280xf32>) -> tensor<1x1792x1280xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 128, storers = 1, staged_columns = 128, slots = 3}} : (tensor<1x1792x72xf32>, tensor<1280x72xf32>) -> tensor<1x1792x1280xf32>
  %z = samba.add %r, %y : (tensor<1x1792x1280xf32>, tensor<1x1792x1280xf32>) -> tensor<1x1792x1280xf32>
  return %z : tensor<1x1792x1280xf32>
}

func.func @many_parts(%x: tensor<1x1792x72xf32>, %w: tensor<640x72xf32>, %r: tensor<1x1792x640xf32>) -> tensor<1x1792x640xf32> {
  %y = samba.linear %x, %w {samba.schedule = {columns = 128, staged_columns = 64, blocks_per_sm = 2, slots = 2, storers = 0}} : (tensor<1x1792x72xf32>, tensor<640x72xf32>) -> tensor<1x1792x640xf32>
  %z = samba.add %r, %y : (tensor<1x1792x640xf32>, tensor<1x1792x640xf32>) -> tensor<1x1792x640xf32>
  return %z : tensor<1x1792x640xf32>
}

func.func @many_pairs(%x: tensor<1x3584x72xf32>, %w: tensor<640x72xf32>) -> tensor<1x3584x640xf32> {
  %y = samba.linear %x, %w {samba.schedule = {blocks_per_sm = 1, columns = 64, cluster = 2, staged_columns = 64, slots = 3, storers = 0}} : (tensor<1x3584x72xf32>, tensor<640x72xf32>) -> tensor<1x3584x640xf32>
  return %y : tensor<1x3584x640xf32>
}

func.func @many_split(%x: tensor<1x200x640xf32>, %dy: tensor<1x200x1792xf32>, %r: tensor<1792x640xf32>) -> tensor<1792x640xf32> {
  %y = samba.linear_dw %x, %dy {samba.schedule = {blocks_per_sm = 1, columns = 64, splits = 2, whole_tiles = 132}} : (tensor<1x200x640xf32>, tensor<1x200x1792xf32>) -> tensor<1792x640xf32>
  %z = samba.add %r, %y : (tensor<1792x640xf32>, tensor<1792x640xf32>) -> tensor<1792x640xf32>
  return %z : tensor<1792x640xf32>
}
