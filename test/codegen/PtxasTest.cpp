// What ptxas says of the functions in a file, read from texts it has printed.
#include "codegen/targets/nvptx/NvptxTarget.h"

#include <gtest/gtest.h>

using namespace samba::gpu;

TEST(Ptxas, NumbersBelongToTheFunctionAbove) {
  std::vector<Report> reports = readReports(R"(ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'second_0' for 'sm_90a'
ptxas info    : Function properties for second_0
    64 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 10 registers, used 0 barriers, 64 bytes cumulative stack size
ptxas info    : Compile time = 25.039 ms
ptxas info    : Compiling entry function 'first_0' for 'sm_90a'
ptxas info    : Function properties for first_0
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 168 registers, used 1 barriers, 1024 bytes smem
)");
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].function, "second_0");
  EXPECT_EQ(reports[0].registers, 10);
  EXPECT_EQ(reports[0].stackBytes, 64);
  EXPECT_EQ(reports[0].spillBytes, 20);
  EXPECT_FALSE(reports[0].isClean());
  EXPECT_EQ(reports[0].text(), "10 registers, 64 bytes of stack, 20 bytes spilled");
  EXPECT_EQ(reports[1].function, "first_0");
  EXPECT_EQ(reports[1].registers, 168);
  EXPECT_EQ(reports[1].sharedBytes, 1024);
  EXPECT_TRUE(reports[1].isClean());
}

// ptxas prints them before the first function.
TEST(Ptxas, NotesBelongToTheFunctionTheyName) {
  std::vector<Report> reports = readReports(
      R"(ptxas info    : (C7519) warpgroup.arrive is injected in around line 13 by compiler to allow use of registers in GMMA in function 'first_0'
ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized due to a reason in the function 'first_0'
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'second_0' for 'sm_90a'
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 10 registers, used 0 barriers
ptxas info    : Compiling entry function 'first_0' for 'sm_90a'
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 34 registers, used 0 barriers
)");
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_TRUE(reports[0].isClean());
  ASSERT_EQ(reports[1].warnings.size(), 2u);
  EXPECT_EQ(reports[1].warnings[0],
            "(C7519) warpgroup.arrive is injected in around line 13 by compiler to allow use of "
            "registers in GMMA in function 'first_0'");
  EXPECT_EQ(reports[1].warnings[1].substr(0, 35), "(C7510) Potential Performance Loss:");
}

TEST(Ptxas, WarningsThatNameNoFunctionAreNotLost) {
  std::vector<Report> reports = readReports("ptxas warning : something is odd\n"
                                            "ptxas info    : Compiling entry function 'only_0' for 'sm_90a'\n"
                                            "ptxas info    : Used 8 registers\n");
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].warnings, std::vector<std::string>{"something is odd"});
  EXPECT_FALSE(reports[0].isClean());
}
