// RUN: not samba-opt %s -samba-decompose=batch=0 2>&1 | FileCheck %s --check-prefix=BATCH
// RUN: not samba-opt %s -samba-decompose=seq=-3 2>&1 | FileCheck %s --check-prefix=SEQ
// RUN: not samba-opt %s -samba-decompose=chunk=0 2>&1 | FileCheck %s --check-prefix=CHUNK
// RUN: not samba-opt %s -samba-decompose=step-batch=0 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: not samba-opt %s -samba-decompose=max-context=0 2>&1 | FileCheck %s --check-prefix=CONTEXT
// RUN: not samba-opt %s -samba-decompose=checkpoint=0 2>&1 | FileCheck %s --check-prefix=CHECKPOINT
// RUN: not samba-opt %s -samba-decompose=entries=train,sing 2>&1 | FileCheck %s --check-prefix=ENTRIES
// RUN: echo 'module {}' | not samba-opt -samba-decompose 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: sed 's/@m {/@n {/' %s > %t.mlir
// RUN: cat %s %t.mlir | not samba-opt -samba-decompose 2>&1 | FileCheck %s --check-prefix=TWO

// BATCH: error: option 'batch' expected a positive integer, got 0
// SEQ: error: option 'seq' expected a positive integer, got -3
// CHUNK: error: option 'chunk' expected a positive integer, got 0
// STEP: error: option 'step-batch' expected a positive integer, got 0
// CONTEXT: error: option 'max-context' expected a positive integer, got 0
// CHECKPOINT: error: option 'checkpoint' expected a positive integer, got 0
// ENTRIES: error: option 'entries' expected train, eval, prefill, decode or probe, got 'sing'
// NONE: error: expected one 'samba.model' in the spec, got 0
// TWO: error: expected one 'samba.model' in the spec, got 2
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.mlp {d_ff = 8}
}
