# The tests of the compiler and the tools: files with RUN lines, beside the folder they test.
import os
import shutil

import lit.formats

config.name = "samba"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "unit", "runtime", "oracle"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.samba_build, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.samba_build, "bin"), config.llvm_tools, config.environment["PATH"]]
)
# samba-run keeps compiled specs: the tests share a cache of their own.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.samba_build, "test", "cache")
config.environment["NO_COLOR"] = "1"
for name in ("SAMBA_ISA", "HOME", "LANG"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions += [
    ("%{source}", config.samba_source),
    ("%{build}", config.samba_build),
    ("%{models}", os.path.join(config.samba_source, "models")),
    # A text that every machine that builds Samba has.
    ("%{headers}", os.path.join(config.llvm_include, "mlir")),
]


def cpu_flags():
    with open("/proc/cpuinfo") as file:
        return next((line.split() for line in file if line.startswith("flags")), [])


def has_ptxas():
    folders = [os.environ.get("CUDA_HOME", ""), "/usr/local/cuda"]
    return shutil.which("ptxas") or any(os.access(os.path.join(folder, "bin", "ptxas"), os.X_OK) for folder in folders)


# A test that needs what a machine may lack says REQUIRES; it is then reported as unsupported, not as passed.
if "avx2" in cpu_flags() and "fma" in cpu_flags():
    config.available_features.add("avx2")
if "avx512f" in cpu_flags():
    config.available_features.add("avx512")
for tool in ("clang-format-22", "g++", "git"):
    if shutil.which(tool):
        config.available_features.add(tool)
if has_ptxas():
    config.available_features.add("ptxas")
if os.path.exists(os.path.join(config.samba_build, "lib", "libsamba-sentencepiece.so")):
    config.available_features.add("sentencepiece")
if os.path.exists("/dev/nvidia0"):
    config.available_features.add("nvidia-gpu")
