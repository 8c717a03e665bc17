// Reads anything as a file of settings, loads what it says, and holds the rules for access to their contracts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/environment_file.hpp"
#include "config/options.hpp"
#include "http/access_policy.hpp"
#include "http/access_text.hpp"
#include "streamstats/config/load.hpp"

namespace {

using namespace streamstats;

void require(bool rule) {
    if (!rule) std::abort();
}

config::environment environment_of(const config::parsed_file& parsed) {
    config::environment given;
    std::size_t last_line = 0;
    for (const config::assignment& each : parsed.assignments) {
        require(each.line > last_line && each.name.find('=') == std::string::npos);
        last_line = each.line;
        // Files of secrets stay unread.
        const std::string_view name = each.name;
        if (name.starts_with("STREAM_") && !name.ends_with("_FILE")) given[each.name] = each.value;
    }
    return given;
}

void check_loaded(const config::loaded& all) {
    require(all.shown.size() == config::options().size());
    for (std::size_t i = 0; i < all.shown.size(); ++i) {
        const config::option& which = config::options()[i];
        require(all.shown[i].name == which.name);
        require(!which.secret || all.shown[i].value.starts_with('('));
        // What was loaded could be given again.
        config::settings same;
        require(!config::assign(which, config::text_of(which, all.values), same));
    }
}

// As texts that senders and proxies write, too.
void check_access(std::string_view text) {
    const http::access_settings chosen{std::string{text}, std::string{text}, {}, {}, {}, {}, {}};
    const auto policy = http::make_access_policy(chosen);
    const auto secrets = http::parse_secrets(text);
    require(static_cast<bool>(policy) == static_cast<bool>(secrets));
    http::credentials given;
    given.authorization = std::string{text};
    given.x_signature = given.webhook_id = given.webhook_timestamp = given.webhook_signature = given.authorization;
    given.forwarded_for = given.forwarded = given.authorization;
    http::access_settings strict;
    strict.webhook_tokens = "fuzz";
    strict.webhook_secrets = "whsec_ZnV6eg==";
    strict.webhook_networks = "192.0.2.0/24";
    strict.trusted_proxies = "198.51.100.0/24, 192.0.2.1";
    static const auto rules = http::make_access_policy(strict).value();
    const auto peer = http::ip_address::parse("198.51.100.1");
    const auto decision = rules->before_body({http::area::webhook, given, text, peer, instant{milliseconds{0}}});
    require(!decision.needs_body() || rules->with_body(decision, given, "body").has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const config::parsed_file parsed = config::parse_environment_file(text);
    const auto outcome = config::load(environment_of(parsed), std::nullopt);
    if (outcome) {
        check_loaded(outcome.value());
    } else {
        require(!outcome.error().errors.empty());
    }
    check_access(text);
    return 0;
}
