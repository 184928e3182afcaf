// The verbs of samba-run: one function and one file each.
#pragma once

#include <string>
#include <vector>

namespace samba {

/// Each takes the words after the verb, writes results to stdout and progress to stderr, and returns the exit
/// code. Throws samba::Error with one sentence that says what to do.
int runCompile(const std::vector<std::string> &words);
int runTrain(const std::vector<std::string> &words);
int runGenerate(const std::vector<std::string> &words);
int runEval(const std::vector<std::string> &words);
int runSweep(const std::vector<std::string> &words);
int runProbe(const std::vector<std::string> &words);
int runConvert(const std::vector<std::string> &words);
int runBench(const std::vector<std::string> &words);
int runVerify(const std::vector<std::string> &words);
int runInfo(const std::vector<std::string> &words);

} // namespace samba
