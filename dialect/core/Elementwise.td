// Element-wise ops: y[.., c] = f(x[.., c], ..), a channel vector [C] standing for itself in every row.
#ifndef SAMBA_CORE_ELEMENTWISE_TD
#define SAMBA_CORE_ELEMENTWISE_TD

include "dialect/core/CoreOp.td"

class Samba_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : Samba_CoreOp<mnemonic, !listconcat([ElementwiseOpInterface, Samba_Cost], traits), "Storage::promoted"> {
  let results = (outs Samba_Float:$y);
}

class Samba_UnaryOp<string mnemonic, list<Trait> traits = []> : Samba_ElementwiseOp<mnemonic, traits> {
  let arguments = (ins Samba_Float:$x);
}

class Samba_BinaryOp<string mnemonic, list<Trait> traits = []> : Samba_ElementwiseOp<mnemonic, traits> {
  let arguments = (ins Samba_Float:$a, Samba_Float:$b);
}

def Samba_AddOp : Samba_BinaryOp<"add", [Samba_Recomputable]> {
  let summary = "y = a + b; b may be a channel vector";
}
def Samba_MulOp : Samba_BinaryOp<"mul", [Samba_Recomputable]> {
  let summary = "y = a b; b may be a channel vector";
}
def Samba_CopyOp : Samba_UnaryOp<"copy"> {
  let summary = "y = x, in a buffer of its own";
}
def Samba_ConvertOp : Samba_UnaryOp<"convert"> {
  let summary = "y = x, stored as another float type";
}
def Samba_NegOp : Samba_UnaryOp<"neg", [Samba_Recomputable]> {
  let summary = "y = -x";
}
def Samba_ExpOp : Samba_UnaryOp<"exp", [Samba_Recomputable]> {
  let summary = "y = exp(x)";
}
def Samba_SiluOp : Samba_UnaryOp<"silu", [Samba_Recomputable]> {
  let summary = "y = x sigmoid(x)";
}
def Samba_SoftplusOp : Samba_UnaryOp<"softplus", [Samba_Recomputable]> {
  let summary = "y = log(1 + exp(x))";
}
def Samba_SiluGradOp : Samba_BinaryOp<"silu_grad"> {
  let summary = "y = b s (1 + a (1 - s)), s = sigmoid(a): the cotangent of silu's operand a";
}
def Samba_SoftplusGradOp : Samba_BinaryOp<"softplus_grad"> {
  let summary = "y = b (1 - exp(-a)): the cotangent of softplus's operand, from its result a";
}

#endif // SAMBA_CORE_ELEMENTWISE_TD
