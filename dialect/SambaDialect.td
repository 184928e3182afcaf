// The dialect and the base class of its ops.
#ifndef SAMBA_DIALECT_TD
#define SAMBA_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def Samba_Dialect : Dialect {
  let name = "samba";
  let cppNamespace = "::samba";
  let summary = "Hybrid language models: layers, core ops, and plans";
  let description = [{
    Three groups of ops, from what a researcher writes to what a device runs:

    * layers (`samba.model`, `samba.mamba`, ...): configuration only, no SSA values;
    * core ops (`samba.linear`, `samba.selective_scan`, ...): computation on static tensors;
    * plan ops (`samba.program`, `samba.kernel`, `samba.launch`, ...): launches over buffers with offsets.

    `dialect/README.md` is their specification.
  }];
  // An op that does not exist is answered with the nearest one that does.
  let extraClassDeclaration = [{
    std::optional<ParseOpHook> getParseOperationHook(::llvm::StringRef opName) const override;
  }];
}

class Samba_Op<string mnemonic, list<Trait> traits = []> : Op<Samba_Dialect, mnemonic, traits>;

#endif // SAMBA_DIALECT_TD
