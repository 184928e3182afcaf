// The next token from the logits.
#ifndef SAMBA_CORE_SAMPLE_TD
#define SAMBA_CORE_SAMPLE_TD

include "dialect/core/CoreOp.td"

def Samba_SampleOp : Samba_CoreOp<"sample", [Samba_Cost]> {
  let summary = "next [B, 1], drawn [B, 1]: a token of each row of logits [B, 1, V]";
  let description = [{
    sampling [4] = temperature, top-k, top-p, min-p; seed [2] i32, low half first; position [B] i64. Temperature 0: the
    largest logit, the smallest id of equals. Otherwise a token may be drawn if fewer than k have larger logits (k = 0:
    any), if those have less than p of the probability of all that may be drawn so far (p >= 1: any), and if it is
    min-p times as probable as the most probable; then logits are divided by the temperature and one is drawn, the most
    probable first, by number `position` of Philox stream `b` of the seed. The largest logit may always be drawn. Where a
    logit is not finite `next` is 0 and `drawn` is -1; otherwise they are equal.
  }];
  let arguments = (ins Samba_Float:$logits, Samba_I64:$position, Samba_Float:$sampling, Samba_I32:$seed);
  let results = (outs Samba_I32:$next, Samba_I32:$drawn);
}

#endif // SAMBA_CORE_SAMPLE_TD
