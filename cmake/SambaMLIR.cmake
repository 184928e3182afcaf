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

# samba_use_mlir(TARGET): C++17, no exceptions, MLIR's include folders, and libMLIR/libLLVM as shared libraries.
function(samba_use_mlir name)
  target_compile_features(${name} PUBLIC cxx_std_17)
  # What TableGen writes into the build folder is not ours to mend: its warnings do not count either.
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS} ${PROJECT_BINARY_DIR})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PUBLIC ${LLVM_DEFINITIONS_LIST})
  target_link_libraries(${name} PUBLIC MLIR LLVM)
endfunction()
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND "${LLVM_DEFINITIONS}")
