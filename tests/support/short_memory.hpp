// Memory that ends where a test wants it to. Replaces operator new of the program that it is part of, which other tests
// are better off without. One thread.
#pragma once

#include <cstdint>
#include <functional>

namespace streamstats::testing {

// What is to happen at the k-th allocation from now on (1: the next); 0: nothing.
void at_allocation(std::uint64_t k, std::function<void()> what);
// For that: there is no memory.
[[noreturn]] void run_short();

}  // namespace streamstats::testing
