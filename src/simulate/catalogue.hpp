// What the audience watches, from where and with what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/random.hpp"

namespace streamstats::simulate {

// A name as a media server sends it, and the dimension value that it must be counted under.
struct naming {
    std::string sent;  // empty: the field is left out
    std::string counted;
};

enum class device_family : std::uint8_t { browser, phone, television, box, relay };
inline constexpr std::size_t device_family_count = 5;

struct agent {
    std::string_view text;  // empty: the field is left out
    device_family family;
    double weight;
};

struct bit_rates {
    std::uint32_t lowest_kilobits = 0;
    std::uint32_t highest_kilobits = 0;
};

class catalogue {
public:
    catalogue(std::size_t server_count, std::size_t channel_count);

    [[nodiscard]] const std::vector<naming>& servers() const { return servers_; }
    [[nodiscard]] const std::vector<naming>& channels() const { return channels_; }
    [[nodiscard]] const std::vector<naming>& countries() const { return countries_; }
    [[nodiscard]] const std::vector<naming>& protocols() const { return protocols_; }
    [[nodiscard]] const std::vector<agent>& agents() const { return agents_; }

    [[nodiscard]] const weighted_choice& server_choice() const { return server_choice_; }
    [[nodiscard]] const weighted_choice& channel_choice() const { return channel_choice_; }
    [[nodiscard]] const weighted_choice& country_choice() const { return country_choice_; }
    [[nodiscard]] const weighted_choice& agent_choice() const { return agent_choice_; }
    [[nodiscard]] const weighted_choice& protocol_choice(device_family family) const;

    static bit_rates rates_of(device_family family);

private:
    std::vector<naming> servers_;
    std::vector<naming> channels_;
    std::vector<naming> countries_;
    std::vector<naming> protocols_;
    std::vector<agent> agents_;
    weighted_choice server_choice_;
    weighted_choice channel_choice_;
    weighted_choice country_choice_;
    weighted_choice agent_choice_;
    std::vector<weighted_choice> protocol_choices_;  // one for each family
};

}  // namespace streamstats::simulate
