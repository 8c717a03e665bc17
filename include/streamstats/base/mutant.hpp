// Rules that tests break on purpose, one at a time, to see that they are noticed (tests/simulation). In the real
// program each of these questions is a constant: nothing of it is left in the code.
#pragma once

#include <string_view>

#ifdef STREAMSTATS_MUTANTS
#include <cstdlib>
#endif

namespace streamstats::mutant {

#ifdef STREAMSTATS_MUTANTS
// Whether this rule is to be broken: the environment names one.
inline bool breaks(std::string_view rule) {
    static const char* const chosen = std::getenv("STREAMSTATS_MUTANT");
    return chosen != nullptr && rule == chosen;
}
#else
constexpr bool breaks(std::string_view /*rule*/) {
    return false;
}
#endif

}  // namespace streamstats::mutant
