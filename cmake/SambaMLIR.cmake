# What every compiler-side target needs: MLIR's headers (as system headers), its shared library and its flags.
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# samba_add_library(NAME sources... LINK libs...): a static compiler library.
function(samba_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  samba_use_mlir(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# samba_use_mlir(TARGET): C++17, no exceptions, MLIR's include folders, and libMLIR/libLLVM: as shared libraries, or,
# in a program with the property SAMBA_STATIC, as archives. A program must never have both.
function(samba_use_mlir name)
  target_compile_features(${name} PUBLIC cxx_std_17)
  # What TableGen writes into the build folder is not ours to mend: its warnings do not count either.
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS} ${PROJECT_BINARY_DIR})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PUBLIC ${LLVM_DEFINITIONS_LIST})
  set(static $<BOOL:$<TARGET_PROPERTY:SAMBA_STATIC>>) # of the program that is linked
  target_link_libraries(${name} PUBLIC $<IF:${static},SambaStaticMLIR,MLIR> $<$<NOT:${static}>:LLVM>)
  if(TARGET SambaHeaders AND NOT name STREQUAL "SambaHeaders")
    target_precompile_headers(${name} REUSE_FROM SambaHeaders)
  endif()
endfunction()

# samba_static_program(TARGET): the program carries the compiler, and needs nothing but the C library to start. lld takes
# from the archives what is referenced; built with the option SAMBA_STATIC, or when asked for by name.
function(samba_static_program name)
  set_target_properties(${name} PROPERTIES SAMBA_STATIC ON)
  if(NOT SAMBA_STATIC)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_link_options(${name} PRIVATE -fuse-ld=lld -no-pie -static-libstdc++ -static-libgcc
    LINKER:--icf=all,--gc-sections,-s)
endfunction()

# The archives, and what they need. Where the development package of zstd is not installed, its shared library, which
# every Debian and Ubuntu has.
file(GLOB archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
list(FILTER archives EXCLUDE REGEX "Test|CAPI|LLVMFuzz|libLLVMgtest|libLLVMTable")
find_library(SAMBA_ZLIB NAMES libz.a libz.so.1)
find_library(SAMBA_ZSTD NAMES libzstd.a libzstd.so.1)
add_library(SambaStaticMLIR INTERFACE)
target_link_libraries(SambaStaticMLIR INTERFACE ${archives} ${SAMBA_ZLIB} ${SAMBA_ZSTD} ${CMAKE_DL_LIBS} rt m)
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND "${LLVM_DEFINITIONS}")

# Reading MLIR's headers is four fifths of what compiling a file takes: clang reads them once. Without a time in it, the
# result is the same for ccache whenever it is made.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  file(TOUCH ${PROJECT_BINARY_DIR}/headers.cpp)
  add_library(SambaHeaders OBJECT ${PROJECT_BINARY_DIR}/headers.cpp)
  samba_use_mlir(SambaHeaders)
  target_precompile_headers(SambaHeaders PRIVATE
    <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Dialect/LLVMIR/LLVMDialect.h>
    <mlir/Dialect/LLVMIR/NVVMDialect.h> <mlir/Dialect/SCF/IR/SCF.h> <mlir/Dialect/Vector/IR/VectorOps.h>
    <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h> <mlir/IR/IRMapping.h> <mlir/Pass/PassManager.h>)
  target_compile_options(SambaHeaders PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
endif()
