#include "simulate/catalogue.hpp"

#include <array>

#include "streamstats/base/dimension.hpp"

namespace streamstats::simulate {
namespace {

struct weighted_name {
    std::string_view sent;
    std::string_view counted;
    double weight;
};

// Names of every sort that a column must keep apart: case twins, other scripts, an accent.
constexpr std::array channel_names{
    std::string_view{"news-24"},    std::string_view{"sport-1"},  std::string_view{"kino-hd"},
    std::string_view{"Das Echo"},   std::string_view{"kids"},     std::string_view{"music"},
    std::string_view{"KIDS"},       std::string_view{"docu-hd"},  std::string_view{"Télé Québec"},
    std::string_view{"Новости"},    std::string_view{"sport-2"},  std::string_view{"weather"},
    std::string_view{"comedy"},     std::string_view{"テレビ八"}, std::string_view{"parliament"},
    std::string_view{"shop & win"},
};

constexpr std::array server_places{
    std::string_view{"fra"}, std::string_view{"ams"}, std::string_view{"waw"}, std::string_view{"lon"},
    std::string_view{"nyc"}, std::string_view{"sin"}, std::string_view{"syd"}, std::string_view{"gru"},
};

constexpr std::array<weighted_name, 18> country_list{{
    {"DE", "DE", 20},
    {"US", "US", 16},
    {"GB", "GB", 9},
    {"FR", "FR", 8},
    {"PL", "PL", 6},
    {"NL", "NL", 5},
    {"BR", "BR", 5},
    {"AU", "AU", 4},
    {"in", "IN", 4},
    {"ES", "ES", 4},
    {"it", "IT", 4},
    {"UA", "UA", 3},
    {"JP", "JP", 3},
    {"SE", "SE", 2},
    {"AT", "AT", 2},
    {"NZ", "NZ", 1},
    {"NONE", unknown_value, 2},
    {"", unknown_value, 2},
}};

// The weight of each protocol for browser, phone, television, box and relay.
struct protocol_habit {
    std::string_view sent;
    std::string_view counted;
    std::array<double, device_family_count> weights;
};
constexpr std::array<protocol_habit, 10> protocol_list{{
    {"hls", "hls", {50, 70, 60, 30, 20}},
    {"llhls", "llhls", {10, 12, 4, 0, 0}},
    {"DASH", "dash", {20, 10, 20, 2, 0}},
    {"webrtc", "webrtc", {12, 4, 0, 0, 0}},
    {"mss", "mss", {0, 0, 8, 1, 0}},
    {"tshttp", "tshttp", {0, 2, 6, 50, 40}},
    {"rtsp", "rtsp", {0, 1, 0, 10, 15}},
    {"rtmp", "rtmp", {6, 0, 0, 0, 15}},
    {"m4f", "m4f", {0, 0, 0, 0, 10}},
    {"", unknown_value, {1, 1, 1, 1, 1}},
}};

constexpr std::array<agent, 24> agent_list{{
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.86 "
     "Safari/537.36",
     device_family::browser, 14},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", device_family::browser, 5},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 "
     "Safari/605.1.15",
     device_family::browser, 6},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", device_family::browser, 2},
    {"VLC/3.0.21 LibVLC/3.0.21", device_family::browser, 4},
    {"Mozilla/5.0 (Linux; Android 14; Pixel 8a) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.102 Mobile "
     "Safari/537.36",
     device_family::phone, 10},
    {"Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.6668.81 Mobile "
     "Safari/537.36",
     device_family::phone, 8},
    {"LivePlayer/4.2 (Linux;Android 12) ExoPlayerLib/2.19.1", device_family::phone, 5},
    {"okhttp/5.0.0-alpha.14", device_family::phone, 2},
    {"AppleCoreMedia/1.0.0.22B91 (iPhone; U; CPU OS 18_1_1 like Mac OS X; de_de)", device_family::phone, 9},
    {"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 "
     "Mobile/15E148 Safari/604.1",
     device_family::phone, 3},
    {"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV "
     "Safari/537.36",
     device_family::television, 7},
    {"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.270 Safari/537.36 "
     "WebAppManager",
     device_family::television, 6},
    {"Mozilla/5.0 (Linux; Android 11; AFTKM Build/RS8149.3547N; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36",
     device_family::television, 4},
    {"Roku/DVP-14.0 (14.0.0.4096-AE)", device_family::television, 3},
    {"Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG322 stbapp ver: 4 rev: 2721 "
     "Mobile Safari/533.3",
     device_family::box, 5},
    {"Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG254 stbapp ver: 2 rev: 250 "
     "Safari/533.3",
     device_family::box, 3},
    {"Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL; OpenPLi;;;)", device_family::box, 1},
    {"Lavf/61.7.103", device_family::relay, 2},
    {"Flussonic/24.10", device_family::relay, 1},
    {"GStreamer souphttpsrc 1.24.8 libsoup/3.6.0", device_family::relay, 0.5},
    {"curl/8.10.1", device_family::relay, 0.5},
    {"python-requests/2.32.3", device_family::relay, 0.5},
    {"", device_family::box, 1},
}};

// The first names as they are, further ones numbered: "kids", …, "kids 2", …
template <std::size_t Count>
std::vector<naming> named(const std::array<std::string_view, Count>& names, std::size_t count, bool number_all,
                          std::string_view separator) {
    std::vector<naming> result;
    result.reserve(count);
    for (std::size_t k = 0; k < count; ++k) {
        std::string text{names[k % Count]};
        if (number_all || k >= Count) text.append(separator).append(std::to_string(k / Count + 1));
        result.push_back({text, text});
    }
    return result;
}

std::vector<naming> server_names(std::size_t count) {
    std::vector<naming> result = named(server_places, count, true, "");
    for (naming& name : result) {
        name.counted = "edge-" + name.sent;
        name.sent = name.counted;
    }
    return result;
}

template <class List>
std::vector<naming> names_of(const List& list) {
    std::vector<naming> result;
    result.reserve(list.size());
    for (const auto& entry : list) result.push_back({std::string{entry.sent}, std::string{entry.counted}});
    return result;
}

template <class List>
weighted_choice choice_of(const List& list) {
    std::vector<double> weights;
    weights.reserve(list.size());
    for (const auto& entry : list) weights.push_back(entry.weight);
    return weighted_choice{weights};
}

std::vector<weighted_choice> protocol_choices() {
    std::vector<weighted_choice> result;
    for (std::size_t family = 0; family < device_family_count; ++family) {
        std::vector<double> weights;
        weights.reserve(protocol_list.size());
        for (const protocol_habit& habit : protocol_list) weights.push_back(habit.weights[family]);
        result.emplace_back(weights);
    }
    return result;
}

}  // namespace

catalogue::catalogue(std::size_t server_count, std::size_t channel_count)
    : servers_(server_names(server_count)),
      channels_(named(channel_names, channel_count, false, " ")),
      countries_(names_of(country_list)),
      protocols_(names_of(protocol_list)),
      agents_(agent_list.begin(), agent_list.end()),
      server_choice_(weighted_choice::zipf(server_count, 0.5)),
      channel_choice_(weighted_choice::zipf(channel_count, 1.0)),
      country_choice_(choice_of(country_list)),
      agent_choice_(choice_of(agent_list)),
      protocol_choices_(protocol_choices()) {}

const weighted_choice& catalogue::protocol_choice(device_family family) const {
    return protocol_choices_[static_cast<std::size_t>(family)];
}

bit_rates catalogue::rates_of(device_family family) {
    switch (family) {
        case device_family::browser:
            return {1'500, 6'000};
        case device_family::phone:
            return {600, 3'500};
        case device_family::television:
            return {4'000, 9'000};
        case device_family::box:
            return {3'000, 12'000};
        case device_family::relay:
            return {2'000, 10'000};
    }
    return {};
}

}  // namespace streamstats::simulate
