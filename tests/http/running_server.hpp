// A server on a free port with a fake inside.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "http/fake_service.hpp"
#include "streamstats/http/server.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http::testing {

inline constexpr instant fixed_now{milliseconds{1'770'000'000'000}};

// Every path that tells numbers, with the parameters that it needs.
inline const std::vector<std::string> reading_paths{"/",
                                                    "/metrics",
                                                    "/stats/active",
                                                    "/openapi.json",
                                                    "/api/v1/live",
                                                    "/api/v1/live/stream",
                                                    "/api/v1/sessions",
                                                    "/api/v1/series?dimension=global&metric=total_bytes"};

inline settings test_settings() {
    settings chosen;
    chosen.host = "127.0.0.1";
    chosen.port = 0;
    chosen.threads = 2;
    chosen.clock = [] { return fixed_now; };
    return chosen;
}

// An event that is ignored, as JSON of that many bytes.
inline std::string body_of(std::size_t size) {
    std::string text = R"({"event":"other","pad":")";
    text.append(size - text.size() - 2, 'x');
    return text.append("\"}");
}

struct running_server {
    explicit running_server(const settings& chosen = test_settings()) : edge{chosen, inside, metrics} {
        const auto started = edge.start();
        if (!started) throw std::runtime_error{started.error().what};
        port = started.value();
    }
    [[nodiscard]] client connect() const { return client{port}; }
    [[nodiscard]] client connect_to_pages() const { return client{edge.admin_port()}; }
    // One request over a connection of its own.
    [[nodiscard]] reply ask(std::string_view bytes) const { return connect().send(bytes).read(); }

    fake_service inside;
    telemetry::metrics metrics;
    server edge;
    unsigned short port = 0;
};

}  // namespace streamstats::http::testing
