// samba-run verify: what the compiler makes is compared with the double-precision reference.
#include "runtime/Error.h"
#include "runtime/device/Device.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

int samba::runVerify(const std::vector<std::string> &words) {
  std::string model, device = "cpu";
  CompileRequest request;
  int64_t runs = 2;
  request.batch = 2;
  request.seq = 64;
  Flags flags("verify", "MODEL [--device cuda]",
              "forward, backward and step of every op against the double-precision reference");
  flags.positional("MODEL", model, "a spec (.mlir)");
  addDeviceFlag(flags, device, "where to play");
  flags.integer("runs", runs, "N", "runs of each kernel, which must give the same bits", 2);
  addCompileFlags(flags, request, true);
  flags.example("samba-run verify models/samba-tiny.mlir",
                "a table of errors and limits; exit code 1 if one fails");
  if (!flags.parse(words))
    return 0;
  if (kindOf(model) != ModelKind::Spec)
    throw Error("verify compiles every op of a model anew: expected a spec (.mlir), got '", model, "'");
  makeDevice(device); // before the compiler works for nothing
  request.model = model;
  request.target = targetOf(device);
  return verifyModel(request, runs);
}
