// A libcuda.so for tests: it keeps the driver's rules that the player must obey and writes down what it is
// asked.
//
// Device memory is memory of the host, and everything is done when the call returns, but kernels do nothing.
// An image is the text "mock", then for each function " NAME" and a letter for each parameter, "a" an
// address, "m" a tensor map, as "mock scale:am sum:aaa". In the log a device address is "mem0+64":
// allocations count from 0.
#pragma once

extern "C" {

/// Everything as at the start: an H100, the driver of CUDA 12.4, an empty log.
void mockReset();
/// What was asked since then, a line per call.
const char *mockLog();
/// "version", "devices", "major", "minor" or "memory" (bytes of the device).
void mockSet(const char *what, long long value);
/// Call number `after` (from 0) of `name` from now on returns `result`.
void mockFail(const char *name, int result, int after);

} // extern "C"
