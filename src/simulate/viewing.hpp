// One session as the audience lives it, and who watches.
#pragma once

#include <cstdint>
#include <string>

#include "simulate/random.hpp"
#include "streamstats/base/play_event.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

// What a media server knows of a viewer.
enum class identity : std::uint8_t { account, address, none };

// A person with up to three devices. A pure function of the seed and the two numbers: nobody is kept in memory.
struct viewer {
    identity known_by = identity::none;
    bool numeric_account = false;  // user_id is sent as a number
    bool version_6 = false;        // of the address
    std::uint8_t country = 0;      // position in the catalogue, as below
    std::uint8_t agent = 0;
    std::uint32_t number = 0;
    std::uint32_t address = 0;  // 24 bits; some people share theirs
};

std::string user_id_of(const viewer& who);  // empty: none
std::string ip_of(const viewer& who);       // empty: none

struct viewing {
    std::uint64_t number = 0;   // from 0, in the order of opening
    std::uint64_t id_seed = 0;  // of the session id after its first 8 digits; another server may use the same id
    instant opened{};
    viewer who;
    std::uint32_t server = 0;
    std::uint32_t channel = 0;
    std::uint8_t protocol = 0;
    bool tells_bytes = true;
};

// In the form of a UUID; the first 8 digits are the second in which the session opened.
std::string session_id_of(const viewing& session);

// One event as a media server sends it.
struct happening {
    event_kind kind{};
    const viewing& session;
    instant at{};
    std::uint64_t bytes = 0;  // sent to the viewer up to now
};

class audience_listener {
public:
    virtual ~audience_listener() = default;
    virtual void heard(const happening& what) = 0;
    virtual void restarted(std::uint32_t server, instant at) = 0;
};

}  // namespace streamstats::simulate
