#include "reload.hpp"

#include "access.hpp"
#include "settings_or_errors.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::app {

using telemetry::log_level;

void reload(const config_file& file, http::server& edge) {
    const auto fresh = load_settings(file);
    if (!fresh) {
        for (const std::string& error : fresh.error().errors) {
            telemetry::log(log_level::error, "the changed configuration is wrong, the old one stays",
                           {{"reason", error}});
        }
        return;
    }
    const config::settings& chosen = fresh.value().values;
    telemetry::set_log_level(telemetry::parse_log_level(chosen.log_level).value_or(log_level::info));
    edge.set_access(access_policy_of(chosen));
    telemetry::log(log_level::info, "reloaded",
                   {{"log_level", chosen.log_level},
                    {"posting", webhook_access_text(chosen)},
                    {"reading", read_access_text(chosen)}});
}

}  // namespace streamstats::app
