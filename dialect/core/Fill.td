// Constants and counters.
#ifndef SAMBA_CORE_FILL_TD
#define SAMBA_CORE_FILL_TD

include "dialect/core/CoreOp.td"

def Samba_FillOp : Samba_Op<"fill", [Pure, Samba_Cost, Samba_Differentiable]> {
  let summary = "a tensor of one value";
  let arguments = (ins F64Attr:$value);
  let results = (outs Samba_Float:$y);
  let assemblyFormat = "$value attr-dict `:` type($y)";
}

def Samba_AdvanceOp : Samba_CoreOp<"advance", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "position [B] i64 plus `count` tokens";
  let arguments = (ins Samba_I64:$position, I64Attr:$count);
  let results = (outs Samba_I64:$next);
}

def Samba_ChunkStartsOp
    : Samba_CoreOp<"chunk_starts", [Samba_Cost, AttrSizedOperandSegments], "Storage::exact", "false", "($position^)? (`in` $documents^)?"> {
  let summary = "where the chunk of each token begins, documents (or sequences) being cut into chunks of `chunk` tokens";
  let description = [{
    i32 [batch, tokens], to serve as `documents`. Token 0 of sequence b stands at position[b] (0 without it).
  }];
  let arguments = (ins Optional<Samba_I64>:$position, Samba_Documents:$documents, I64Attr:$batch, I64Attr:$tokens,
                       I64Attr:$chunk);
  let results = (outs Samba_I32:$begins);
}

#endif // SAMBA_CORE_FILL_TD
