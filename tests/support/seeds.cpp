#include "support/seeds.hpp"

#include <cstdlib>

namespace streamstats::testing {
namespace {

#ifdef STREAMSTATS_SANITIZED
constexpr std::uint64_t divisor = 10;
#else
constexpr std::uint64_t divisor = 1;
#endif

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

seed_range seeds_to_run(std::uint64_t usual, unsigned percent) {
    if (const std::uint64_t only = setting("STREAMSTATS_SEED", 0); only != 0) return {only, only};
    return {1, setting("STREAMSTATS_SEEDS", usual / divisor) * percent / 100};
}

}  // namespace streamstats::testing
