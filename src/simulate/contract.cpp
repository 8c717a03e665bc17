#include "simulate/contract.hpp"

#include <algorithm>
#include <array>

namespace streamstats::simulate {
namespace {

struct inferred {
    instant deadline{};
    instant value{};
};

std::optional<inferred> by_restart(const closing_facts& facts) {
    const auto after = std::upper_bound(facts.restarts.begin(), facts.restarts.end(), facts.opened);
    if (after == facts.restarts.end()) return std::nullopt;
    return inferred{*after, *after};
}

std::optional<inferred> by_silence(const closing_facts& facts, const closing_rules& rules, instant now) {
    if (!facts.newest_update) return std::nullopt;
    const instant last = std::max(facts.opened, *facts.newest_update);
    if (now < last + rules.idle_timeout) return std::nullopt;
    return inferred{last + rules.idle_timeout, last};
}

}  // namespace

std::optional<instant> closed_by_contract(const closing_facts& facts, const closing_rules& rules, instant now) {
    const instant oldest = facts.opened + rules.max_age;
    if (facts.told) return std::min(std::max(*facts.told, facts.opened), oldest);

    std::optional<inferred> by_age;
    if (now >= oldest) by_age = inferred{oldest, oldest};
    std::optional<inferred> first;  // an equal deadline does not take over: restart, then age, then silence
    for (const auto& one : std::array{by_restart(facts), by_age, by_silence(facts, rules, now)}) {
        if (one && (!first || one->deadline < first->deadline)) first = one;
    }
    return first ? std::optional{first->value} : std::nullopt;
}

}  // namespace streamstats::simulate
